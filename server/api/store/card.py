"""`/api/store/v1/{slug}/cards/{card_id}`: one card, its history, its ledger and its customer."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from loyalty.transactions import PointsEarned, PointsRedeemed, PointsVoided, corrected
from server.accounts.rights import Right
from server.cards import card_detail, card_ledger, rewards
from server.cards.card_detail import CardDetail, Customer
from server.cards.card_ledger import CardLedger, Event, Group, HistoryFilters, State
from server.cards.rewards import CardState
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route

_PATH = "/api/store/v1/{slug}/cards/{card_id}"
_CARD, _STORE = "5b6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11", "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11"


class RewardItem(BaseModel):
    """A reward, and what the card lacks for it: 0 if it can be taken."""

    id: str
    name: str
    cost: int
    missing: int


class Stamps(BaseModel):
    count: int
    reward: RewardItem | None  # for a full row
    earned_in_all: int
    rewards_in_all: int


class Points(BaseModel):
    balance: int
    rewards: list[RewardItem]
    expire_on: date | None
    earned_in_all: int
    redeemed_in_all: int


class CardView(BaseModel):
    """A card; `number` is missing for who may not read it."""

    id: UUID
    number: str | None
    number_end: str
    name: str | None
    state: CardState
    enrolled_at: datetime
    store: UUID | None  # that enrolled it
    last_activity: datetime | None
    stamps: Stamps
    points: Points


class HistoryQuery(ListQuery):
    """Which events are listed."""

    kind: Group | None = None
    store: UUID | None = None
    state: State | None = None


class EventItem(BaseModel):
    """A transaction, or an entry that waits to become one; `stamps` and `points` of the latter do not count yet."""

    id: UUID
    kind: str
    state: State
    occurred_at: datetime
    recorded_at: datetime
    store: UUID
    terminal: UUID | None
    staff: UUID | None
    override: UUID | None
    stamps: int
    points: int
    shortfall: int
    claimed: int | None  # what its till counted, if the company did otherwise
    notes: list[str]
    amount_minor: int | None
    receipt: str | None
    reward: str | None
    reason: str | None
    corrects: UUID | None
    voided: bool
    voidable: bool


class LedgerView(BaseModel):
    """The card's row against the sum of its transactions, counted now."""

    agrees: bool
    checked_at: datetime
    transactions: int
    stamps: int
    points: int
    stamps_short: int
    points_short: int


class CustomerView(BaseModel):
    """Who the card belongs to; an edit sends the `version` it saw."""

    name: str
    note: str
    email: str | None
    phone: str | None
    verified: bool
    language: str | None
    consent: bool
    version: int


def shown(ask: Ask) -> CardView:
    return view(_card(ask))


def view(found: CardDetail) -> CardView:
    """The card for the answer of a route."""
    card, program = found.card, found.program
    row = rewards.for_stamps(program, card.stamp_count) if program else None
    assert card.created_at is not None, "a blank is unknown"
    return CardView(
        id=card.id,
        number=None if found.codes is None else found.codes.number,
        number_end=found.number_end,
        name=found.customer.name or None,
        state=rewards.state_of(program, is_active=card.is_active, stamps=card.stamp_count, points=card.points_balance),
        enrolled_at=card.created_at,
        store=card.enrolled_at_store,
        last_activity=card.last_activity_at,
        stamps=Stamps(
            count=card.stamp_count,
            reward=None if row is None else _reward(row),
            earned_in_all=card.total_stamps_earned,
            rewards_in_all=card.stamps_redeemed,
        ),
        points=Points(
            balance=card.points_balance,
            rewards=[_reward(one) for one in rewards.for_points(program, card.points_balance)] if program else [],
            expire_on=found.expires_on,
            earned_in_all=card.total_points_earned,
            redeemed_in_all=card.points_redeemed,
        ),
    )


def history(ask: Ask) -> Listed[EventItem]:
    query: HistoryQuery = ask.query
    wanted = _ledger(ask, _card(ask)).listed(HistoryFilters(query.kind, query.store, query.state))
    last = lists.after(query, (datetime, UUID))
    rest = wanted if last is None else [event for event in wanted if event.place < last]
    return lists.listed(query, rest[: query.limit + 1], len(wanted), _event, lambda event: event.place)


def ledger(ask: Ask) -> LedgerView:
    found = _ledger(ask, _card(ask))
    return LedgerView(
        agrees=found.agrees,
        checked_at=ask.now,
        transactions=found.transactions,
        stamps=found.counted.stamp_count,
        points=found.counted.points_balance,
        stamps_short=found.stamps_short,
        points_short=found.points_short,
    )


def customer(ask: Ask) -> CustomerView:
    return customer_view(_card(ask).customer)


def customer_view(found: Customer) -> CustomerView:
    """The customer for the answer of a route."""
    return CustomerView(
        name=found.name,
        note=found.note,
        email=found.email,
        phone=found.phone,
        verified=found.is_verified,
        language=found.language,
        consent=found.consent,
        version=found.version,
    )


