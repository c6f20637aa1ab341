"""Putting cards together: those with the owner's contact are offered, and any other whose code is opened or typed here.

A code that is typed is kept as one that was opened, so that it stands in no address.
"""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from loyalty.codes import Token, parse
from server.accounts.rights import Right
from server.cards import card_detail, display_names
from server.cards.decrypted_texts import masked
from server.customers import one_time_codes
from server.customers.one_time_codes import LASTS, Sender
from server.customers.own_acts import joined_cards
from server.customers.own_acts.joined_cards import OtherCard
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.problem_json import HttpProblem
from server.edge.routes import Body, Page, Route, Unit, Visit
from server.edge.visitors import Keepsake
from server.pages import forms
from server.pages.forms import TOP, Form
from server.refusals import ChangedMeanwhile, Refused, TooMany

MERGE, CARD, APART = "/{slug}/merge", "/{slug}/merge/card", "/{slug}/merge/apart"
PROVE, PROOF = "/{slug}/merge/prove", "/{slug}/merge/proof"


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_CHANGED = _("One of the cards has changed in the meantime. Please look at them again.")


class Which(BaseModel):
    """The other card, of those that may be chosen here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    card: UUID | None = None


class Other(Body):
    """Another card by its code."""

    card: Annotated[str, Field(min_length=1, max_length=200)]


class TypedCode(Body):
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


class Both(Body):
    card: UUID
    seen: Annotated[str, Field(max_length=64)] = ""


def shown(ask: Ask) -> Page:
    if ask.query.card is None:
        return _choice(ask, Form())
    return _both(ask, _chosen(ask, ask.query.card), Form())


def opened(ask: Ask) -> Page | Response:
    """Keeps a code that was typed as if it had been opened."""
    if ask.errors:
        return _choice(ask, forms.typed(ask))
    try:
        other = joined_cards.with_code(ask.conn, ask.company_id, ask.body.card)
    except Refused as no:
        return _choice(ask, forms.refused(ask, no))
    code = parse(ask.body.card)
    assert isinstance(code, Token), "nothing else leads to a card here"
    answer = _on(ask, f"merge?card={other}")
    visitors.hand(answer, Keepsake.CARD, code.text, ask.installation.place, ask.visit.company.slug)
    return answer


def apart(ask: Ask) -> Response:
    """Leaves both as they are: the browser shows the owner's own card again."""
    company = ask.visit.company
    keys = ask.installation.keys.company(company.id)
    codes = card_detail.of_card(ask.conn, company, keys, ask.visit.owner.card_id, ask.now).codes
    answer = _on(ask, "data")
    visitors.hand(answer, Keepsake.CARD, codes.token if codes else "", ask.installation.place, company.slug)
    return answer


def code_sent(ask: Ask) -> Page | Response:
    """Sends a code to the contact of the card whose code was opened."""
    here, visit = ask.installation, ask.visit
    company = visit.company
    try:
        email = _to_prove(ask, visit.held)
        if email is None:
            return _on(ask, f"merge?card={visit.held}")
        sender = Sender(ask.address, ask.words, here.can_mail)
        kept = one_time_codes.ask(ask.conn, here.keys, company, email, sender, now=ask.now)
    except Refused as no:
        refused = _choice(ask, forms.refused(ask, no))
        return replace(refused, status=429) if isinstance(no, TooMany) else refused
    answer = _on(ask, "merge/proof")
    visitors.hand(answer, Keepsake.CHALLENGE, kept, here.place, company.slug)
    return answer


def code(_ask: Ask) -> Page:
    return _code_page(Form())


def proven(ask: Ask) -> Page | Response:
    """Notes that the other contact is theirs, too; a wrong code is counted, so the unit of work is this function's
    own."""
    if ask.errors:
        return _code_page(forms.typed(ask))
    here, company = ask.installation, ask.visit.company
    with here.units.platform_write() as conn:
        inside = ask.within(conn)
        kept = inside.visit.kept[Keepsake.CHALLENGE]
        refused = joined_cards.prove(inside.ledger, inside.visit.owner, kept, ask.body.code)
    if refused is not None:
        return _code_page(forms.refused(ask, refused))
    answer = _on(ask, f"merge?card={ask.visit.held}")
    visitors.hand(answer, Keepsake.CHALLENGE, "", here.place, company.slug)
    return answer


