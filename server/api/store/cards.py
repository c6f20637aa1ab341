"""`/api/store/v1/{slug}/cards`: a company's cards."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from loyalty.program import Program
from server.accounts.rights import Right
from server.cards import rewards, search
from server.cards.rewards import CardState
from server.cards.search import ListedCard
from server.companies import programs
from server.db.paging import CursorInvalid
from server.edge import lists
from server.edge.asks import Ask
from server.edge.card_filters import CardFilters
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Example, Route

_PATH = "/api/store/v1/{slug}/cards"
_EXAMPLE = {
    "id": "5b6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11",
    "number": "482109375516",
    "number_end": "5516",
    "name": "Marie Weber",
    "email": "marie.weber@mail.example",
    "phone": None,
    "verified": True,
    "store": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
    "enrolled_at": "2026-05-12T08:12:00Z",
    "stamps": 7,
    "points": 186,
    "last_activity": "2026-11-30T12:58:00Z",
    "state": "active",
}


class CardsQuery(ListQuery, CardFilters):
    """Search, filters and order of the list."""


class CardItem(BaseModel):
    """A card in the list; `number` is missing and contacts are masked for who may not read them."""

    id: UUID
    number: str | None
    number_end: str
    name: str | None
    email: str | None
    phone: str | None
    verified: bool
    store: UUID | None  # that enrolled the card
    enrolled_at: datetime
    stamps: int
    points: int
    last_activity: datetime
    state: CardState


def listed(ask: Ask) -> Listed[CardItem]:
    assert ask.company is not None, "the path names a company"
    query: CardsQuery = ask.query
    program = programs.versions(ask.conn, ask.company_id).at(ask.now)
    try:
        page = search.page_after(
            ask.conn,
            ask.company,
            ask.installation.keys,
            query.listing(program),
            cursor=query.cursor,
            limit=query.limit,
            now=ask.now,
        )
    except CursorInvalid:
        raise lists.stale() from None
    shown = page.cards if ask.who.may(Right.CONTACTS_READ) else [card.masked() for card in page.cards]
    items = [_item(card, program) for card in shown]
    return Listed(items=items, next=page.next, count=page.count.number, count_is_least=page.count.is_least)


def _item(card: ListedCard, program: Program | None) -> CardItem:
    return CardItem(
        id=card.id,
        number=card.number,
        number_end=card.number_end,
        name=card.name,
        email=card.email,
        phone=card.phone,
        verified=card.is_verified,
        store=card.enrolled_store_id,
        enrolled_at=card.enrolled_at,
        stamps=card.stamps,
        points=card.points,
        last_activity=card.last_activity_at,
        state=rewards.state_of(program, is_active=card.is_active, stamps=card.stamps, points=card.points),
    )


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.CARDS_READ,
        handler=listed,
        title="Lists the cards: searched by number, contact or name, filtered and sorted.",
        query=CardsQuery,
        answer=Listed[CardItem],
        example=Example(
            query={"q": "marie weber", "active_days": 30},
            answer={"items": [_EXAMPLE], "next": None, "count": 1, "count_is_least": False},
        ),
    ),
)
