"""`/api/customer/v1/{slug}/card`: a card as its holder sees it. Bearer is the card's code, or its owner's session."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import Response

from loyalty.transactions import PointsEarned, PointsRedeemed
from server.accounts.rights import Right
from server.api.store.card import RewardItem
from server.cards import card_detail, card_ledger, display_names, qr_picture
from server.cards.card_ledger import Event, HistoryFilters, State
from server.cards.display_names import Names
from server.cards.rewards import Offer
from server.customers import my_card
from server.customers.my_card import MyCard
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route, Visit
from server.refusals import No, Refused

_PATH = "/api/customer/v1/{slug}/card"
_SVG = "image/svg+xml"
_CARD = "6c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"


class HeldCard(BaseModel):
    """`code` is what stands in the QR code; `welcome` are points that come once the contact is proven."""

    id: UUID
    code: str | None
    number: str | None
    first_name: str
    is_active: bool
    stamps: int
    stamp_reward: RewardItem | None
    points: int
    rewards: list[RewardItem]
    points_expire_on: date | None
    welcome: int
    version: int


class HeldEvent(BaseModel):
    """What happened on the card; what is `held` does not count yet."""

    id: UUID
    kind: str
    state: State
    occurred_at: datetime
    store: str | None
    stamps: int
    points: int
    amount_minor: int | None
    reward: str | None
    notes: list[str]
    voided: bool


def shown(ask: Ask) -> HeldCard:
    mine = _mine(ask)
    return HeldCard(
        id=mine.card.id,
        code=mine.token,
        number=None if mine.number is None else mine.number.replace("-", ""),
        first_name=mine.first_name,
        is_active=mine.card.is_active,
        stamps=mine.card.stamp_count,
        stamp_reward=None if mine.row is None else _reward(mine.row),
        points=mine.card.points_balance,
        rewards=[_reward(one) for one in mine.offers],
        points_expire_on=mine.expires_on,
        welcome=mine.welcome,
        version=mine.version,
    )


def code(ask: Ask) -> Response:
    """The card's code as a drawing, black on white."""
    token = _mine(ask).token
    if token is None:
        raise Refused(No.CODE_UNKNOWN)
    return Response(qr_picture.picture(token), media_type=_SVG)


def history(ask: Ask) -> Listed[HeldEvent]:
    company, query = ask.visit.company, ask.query
    keys = ask.installation.keys.company(company.id)
    found = card_detail.of_card(ask.conn, company, keys, ask.visit.held, ask.now)
    ledger = card_ledger.of_card(ask.conn, company, found.opened)
    wanted = [event for event in ledger.listed(HistoryFilters()) if my_card.tells(event.fact.kind)]
    last = lists.after(query, (datetime, UUID))
    rest = wanted if last is None else [event for event in wanted if event.place < last]
    names = display_names.names(ask.conn, company.id)
    part = rest[: query.limit + 1]
    return lists.listed(query, part, len(wanted), lambda event: _event(event, names), lambda event: event.place)


def _mine(ask: Ask) -> MyCard:
    company = ask.visit.company
    keys = ask.installation.keys.company(company.id)
    return my_card.of_holder(ask.conn, company, keys, ask.visit.held, ask.now)


def _reward(offer: Offer) -> RewardItem:
    return RewardItem(id=offer.id, name=offer.name, cost=offer.cost, missing=offer.missing)


def _event(event: Event, names: Names) -> HeldEvent:
    fact, body, at = event.fact, event.fact.body, event.fact.context
    return HeldEvent(
        id=fact.id,
        kind=fact.kind.value,
        state=event.state,
        occurred_at=at.occurred_at,
        store=names.stores.get(at.store_id) if at.staff_id or at.terminal_id else None,
        stamps=fact.effect.stamps,
        points=fact.effect.points,
        amount_minor=body.amount_minor if isinstance(body, PointsEarned) else None,
        reward=body.reward if isinstance(body, PointsRedeemed) else None,
        notes=[note.value for note in event.notes],
        voided=event.is_voided,
    )


_REWARD = {"id": "stamps", "name": "Free coffee", "cost": 10, "missing": 3}
_HELD: dict[str, Any] = {
    "id": _CARD,
    "code": "q" * 32,
    "number": "482109375516",
    "first_name": "Marie",
    "is_active": True,
    "stamps": 7,
    "stamp_reward": _REWARD,
    "points": 186,
    "rewards": [{"id": "croissant", "name": "Croissant", "cost": 60, "missing": 0}],
    "points_expire_on": "2027-11-21",
    "welcome": 0,
    "version": 4711,
}
_EVENT: dict[str, Any] = {
    "id": "8c7f0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11",
    "kind": "points_earned",
    "state": "accepted",
    "occurred_at": "2026-11-30T12:58:00Z",
    "store": "Gare",
    "stamps": 0,
    "points": 18,
    "amount_minor": 1240,
    "reward": None,
    "notes": [],
    "voided": False,
}
_LISTED = {"items": [_EVENT], "next": None, "count": 1, "count_is_least": False}
_HOLDER: dict[str, Any] = {"method": "GET", "right": Right.STOREFRONT, "visit": Visit.HOLDER}

ROUTES = (
    Route(
        **_HOLDER,
        path=_PATH,
        handler=shown,
        title="Shows the card of who asks.",
        answer=HeldCard,
        example=Example(answer=_HELD),
    ),
    Route(
        **_HOLDER,
        path=_PATH + "/qr.svg",
        handler=code,
        title="The card's QR code, black on white.",
        media_type=_SVG,
    ),
    Route(
        **_HOLDER,
        path=_PATH + "/history",
        handler=history,
        title="Lists what happened on the card, newest first.",
        query=ListQuery,
        answer=Listed[HeldEvent],
        example=Example(answer=_LISTED),
    ),
)