def merged(ask: Ask) -> Page | Response:
    assert ask.booking_id is not None, "this form books"
    if ask.errors:
        return _choice(ask, forms.typed(ask))
    sent: Both = ask.body
    other, company = _chosen(ask, sent.card), ask.visit.company
    try:
        stays = joined_cards.join(ask.ledger, ask.booking_id, ask.visit.owner, other, seen=sent.seen or None)
    except ChangedMeanwhile:
        return replace(_both(ask, other, Form({}, {TOP: ask.words.gettext(_CHANGED)})), status=409)
    except Refused as no:
        return _choice(ask, forms.refused(ask, no))
    keys = ask.installation.keys.company(company.id)
    codes = card_detail.of_card(ask.conn, company, keys, stays, ask.now).codes
    answer = _on(ask, "card")
    visitors.hand(answer, Keepsake.CARD, codes.token if codes else "", ask.installation.place, company.slug)
    return answer


def _candidates(ask: Ask) -> list[OtherCard]:
    """The card whose code was opened in this browser, and those that are offered."""
    visit = ask.visit
    offered = joined_cards.offered(ask.conn, ask.company_id, visit.owner)
    if visit.held == visit.owner.card_id or visit.held in {one.id for one in offered}:
        return list(offered)
    return [joined_cards.shown(ask.conn, ask.company_id, visit.held), *offered]


def _chosen(ask: Ask, card_id: UUID) -> UUID:
    if card_id not in {one.id for one in _candidates(ask)}:
        raise HttpProblem("unknown")
    return card_id


def _to_prove(ask: Ask, other: UUID) -> str | None:
    keys = ask.installation.keys.company(ask.company_id)
    return joined_cards.contact_to_prove(ask.conn, ask.company_id, keys, ask.visit.owner, other)


def _choice(ask: Ask, form: Form) -> Page:
    values = {
        "form": Form({"card": ""}, form.errors),
        "cards": _candidates(ask),
        "names": display_names.names(ask.conn, ask.company_id),
    }
    return Page("storefront/own_acts/merge.html", values, form.status)


def _both(ask: Ask, other: UUID, form: Form) -> Page:
    company, owner = ask.visit.company, ask.visit.owner
    keys = ask.installation.keys.company(company.id)
    try:
        email = _to_prove(ask, other)
        if email is not None:
            return Page("storefront/own_acts/merge_contact.html", {"contact": masked(email), "form": form}, form.status)
        found = joined_cards.preview(ask.conn, company, keys, owner, other, now=ask.now)
    except Refused as no:
        return _choice(ask, forms.refused(ask, no))
    values = {
        "form": form,
        "merge": found,
        "other": other,
        "names": display_names.names(ask.conn, company.id),
    }
    return Page("storefront/own_acts/merge_both.html", values, form.status)


def _code_page(form: Form) -> Page:
    values = {"form": Form({"code": ""}, form.errors), "minutes": LASTS.seconds // 60}
    return Page("storefront/own_acts/merge_code.html", values, form.status)


def _on(ask: Ask, page: str) -> Response:
    return Response(status_code=303, headers={"Location": f"/{ask.visit.company.slug}/{page}"})


_PROVEN: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.PROVEN}
_TITLE, _CODE_TITLE = "Put cards together", "Type the code"

ROUTES = (
    Route(**_PROVEN, method="GET", path=MERGE, handler=shown, title=_TITLE, query=Which),
    Route(**_PROVEN, method="POST", path=MERGE, handler=merged, title=_TITLE, body=Both, books=True),
    Route(**_PROVEN, method="POST", path=CARD, handler=opened, title=_TITLE, body=Other, unit=Unit.READ),
    Route(**_PROVEN, method="POST", path=APART, handler=apart, title=_TITLE, unit=Unit.READ, while_suspended=True),
    Route(**_PROVEN, method="POST", path=PROVE, handler=code_sent, title=_TITLE, unit=Unit.PLATFORM),
    Route(**_PROVEN, method="GET", path=PROOF, handler=code, title=_CODE_TITLE),
    Route(**_PROVEN, method="POST", path=PROOF, handler=proven, title=_CODE_TITLE, body=TypedCode, unit=Unit.OWN),
)
