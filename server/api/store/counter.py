"""`/api/store/v1/{slug}/counter/…`: serving customers without a till."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from loyalty.refusals import Refusal
from loyalty.texts import CONTACT_CHARS_MAX, ID_CHARS_MAX, NAME_CHARS_MAX, RECEIPT_CHARS_MAX
from server.accounts.rights import Right
from server.cards.booking_asks import Asked, Booked, Earn, Newcomer, Redeem, Stamp
from server.counter import desk, views
from server.counter.desk import Desk
from server.counter.found_card_tokens import FoundBy, FoundCard
from server.edge.asks import Ask
from server.edge.fields import Whole
from server.edge.routes import Body, Example, Route, Unit

_PATH = "/api/store/v1/{slug}/counter/"
CODE_CHARS_MAX = 4096  # the longest text that a scanner reads

Code = Annotated[str, Field(min_length=1, max_length=CODE_CHARS_MAX)]
Contact = Annotated[str, Field(min_length=1, max_length=CONTACT_CHARS_MAX)]
FoundByWords = Annotated[str, Field(max_length=100)]


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


_ONE_OF_THREE = _("Please give a code, an e-mail address or a phone number, and only one of them.")


class Override(Body):
    """A manager who agrees, by name or id, with their PIN."""

    staff: Annotated[str, Field(min_length=1, max_length=NAME_CHARS_MAX)]
    pin: Annotated[str, Field(min_length=1, max_length=20, repr=False)]


class LookUp(Body):
    """What leads to one card. With a *store*, its own refusals are in the answer.

    A code that was read *by_camera* is none of another program's.
    """

    code: Code | None = None
    by_camera: bool = False
    email: Contact | None = None
    phone: Contact | None = None
    store: UUID | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if sum(one is not None for one in (self.code, self.email, self.phone)) != 1:
            raise PydanticCustomError("one_of_three", "{sentence}", {"sentence": _ONE_OF_THREE})
        return self


class _OnACard(Body):
    """*by* is what the look-up said."""

    store: UUID
    card: UUID
    by: FoundByWords = ""
    override: Override | None = None


class StampGiven(_OnACard):
    count: Whole = 1


class Purchase(_OnACard):
    amount_minor: Whole
    receipt: Annotated[str, Field(max_length=RECEIPT_CHARS_MAX)] = ""


class RewardTaken(_OnACard):
    """*reward* is an id, or "stamps"."""

    reward: Annotated[str, Field(min_length=1, max_length=ID_CHARS_MAX)]


class TakenBack(Body):
    """*amount_minor* for a part of a purchase."""

    store: UUID
    original: UUID
    amount_minor: Whole | None = None
    override: Override | None = None


class NewCustomer(Body):
    """Without the *code* of a printed card the customer gets one for their phone, whose code is in the answer."""

    store: UUID
    code: Code | None = None
    name: Annotated[str, Field(max_length=NAME_CHARS_MAX)] = ""
    email: Annotated[str, Field(max_length=CONTACT_CHARS_MAX)] = ""
    phone: Annotated[str, Field(max_length=CONTACT_CHARS_MAX)] = ""
    language: Annotated[str, Field(max_length=2)] | None = None
    consent: bool = False


class Done(BaseModel):
    """What was booked, and the card after it."""

    transactions: list[views.BookedView]
    card: views.CardView


class HandedOut(Done):
    """The same, and the codes of a card for the phone."""

    card_number: str | None = None
    qr_code: str | None = None


def look_up(ask: Ask) -> views.CardView:
    asked: LookUp = ask.body
    here = desk.at(ask, asked.store)
    code = asked.code or ""
    return here.view(
        here.look_up(code=code, by_camera=asked.by_camera, email=asked.email or "", phone=asked.phone or "")
    )


def stamp(ask: Ask) -> Done:
    return _given(ask, Stamp(ask.body.count))


def earn(ask: Ask) -> Done:
    return _given(ask, Earn(ask.body.amount_minor, ask.body.receipt))


def redeem(ask: Ask) -> Done:
    here = desk.at(ask, ask.body.store)
    found = here.found(ask.body.card, ask.body.by)
    return _booked(ask, here, found, Redeem(ask.body.reward, by_code=found.by is FoundBy.CODE))


def void(ask: Ask) -> Done:
    taken: TakenBack = ask.body
    here = desk.at(ask, taken.store)
    assert ask.booking_id is not None, "the route books"
    booked = here.void(ask.booking_id, taken.original, taken.amount_minor)
    return _done(here, booked, FoundCard(booked.card.card.id, None))


def enrol(ask: Ask) -> HandedOut:
    new: NewCustomer = ask.body
    here = desk.at(ask, new.store)
    assert ask.booking_id is not None, "the route books"
    said = new.model_dump(exclude={"store"}) | {"code": new.code or ""}
    enrolled = here.enrol(ask.booking_id, Newcomer(**said))
    shown = enrolled.shown
    done = _done(here, enrolled.booked, FoundCard(enrolled.booked.card.card.id, FoundBy.CODE))
    codes = {} if shown is None else {"card_number": shown.number, "qr_code": shown.token}
    return HandedOut(transactions=done.transactions, card=done.card, **codes)


def agreed(ask: Ask) -> UUID | Refusal | None:
    """The manager who agrees to what is asked, before it is booked."""
    override: Override | None = ask.body.override
    return None if override is None else desk.override_checked(ask, ask.body.store, override.staff, override.pin)


def _given(ask: Ask, asked: Asked) -> Done:
    here = desk.at(ask, ask.body.store)
    return _booked(ask, here, here.found(ask.body.card, ask.body.by), asked)


def _booked(ask: Ask, here: Desk, found: FoundCard, asked: Asked) -> Done:
    assert ask.booking_id is not None, "the route books"
    return _done(here, here.book(ask.booking_id, found.id, asked), found)


def _done(here: Desk, booked: Booked, found: FoundCard) -> Done:
    return Done(transactions=[views.booked(one) for one in booked.transactions], card=here.view(found))


_STORE = "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"
_CARD_ID = "5b0c9a8e-4d43-4a1f-8f0e-2f6f3c1c9d10"
_FOUND = "code.1764512400.6pQ2l0uT8Jr1mE5c9bX3vK7sNf4aZdWy"
_CARD: dict[str, Any] = {
    "id": _CARD_ID,
    "number_end": "0079",
    "name": "Nora Steffen",
    "active": True,
    "blank": False,
    "stamps": {
        "count": 8,
        "target": 10,
        "confirmed": 8,
        "waiting": 0,
        "until_reward": 2,
        "reward": "Free coffee",
        "at_once": 0,
    },
    "points": {"balance": 204, "confirmed": 204, "waiting": 0},
    "confirmed_at": "2026-11-30T13:20:00Z",
    "last_activity_at": "2026-11-30T13:20:00Z",
    "rewards": [{"id": "croissant", "name": "Croissant", "cost": 60, "refusal": None}],
    "next_stamp": {"reason": "cooldown", "minutes": 30, "text": "Please wait 30 minutes before the next stamp."},
    "expires_on": "2027-11-30",
    "by": _FOUND,
}
_BOOKED: dict[str, Any] = {
    "id": "7f6f2c8e-93c1-5a3e-9d0f-1a2b3c4d5e6f",
    "kind": "stamp_earned",
    "occurred_at": "2026-11-30T13:20:00Z",
    "store": _STORE,
    "staff": "c1d2e3f4-0000-4000-8000-000000000001",
    "override": None,
    "stamps": 1,
    "points": 0,
    "shortfall": 0,
}
_ON = {"store": _STORE, "card": _CARD_ID, "by": _FOUND}
_DONE = {"transactions": [_BOOKED], "card": _CARD}


def _books(name: str, handler: Any, title: str, body: type[Body], example: dict[str, Any], **more: Any) -> Route:
    values: dict[str, Any] = {"right": Right.COUNTER, "answer": Done, "ahead": agreed} | more
    shown = values["answer"].__name__ == "HandedOut"
    codes = {"card_number": "482109375516", "qr_code": "kZ0p3nQ8wT5yV2bM7cR1xL9sD4fG6hJa"} if shown else {}
    return Route(
        method="POST",
        path=_PATH + name,
        handler=handler,
        title=title,
        body=body,
        books=True,
        example=Example(body=example, answer=_DONE | codes),
        **values,
    )


ROUTES = (
    Route(
        method="POST",
        path=_PATH + "look-up",
        right=Right.COUNTER,
        handler=look_up,
        title="Finds exactly one card.",
        body=LookUp,
        answer=views.CardView,
        unit=Unit.READ,
        while_suspended=True,
        example=Example(body={"code": "4821-0937-5516", "store": _STORE}, answer=_CARD),
    ),
    _books("stamp", stamp, "Gives stamps.", StampGiven, _ON | {"count": 1}),
    _books("earn", earn, "Gives points for a purchase.", Purchase, _ON | {"amount_minor": 1240, "receipt": "A 17"}),
    _books("redeem", redeem, "Gives a reward.", RewardTaken, _ON | {"reward": "croissant"}),
    _books(
        "void",
        void,
        "Takes a transaction back.",
        TakenBack,
        {"store": _STORE, "original": _BOOKED["id"]},
        right=Right.VOID,
    ),
    _books(
        "enrol",
        enrol,
        "Hands out a card.",
        NewCustomer,
        {"store": _STORE, "name": "Nora Steffen", "email": "nora@example.com", "consent": True},
        answer=HandedOut,
        ahead=None,
    ),
)
