"""`/api/customer/v1/{slug}/enrolments` and `/codes`: a customer takes a card, and proves a contact by a code."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from loyalty.texts import CONTACT_CHARS_MAX, NAME_CHARS_MAX
from server.accounts.rights import Right
from server.customers import one_time_codes
from server.customers.joining import form_tokens, proof, self_enrolment
from server.customers.joining.self_enrolment import CodeFirst, Via, Wish
from server.customers.one_time_codes import Sender
from server.edge.asks import Ask
from server.edge.fields import Email
from server.edge.routes import Body, Example, Route, Unit, Visit
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import Refused

_API = "/api/customer/v1/{slug}"
_ENROLMENTS, _CODES = f"{_API}/enrolments", f"{_API}/codes"
_CODE_CHARS_MAX = 100  # of a card, as typed or scanned


class JoinForm(BaseModel):
    """`form` goes back with the enrolment, from `good_from_s` seconds on; `is_open` says if the company takes any."""

    form: str
    is_open: bool
    good_from_s: int
    good_until_s: int


class Enrolment(Body):
    """`contact` is an e-mail address, or else a phone number; `blank` the code of a printed card that nobody has."""

    form: Annotated[str, Field(max_length=form_tokens.CHARS_MAX, repr=False)]
    language: Literal["en", "fr", "de", "lb"]
    consent: bool
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    contact: Annotated[str, Field(max_length=CONTACT_CHARS_MAX)] = ""
    store: UUID | None = None
    via: Via = Via.LINK
    blank: Annotated[str, Field(max_length=_CODE_CHARS_MAX, repr=False)] = ""


class Enrolled(BaseModel):
    """The card is missing where a code has to be entered first; `verify` is the challenge of the code that was sent."""

    card: UUID | None
    code: str | None
    number: str | None
    verify: str | None


class CodeWish(Body):
    contact: Email


class Challenge(BaseModel):
    """What goes back with the code; another one can be asked for after `resend_s` seconds."""

    challenge: str
    resend_s: int


class TypedCode(Body):
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


class SignedIn(BaseModel):
    """`session` is the bearer of the card's owner; `code` is what stands in the card's QR code."""

    session: str
    card: UUID
    code: str | None


def form(ask: Ask) -> JoinForm:
    company = ask.visit.company
    return JoinForm(
        form=form_tokens.make(ask.installation.keys, company.id, ask.now),
        is_open=self_enrolment.store_of(ask.conn, company, None) is not None,
        good_from_s=int(form_tokens.GOOD_FROM.total_seconds()),
        good_until_s=int(form_tokens.GOOD_UNTIL.total_seconds()),
    )


def enrolled(ask: Ask) -> Enrolled:
    sent: Enrolment = ask.body
    wish = Wish(
        form=sent.form,
        language=sent.language,
        name=sent.name,
        contact=sent.contact,
        consent=sent.consent,
        store_id=sent.store,
        via=sent.via,
        blank=sent.blank,
    )
    found = self_enrolment.join(ask.ledger, ask.visit.company, wish, _sender(ask))
    if isinstance(found, CodeFirst):
        return Enrolled(card=None, code=None, number=None, verify=found.challenge)
    codes = found.codes
    return Enrolled(card=found.card_id, code=codes.token, number=codes.number, verify=found.challenge or None)


def asked(ask: Ask) -> Challenge:
    kept = one_time_codes.ask(
        ask.conn, ask.installation.keys, ask.visit.company, ask.body.contact, _sender(ask), now=ask.now
    )
    return Challenge(challenge=kept, resend_s=int(one_time_codes.SOON.window.total_seconds()))


def proven(ask: Ask) -> SignedIn:
    """A wrong code is counted, so the unit of work is this function's own."""
    company, keys = ask.visit.company, ask.installation.keys
    with ask.installation.units.write(company.id) as conn:
        ledger = Ledger(conn, company.id, keys, ask.installation.now())
        found = proof.enter(ledger, company, ask.path["challenge"], ask.body.code, device=ask.device)
    if isinstance(found, Refused):
        raise found
    code = None if found.codes is None else found.codes.token
    return SignedIn(session=found.token, card=found.session.card_id, code=code)


def _sender(ask: Ask) -> Sender:
    return Sender(ask.address, ask.words, ask.installation.can_mail)


_CARD = "6c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"
_TOKEN = "q" * 32
_CHALLENGE = f"8c7f0f435d0a4f0c9d0a6d1f1b6d2c11.{'Q' * 43}"
_FORM = "Zm9ybQ" * 9
_ANYBODY: dict[str, Any] = {"right": Right.STOREFRONT, "visit": Visit.ANYBODY}

ROUTES = (
    Route(
        **_ANYBODY,
        method="GET",
        path=_ENROLMENTS + "/form",
        handler=form,
        title="What an enrolment has to send back, once.",
        answer=JoinForm,
        example=Example(answer={"form": _FORM, "is_open": True, "good_from_s": 2, "good_until_s": 7200}),
    ),
    Route(
        **_ANYBODY,
        method="POST",
        path=_ENROLMENTS,
        handler=enrolled,
        title="Gives a customer a card; the same form again is answered with the same card.",
        body=Enrolment,
        answer=Enrolled,
        status=201,
        example=Example(
            body={"form": _FORM, "language": "fr", "consent": False, "name": "Zoé", "contact": "zoe@example.com"},
            answer={"card": _CARD, "code": _TOKEN, "number": "482109375516", "verify": _CHALLENGE},
        ),
    ),
    Route(
        **_ANYBODY,
        method="POST",
        path=_CODES,
        handler=asked,
        title="Sends a code to an e-mail address, if it has a card here; nothing tells whether it has.",
        body=CodeWish,
        answer=Challenge,
        status=202,
        unit=Unit.PLATFORM,
        while_suspended=True,
        example=Example(body={"contact": "zoe@example.com"}, answer={"challenge": _CHALLENGE, "resend_s": 30}),
    ),
    Route(
        **_ANYBODY,
        method="POST",
        path=_CODES + "/{challenge}",
        handler=proven,
        title="Enters a code: begins the session of a card's owner, and makes the card that waited for it.",
        body=TypedCode,
        answer=SignedIn,
        unit=Unit.OWN,
        while_suspended=True,
        example=Example(
            path={"challenge": _CHALLENGE},
            body={"code": "123456"},
            answer={"session": "S" * 43, "card": _CARD, "code": _TOKEN},
        ),
    ),
)
