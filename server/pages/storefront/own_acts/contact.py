"""Changing the contact: a code goes to the new address, which counts once the code is typed."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.customers import one_time_codes
from server.customers.one_time_codes import LASTS, Sender
from server.customers.own_acts import edits
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.fields import Email
from server.edge.routes import Body, Page, Route, Unit, Visit
from server.edge.visitors import Keepsake
from server.ledger.judging.savepoint_booking import Ledger
from server.pages import forms
from server.pages.forms import Form
from server.refusals import Refused, TooMany

CONTACT, CODE = "/{slug}/contact", "/{slug}/contact/code"


class Contact(Body):
    email: Email


class TypedCode(Body):
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


def asked(_ask: Ask) -> Page:
    return _page(Form())


def sent(ask: Ask) -> Page | Response:
    if ask.errors:
        return _page(forms.typed(ask))
    here, visit = ask.installation, ask.visit
    sender = Sender(ask.address, ask.words, here.can_mail)
    try:
        kept = one_time_codes.ask_new(
            ask.conn, here.keys, visit.company, ask.body.email, sender, customer_id=visit.owner.customer_id, now=ask.now
        )
    except Refused as no:
        refused = _page(forms.refused(ask, no))
        return replace(refused, status=429) if isinstance(no, TooMany) else refused
    answer = Response(status_code=303, headers={"Location": CODE.format(slug=visit.company.slug)})
    visitors.hand(answer, Keepsake.CHALLENGE, kept, here.place, visit.company.slug)
    return answer


def code(_ask: Ask) -> Page:
    return _code_page(Form())


def proven(ask: Ask) -> Page | Response:
    """A wrong code is counted, so the unit of work is this function's own."""
    if ask.errors:
        return _code_page(forms.typed(ask))
    here, company = ask.installation, ask.visit.company
    with here.units.write(company.id) as conn:
        inside = ask.within(conn)
        visit = inside.visit
        kept = visit.kept[Keepsake.CHALLENGE]
        found = one_time_codes.check(conn, here.keys, company.id, kept, ask.body.code, now=inside.now, is_new=True)
        if not isinstance(found, Refused):
            ledger = Ledger(conn, company.id, here.keys, inside.now)
            edits.move(ledger, company, visit.owner, found, can_mail=here.can_mail)
    if isinstance(found, Refused):
        return _code_page(forms.refused(ask, found))
    answer = Response(status_code=303, headers={"Location": f"/{company.slug}/data?saved=true"})
    visitors.hand(answer, Keepsake.CHALLENGE, "", here.place, company.slug)
    return answer


def _page(form: Form) -> Page:
    return Page("storefront/own_acts/contact.html", {"form": form}, form.status)


def _code_page(form: Form) -> Page:
    values = {"form": Form({"code": ""}, form.errors), "minutes": LASTS.seconds // 60}
    return Page("storefront/own_acts/contact_code.html", values, form.status)


_PROVEN: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.PROVEN, "while_suspended": True}

ROUTES = (
    Route(**_PROVEN, method="GET", path=CONTACT, handler=asked, title="Another contact"),
    Route(
        **_PROVEN,
        method="POST",
        path=CONTACT,
        handler=sent,
        title="Another contact",
        body=Contact,
        unit=Unit.PLATFORM,
    ),
    Route(**_PROVEN, method="GET", path=CODE, handler=code, title="Type the code"),
    Route(
        **_PROVEN,
        method="POST",
        path=CODE,
        handler=proven,
        title="Type the code",
        body=TypedCode,
        unit=Unit.OWN,
    ),
)
