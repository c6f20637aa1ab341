"""`/api/customer/v1/{slug}`: an owner blocks or replaces a card that was lost, and puts cards of theirs together."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from server.accounts.rights import Right
from server.cards import card_detail
from server.customers.own_acts import joined_cards, loss
from server.edge.asks import Ask
from server.edge.routes import Body, Example, Route, Unit, Visit

_API = "/api/customer/v1/{slug}"
_CHALLENGE = f"8c7f0f435d0a4f0c9d0a6d1f1b6d2c11.{'Q' * 43}"
_CARD = "6c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"


class OwnCard(BaseModel):
    """`code` is what stands in the QR code: whoever has it can collect and take rewards."""

    id: UUID
    code: str | None
    number: str | None
    is_active: bool
    stamps: int
    points: int


class Merge(Body):
    """The other card: the id of one with the owner's contact, or the code of any."""

    card: Annotated[str, Field(min_length=1, max_length=200)]


class Proof(Body):
    """What was answered when a code was asked for, and the code."""

    challenge: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


def blocked(ask: Ask) -> OwnCard:
    assert ask.booking_id is not None, "this route books"
    loss.block(ask.ledger, ask.booking_id, ask.visit.owner)
    return _view(ask, ask.visit.owner.card_id)


def replaced(ask: Ask) -> OwnCard:
    assert ask.booking_id is not None, "this route books"
    loss.replace(ask.ledger, ask.booking_id, ask.visit.owner)
    return _view(ask, ask.visit.owner.card_id)


def merged(ask: Ask) -> OwnCard:
    assert ask.booking_id is not None, "this route books"
    other = joined_cards.named(ask.conn, ask.company_id, ask.visit.owner, ask.body.card)
    return _view(ask, joined_cards.join(ask.ledger, ask.booking_id, ask.visit.owner, other))


def proven(ask: Ask) -> None:
    """A wrong code is counted, so the unit of work is this function's own."""
    sent: Proof = ask.body
    with ask.installation.units.platform_write() as conn:
        inside = ask.within(conn)
        refused = joined_cards.prove(inside.ledger, inside.visit.owner, sent.challenge, sent.code)
    if refused is not None:
        raise refused


def _view(ask: Ask, card_id: UUID) -> OwnCard:
    company = ask.visit.company
    keys = ask.installation.keys.company(company.id)
    found = card_detail.of_card(ask.conn, company, keys, card_id, ask.now)
    return OwnCard(
        id=found.card.id,
        code=None if found.codes is None else found.codes.token,
        number=None if found.codes is None else found.codes.number,
        is_active=found.card.is_active,
        stamps=found.card.stamp_count,
        points=found.card.points_balance,
    )


_EXAMPLE = {
    "id": _CARD,
    "code": "K7Q2M4X9B3T6W8Z5C1V0N7J4H2F6D9S3",
    "number": "482109375516",
    "is_active": True,
    "stamps": 7,
    "points": 206,
}
_PROVEN: dict[str, Any] = {
    "method": "POST",
    "right": Right.STOREFRONT,
    "visit": Visit.PROVEN,
    "answer": OwnCard,
    "books": True,
}

ROUTES = (
    Route(
        **_PROVEN,
        path=f"{_API}/me/block",
        handler=blocked,
        title="Switches off a card that was lost.",
        while_suspended=True,
        example=Example(answer=_EXAMPLE | {"is_active": False}),
    ),
    Route(
        **_PROVEN,
        path=f"{_API}/me/replace",
        handler=replaced,
        title="Continues a card that was lost under a new code and number; three times in 30 days.",
        example=Example(answer=_EXAMPLE),
    ),
    Route(
        **_PROVEN,
        path=f"{_API}/merges",
        handler=merged,
        title="Puts another card of the owner's and theirs together, for good.",
        body=Merge,
        example=Example(body={"card": _CARD}, answer=_EXAMPLE),
    ),
    Route(
        method="POST",
        path=f"{_API}/merges/proof",
        right=Right.STOREFRONT,
        visit=Visit.PROVEN,
        handler=proven,
        title="Proves the contact of another card by its code, without a session of its own.",
        body=Proof,
        unit=Unit.OWN,
        example=Example(body={"challenge": _CHALLENGE, "code": "123456"}),
    ),
)
