"""Signing in as a card's owner: a one-time code is sent to a contact, and typed where it was asked for."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.customers import customer_sessions, one_time_codes
from server.customers.joining import proof
from server.customers.joining.proof import SignedIn
from server.customers.one_time_codes import LASTS, Sender
from server.customers.own_acts import joined_cards, own_card
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.fields import Email
from server.edge.routes import Body, Page, Route, Unit, Visit
from server.edge.visitors import Keepsake
from server.ledger.judging.savepoint_booking import Ledger
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused, TooMany

SIGN_IN, CODE, SIGN_OUT = "/{slug}/sign-in", "/{slug}/code", "/{slug}/sign-out"


class Then(StrEnum):
    """Where to go after signing in."""

    CARD = "card"
    DATA = "data"
    CONTACT = "contact"
    LOST = "lost"
    MERGE = "merge"
    DOWNLOAD = "download"
    ERASE = "erase"
    NEW = "new"  # the card that is made once the code is entered


class Next(Body):
    next: Then = Then.CARD


class Contact(Next):
    email: Email


class TypedCode(Next):
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


def asked(ask: Ask) -> Page:
    """Whoever is signed in, and has to prove it again, need not type their address."""
    email = None
    if ask.visit.session is not None:
        keys = ask.installation.keys.company(ask.company_id)
        email = own_card.email(ask.conn, ask.company_id, keys, ask.visit.session)
    return _contact_page(ask, forms.stored(next=ask.query.next, email=email))


def sent(ask: Ask) -> Page | Response:
    if ask.errors:
        return _contact_page(ask, forms.typed(ask))
    here, company = ask.installation, ask.visit.company
    sender = Sender(ask.address, ask.words, here.can_mail)
    try:
        kept = one_time_codes.ask(ask.conn, here.keys, company, ask.body.email, sender, now=ask.now)
    except Refused as no:
        refused = _contact_page(ask, forms.refused(ask, no))
        return replace(refused, status=429) if isinstance(no, TooMany) else refused
    answer = _on(ask, f"code?next={ask.body.next}")
    visitors.hand(answer, Keepsake.CHALLENGE, kept, here.place, company.slug)
    return answer


def code(ask: Ask) -> Page:
    return _code_page(ask, forms.stored(next=ask.query.next))


def proven(ask: Ask) -> Page | Response:
    """Begins a session; a wrong code is counted, so the unit of work is this function's own."""
    if ask.errors:
        return _code_page(ask, forms.typed(ask))
    here, visit = ask.installation, ask.visit
    company, kept = visit.company, visit.kept[Keepsake.CHALLENGE]
    with here.units.write(company.id) as conn:
        ledger = Ledger(conn, company.id, here.keys, ask.now)
        found = proof.enter(ledger, company, kept, ask.body.code, device=ask.device, before=visit.session)
        has_others = isinstance(found, SignedIn) and bool(joined_cards.offered(conn, company.id, found.session))
    if isinstance(found, Refused):
        return _code_page(ask, forms.refused(ask, found))
    then = Then.CARD if ask.body.next is Then.NEW else ask.body.next
    answer = _on(ask, Then.MERGE if has_others and then is Then.CARD else then)
    code = found.codes.token if found.codes else ""
    handed = {Keepsake.SESSION: found.token, Keepsake.CARD: code, Keepsake.CHALLENGE: ""}
    for one, value in handed.items():
        visitors.hand(answer, one, value, here.place, company.slug)
    return answer


def left(ask: Ask) -> Response:
    """Ends the session, and takes the card out of this browser."""
    if ask.visit.session is not None:
        customer_sessions.end(ask.conn, ask.company_id, ask.visit.session.id)
    answer = _on(ask, "join")
    for one in Keepsake:
        visitors.hand(answer, one, "", ask.installation.place, ask.visit.company.slug)
    return answer


def _on(ask: Ask, page: str) -> Response:
    return Response(status_code=303, headers={"Location": f"/{ask.visit.company.slug}/{page}"})


def _contact_page(ask: Ask, form: Form) -> Page:
    return Page("storefront/sign_in.html", {"form": form}, form.status)


def _code_page(ask: Ask, form: Form) -> Page:
    values = {"form": Form(dict(form.values) | {"code": ""}, form.errors), "minutes": LASTS.seconds // 60}
    return Page("storefront/code.html", values, form.status)


_ANYBODY: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.ANYBODY}

ROUTES = (
    Route(**_ANYBODY, method="GET", path=SIGN_IN, handler=asked, title="Sign in", query=Next),
    Route(
        **_ANYBODY,
        method="POST",
        path=SIGN_IN,
        handler=sent,
        title="Sign in",
        body=Contact,
        unit=Unit.PLATFORM,
        while_suspended=True,
    ),
    Route(**_ANYBODY, method="GET", path=CODE, handler=code, title="Type the code", query=Next),
    Route(
        **_ANYBODY,
        method="POST",
        path=CODE,
        handler=proven,
        title="Type the code",
        body=TypedCode,
        unit=Unit.OWN,
        while_suspended=True,
    ),
    Route(
        **_ANYBODY,
        method="POST",
        path=SIGN_OUT,
        handler=left,
        title="Sign out",
        unit=Unit.PLATFORM,
        while_suspended=True,
    ),
)