def _card(ask: Ask) -> CardDetail:
    assert ask.company is not None, "the path names a company"
    keys = ask.installation.keys.company(ask.company_id)
    found = card_detail.of_card(ask.conn, ask.company, keys, ask.id("card_id"), ask.now)
    return found if ask.who.may(Right.CONTACTS_READ) else found.masked()


def _ledger(ask: Ask, found: CardDetail) -> CardLedger:
    assert ask.company is not None, "the path names a company"
    return card_ledger.of_card(ask.conn, ask.company, found.opened)


def _reward(offer: rewards.Offer) -> RewardItem:
    return RewardItem(id=offer.id, name=offer.name, cost=offer.cost, missing=offer.missing)


def _event(event: Event) -> EventItem:
    fact, body, at = event.fact, event.fact.body, event.fact.context
    return EventItem(
        id=fact.id,
        kind=fact.kind.value,
        state=event.state,
        occurred_at=at.occurred_at,
        recorded_at=event.recorded_at,
        store=at.store_id,
        terminal=at.terminal_id,
        staff=at.staff_id,
        override=at.override_id,
        stamps=fact.effect.stamps,
        points=fact.effect.points,
        shortfall=fact.effect.shortfall,
        claimed=event.claimed,
        notes=[note.value for note in event.notes],
        amount_minor=body.amount_minor if isinstance(body, PointsEarned | PointsVoided) else None,
        receipt=body.receipt if isinstance(body, PointsEarned) else None,
        reward=body.reward if isinstance(body, PointsRedeemed) else None,
        reason=getattr(body, "reason", None) or None,
        corrects=corrected(body),
        voided=event.is_voided,
        voidable=event.can_be_voided,
    )


_HISTORY: dict[str, Any] = {
    "id": "8c7f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11",
    "kind": "points_earned",
    "state": "accepted",
    "occurred_at": "2026-11-30T12:58:00Z",
    "recorded_at": "2026-11-30T12:58:01Z",
    "store": _STORE,
    "terminal": "1d6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
    "staff": "2e6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
    "override": None,
    "stamps": 0,
    "points": 18,
    "shortfall": 0,
    "claimed": None,
    "notes": [],
    "amount_minor": 1240,
    "receipt": "G-20931",
    "reward": None,
    "reason": None,
    "corrects": None,
    "voided": False,
    "voidable": True,
}
VIEW_EXAMPLE: dict[str, Any] = {
    "id": _CARD,
    "number": "482109375516",
    "number_end": "5516",
    "name": "Marie Weber",
    "state": "reward_ready",
    "enrolled_at": "2025-05-12T08:12:00Z",
    "store": _STORE,
    "last_activity": "2026-11-30T12:58:00Z",
    "stamps": {
        "count": 7,
        "reward": {"id": "stamps", "name": "Free coffee", "cost": 10, "missing": 3},
        "earned_in_all": 88,
        "rewards_in_all": 8,
    },
    "points": {
        "balance": 186,
        "rewards": [{"id": "croissant", "name": "Croissant", "cost": 60, "missing": 0}],
        "expire_on": "2027-11-21",
        "earned_in_all": 1246,
        "redeemed_in_all": 1080,
    },
}
CUSTOMER_EXAMPLE: dict[str, Any] = {
    "name": "Marie Weber",
    "note": "",
    "email": "marie.weber@mail.example",
    "phone": None,
    "verified": True,
    "language": "fr",
    "consent": True,
    "version": 1780000000000000,
}
_LEDGER = {
    "agrees": True,
    "checked_at": "2026-11-30T13:02:00Z",
    "transactions": 143,
    "stamps": 7,
    "points": 186,
    "stamps_short": 0,
    "points_short": 0,
}
_PLACE = {"card_id": _CARD}

ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.CARDS_READ,
        handler=shown,
        title="Shows a card.",
        answer=CardView,
        example=Example(path=_PLACE, answer=VIEW_EXAMPLE),
    ),
    Route(
        method="GET",
        path=_PATH + "/history",
        right=Right.CARDS_READ,
        handler=history,
        title="Lists what happened on a card, newest first.",
        query=HistoryQuery,
        answer=Listed[EventItem],
        example=Example(
            path=_PLACE,
            query={"kind": "points"},
            answer={"items": [_HISTORY], "next": None, "count": 1, "count_is_least": False},
        ),
    ),
    Route(
        method="GET",
        path=_PATH + "/ledger",
        right=Right.CARDS_READ,
        handler=ledger,
        title="Counts a card's balances anew.",
        answer=LedgerView,
        example=Example(path=_PLACE, answer=_LEDGER),
    ),
    Route(
        method="GET",
        path=_PATH + "/customer",
        right=Right.CARDS_READ,
        handler=customer,
        title="Shows the customer of a card.",
        answer=CustomerView,
        example=Example(path=_PLACE, answer=CUSTOMER_EXAMPLE),
    ),
)
