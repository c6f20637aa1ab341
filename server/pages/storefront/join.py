"""Taking a card: the form, and the same for a printed card that nobody has yet."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from loyalty.refusals import Reason
from loyalty.texts import CONTACT_CHARS_MAX, NAME_CHARS_MAX
from server.accounts.rights import Right
from server.companies import looks, programs
from server.customers import holders
from server.customers.holders import CodeState
from server.customers.joining import completion, form_tokens, self_enrolment
from server.customers.joining.self_enrolment import CodeFirst, Handed, Via, Wish
from server.customers.one_time_codes import Sender
from server.edge import visitors
from server.edge.asks import Ask
from server.edge.routes import Body, Page, Redirect, Route, Visit
from server.edge.visitors import Keepsake
from server.pages import forms, qr_codes
from server.pages.forms import Form
from server.refusals import Refused, TooMany

JOIN, COMPLETE = "/{slug}/join", "/{slug}/complete"
DISCS_MAX = 10  # of the empty card on the form


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_MISSING = _("Please fill this in.")


class Whence(BaseModel):
    """Where a link stands: what it does not say well is left out, so that it still leads to a card."""

    store: Annotated[str, Field(max_length=100)] = ""
    via: Annotated[str, Field(max_length=100)] = ""

    @property
    def store_id(self) -> UUID | None:
        try:
            return UUID(self.store)
        except ValueError:
            return None

    @property
    def way(self) -> Via:
        return Via(self.via) if self.via in set(Via) else Via.LINK


class Filled(Body):
    """The form. Nobody sees `website`: who fills it in is a program that fills in everything."""

    form: Annotated[str, Field(max_length=form_tokens.CHARS_MAX, repr=False)] = ""
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    contact: Annotated[str, Field(max_length=CONTACT_CHARS_MAX)] = ""
    consent: bool = False
    printed: bool = False  # the card whose code was scanned here before
    store: Annotated[str, Field(max_length=100)] = ""
    via: Annotated[str, Field(max_length=100)] = ""
    website: Annotated[str, Field(max_length=1000)] = ""


class Completed(Body):
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    contact: Annotated[str, Field(max_length=CONTACT_CHARS_MAX)] = ""
    consent: bool = False


def shown(ask: Ask) -> Page | Redirect:
    """The form; whoever has a card in this browser is led to it."""
    if ask.visit.card_id is not None:
        return Redirect(f"/{ask.visit.company.slug}/card")
    blank = _blank(ask)
    if blank is CodeState.POOLED:
        code = ask.visit.kept[Keepsake.CARD]
        return Page("storefront/made_ready.html", {"code": qr_codes.outline(code)})
    form = forms.stored(store=ask.query.store, via=ask.query.via)
    return _page(ask, form, is_printed=blank is CodeState.BLANK)


def joined(ask: Ask) -> Page | Response:
    if ask.errors:
        return _page(ask, forms.typed(ask), is_printed=_blank(ask) is CodeState.BLANK)
    sent: Filled = ask.body
    if not (sent.contact.strip() or sent.printed or sent.website):
        return _page(ask, _without_contact(ask))
    whence = Whence(store=sent.store, via=sent.via)
    wish = Wish(
        form=sent.form,
        language=ask.words.language,
        name=sent.name,
        contact=sent.contact,
        consent=sent.consent,
        store_id=whence.store_id,
        via=whence.way,
        blank=ask.visit.kept[Keepsake.CARD] if sent.printed else "",
        is_robots=bool(sent.website),
    )
    try:
        found = self_enrolment.join(ask.ledger, ask.visit.company, wish, _sender(ask))
    except Refused as no:
        page = _page(ask, _refused(ask, no), is_printed=sent.printed)
        return replace(page, status=429) if isinstance(no, TooMany) else page
    return _handed(ask, found)


def asked_whose(ask: Ask) -> Page:
    return _complete_page(ask, forms.stored())


def completed(ask: Ask) -> Page | Response:
    if ask.errors:
        return _complete_page(ask, forms.typed(ask))
    sent: Completed = ask.body
    if not sent.contact.strip():
        return _complete_page(ask, _without_contact(ask))
    language = ask.words.language
    wish = Wish(form="", language=language, name=sent.name, contact=sent.contact, consent=sent.consent)
    try:
        found = completion.complete(ask.ledger, ask.visit.company, ask.visit.held, wish, _sender(ask))
    except Refused as no:
        return _complete_page(ask, _refused(ask, no))
    return _handed(ask, found)


def _blank(ask: Ask) -> CodeState | None:
    """How the card stands whose code was scanned here, if nobody has it yet."""
    return holders.blank_of(ask.conn, ask.company_id, ask.visit.kept[Keepsake.CARD])


def _sender(ask: Ask) -> Sender:
    return Sender(ask.address, ask.words, ask.installation.can_mail)


def _without_contact(ask: Ask) -> Form:
    return Form(forms.typed(ask).values, {"contact": ask.words.gettext(_MISSING)})


def _handed(ask: Ask, found: Handed | CodeFirst) -> Response:
    """On to the card, or to the code that comes first; the answer to a robot looks the same."""
    slug, place = ask.visit.company.slug, ask.installation.place
    to = "code?next=new" if isinstance(found, CodeFirst) else "welcome"
    answer = Response(status_code=303, headers={"Location": f"/{slug}/{to}"})
    if isinstance(found, Handed):
        visitors.hand(answer, Keepsake.CARD, found.codes.token, place, slug)
    if found.challenge:
        visitors.hand(answer, Keepsake.CHALLENGE, found.challenge, place, slug)
    return answer


def _refused(ask: Ask, no: Refused) -> Form:
    """The form with the refusal: of a contact under its field."""
    form = forms.refused(ask, no)
    if no.refusal is None or no.refusal.reason is not Reason.CONTACT_INVALID:
        return form
    return Form(form.values, {"contact": form.error(forms.TOP)})


def _page(ask: Ask, form: Form, *, is_printed: bool = False) -> Page:
    company = ask.visit.company
    whence = Whence.model_construct(store=str(form.value("store")), via=str(form.value("via")))
    store = self_enrolment.store_of(ask.conn, company, whence.store_id)
    promises = looks.of_company(ask.conn, company.id).promises
    keys = ask.installation.keys
    before = form_tokens.read(keys, company.id, str(form.value("form")))
    is_kept = before is not None and not before.is_late(ask.now)
    values = {
        "form": form,
        "token": form.value("form") if is_kept else form_tokens.make(keys, company.id, ask.now),
        "promise": promises.get(ask.words.language) or next(iter(promises.values()), ""),
        "program": programs.versions(ask.conn, company.id).at(ask.now),
        "discs_max": DISCS_MAX,
        "is_open": store is not None,
        "can_mail": ask.installation.can_mail,
        "is_printed": is_printed,
    }
    return Page("storefront/join.html", values, form.status)


def _complete_page(ask: Ask, form: Form) -> Page:
    return Page("storefront/complete.html", {"form": form}, form.status)


def _routes() -> Iterator[Route]:
    anybody: dict[str, Any] = {"path": JOIN, "right": Right.STOREFRONT, "visit": Visit.ANYBODY, "title": "Join"}
    yield Route(**anybody, method="GET", handler=shown, query=Whence)
    yield Route(**anybody, method="POST", handler=joined, body=Filled)
    holder: dict[str, Any] = {"path": COMPLETE, "right": Right.STOREFRONT, "visit": Visit.HOLDER}
    yield Route(**holder, method="GET", handler=asked_whose, title="Whose card it is")
    yield Route(**holder, method="POST", handler=completed, title="Whose card it is", body=Completed)


ROUTES = tuple(_routes())
