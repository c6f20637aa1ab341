"""`/api/customer/v1/{slug}/me` and `/sessions`: what a card's owner changes, takes with them, and ends."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from starlette.responses import Response

from server.accounts.rights import Right
from server.cards import card_detail
from server.customers import customer_sessions, erasure, my_data, one_time_codes
from server.customers.my_data import Choices
from server.customers.one_time_codes import Sender
from server.customers.own_acts import download, edits
from server.edge.asks import Ask
from server.edge.fields import NAME_CHARS_MAX, Email
from server.edge.routes import Body, Example, Route, Unit, Visit
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import Refused

_API = "/api/customer/v1/{slug}"
_ME, _SESSIONS = f"{_API}/me", f"{_API}/sessions"
_SESSION = "8c7f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_CHALLENGE = "8c7f0f435d0a4f0c9d0a6d1f1b6d2c11.Zm9yIHRoZSBicm93c2Vy"

Language = Literal["en", "fr", "de", "lb"]


class MeEdit(Body):
    """What is left out stays as it is; an empty name takes it away."""

    name: Annotated[str | None, Field(max_length=NAME_CHARS_MAX)] = None
    language: Language | None = None
    consent: bool | None = None
    notices: bool | None = None


class MeView(BaseModel):
    """`verified_at` is when a code has proven the e-mail address; `consent` is to offers, `notices` before points
    lapse."""

    name: str
    email: str | None
    verified_at: datetime | None
    phone: str | None
    language: str | None
    consent: bool
    consent_at: datetime | None
    notices: bool


class ContactEdit(Body):
    """The new e-mail address, which counts once its code is sent back."""

    contact: Email


class Challenge(BaseModel):
    """What goes back with the code."""

    challenge: str


class ContactCode(Body):
    challenge: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


def edited(ask: Ask) -> MeView:
    sent: MeEdit = ask.body
    owner = ask.visit.owner
    before = my_data.of_customer(ask.conn, ask.company_id, owner.customer_id)
    choices = Choices(
        language=sent.language or before.language or ask.words.language,
        consent=before.consent if sent.consent is None else sent.consent,
        notices=before.notices if sent.notices is None else sent.notices,
    )
    my_data.choose(ask.conn, ask.company_id, owner.customer_id, choices, ask.now)
    if sent.name is not None:
        edits.rename(ask.ledger, owner, sent.name)
    return _view(ask)


def contact_asked(ask: Ask) -> Challenge:
    here, visit = ask.installation, ask.visit
    sender = Sender(ask.address, ask.words, here.can_mail)
    kept = one_time_codes.ask_new(
        ask.conn, here.keys, visit.company, ask.body.contact, sender, customer_id=visit.owner.customer_id, now=ask.now
    )
    return Challenge(challenge=kept)


def contact_proven(ask: Ask) -> MeView:
    """A wrong code is counted, so the unit of work is this function's own."""
    here, company, sent = ask.installation, ask.visit.company, ask.body
    with here.units.write(company.id) as conn:
        inside = ask.within(conn)
        kept, now = sent.challenge, inside.now
        found = one_time_codes.check(conn, here.keys, company.id, kept, sent.code, now=now, is_new=True)
        if not isinstance(found, Refused):
            ledger = Ledger(conn, company.id, here.keys, now)
            edits.move(ledger, company, inside.visit.owner, found, can_mail=here.can_mail)
            return _view(inside)
    raise found


def exported(ask: Ask) -> Response:
    here, visit = ask.installation, ask.visit
    with here.units.platform_write() as conn:
        download.take(conn, here.keys, visit.owner, ask.now)
    keys = here.keys.company(ask.company_id)
    made = download.made(ask.conn, visit.company, keys, visit.owner, ask.words, now=ask.now)
    return Response(made, media_type=download.ZIP)


def erased(ask: Ask) -> None:
    visit, can_mail = ask.visit, ask.installation.can_mail
    erasure.erase(ask.ledger, visit.company, [visit.owner.card_id], by=None, can_mail=can_mail)


def others_ended(ask: Ask) -> None:
    owner = ask.visit.owner
    customer_sessions.end_all(ask.conn, ask.company_id, owner.customer_id, but=owner.id)


def ended(ask: Ask) -> None:
    """Also one that has ended already."""
    customer_sessions.end(ask.conn, ask.company_id, ask.id("session_id"), of=ask.visit.owner.customer_id)


def _view(ask: Ask) -> MeView:
    company, owner = ask.visit.company, ask.visit.owner
    keys = ask.installation.keys.company(company.id)
    known = card_detail.of_card(ask.conn, company, keys, owner.card_id, ask.now).customer
    mine = my_data.of_customer(ask.conn, company.id, owner.customer_id)
    return MeView(
        name=known.name,
        email=known.email,
        verified_at=mine.verified_at,
        phone=known.phone,
        language=mine.language,
        consent=mine.consent,
        consent_at=mine.consent_at,
        notices=mine.notices,
    )


_ME_EXAMPLE = {
    "name": "Zoé Weber",
    "email": "zoe@example.com",
    "verified_at": "2026-03-02T08:00:00Z",
    "phone": None,
    "language": "fr",
    "consent": False,
    "consent_at": None,
    "notices": True,
}
_OWNER: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.OWNER, "while_suspended": True}
_PROVEN: dict[str, Any] = _OWNER | {"visit": Visit.PROVEN}

ROUTES = (
    Route(
        **_OWNER,
        method="PATCH",
        path=_ME,
        handler=edited,
        title="Changes name, language and consents of a card's owner.",
        body=MeEdit,
        answer=MeView,
        example=Example(body={"name": "Zoé Weber", "language": "fr", "notices": True}, answer=_ME_EXAMPLE),
    ),
    Route(
        **_PROVEN,
        method="POST",
        path=_ME + "/contact",
        handler=contact_asked,
        title="Sends a code to a new e-mail address.",
        body=ContactEdit,
        answer=Challenge,
        status=202,
        unit=Unit.PLATFORM,
        example=Example(body={"contact": "zoe@example.com"}, answer={"challenge": _CHALLENGE}),
    ),
    Route(
        **_PROVEN,
        method="POST",
        path=_ME + "/contact/code",
        handler=contact_proven,
        title="Proves a new e-mail address by its code: it is the owner's from then on.",
        body=ContactCode,
        answer=MeView,
        unit=Unit.OWN,
        example=Example(body={"challenge": _CHALLENGE, "code": "123456"}, answer=_ME_EXAMPLE),
    ),
    Route(
        **_PROVEN,
        method="GET",
        path=_ME + "/export",
        handler=exported,
        title="Everything that is kept of a card's owner, as a ZIP file; three times a day.",
        media_type=download.ZIP,
    ),
    Route(
        **_PROVEN,
        method="POST",
        path=_ME + "/erase",
        handler=erased,
        title="Erases a card's owner for good.",
    ),
    Route(
        **_OWNER,
        method="DELETE",
        path=_SESSIONS,
        handler=others_ended,
        title="Ends all other sessions of a card's owner.",
        unit=Unit.PLATFORM,
    ),
    Route(
        **_OWNER,
        method="DELETE",
        path=_SESSIONS + "/{session_id}",
        handler=ended,
        title="Ends a session of a card's owner.",
        unit=Unit.PLATFORM,
        example=Example(path={"session_id": _SESSION}),
    ),
)
