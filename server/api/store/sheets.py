"""`/api/store/v1/{slug}/sheets`: sheets of blank cards."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from server.accounts.rights import Right
from server.cards.paper import sheets
from server.cards.paper.sheets import COUNT_MAX, Order, Paper
from server.edge import lists
from server.edge.asks import Ask
from server.edge.lists import Listed, ListQuery
from server.edge.routes import Body, Example, Route

_PATH = "/api/store/v1/{slug}/sheets"
_EXAMPLE = {
    "id": "7b0f3f0e-52a5-4f0e-8a3c-6d0b8a1f9c55",
    "store": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
    "count": 50,
    "used": 0,
    "withdrawn": 0,
    "left": 50,
    "paper": "a4",
    "languages": ["fr", "de"],
    "made_at": "2026-11-30T12:00:00Z",
    "withdrawn_at": None,
}
Language = Literal["en", "fr", "de", "lb"]


class Sheet(BaseModel):
    """An issue of blank cards; *left* are the ones that nobody has."""

    id: UUID
    store: UUID
    count: int
    used: int
    withdrawn: int
    left: int
    paper: Paper
    languages: list[str]
    made_at: datetime
    withdrawn_at: datetime | None


class NewSheet(Body):
    store: UUID
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)]
    paper: Paper = Paper.A4
    languages: Annotated[tuple[Language, ...], Field(min_length=2, max_length=2)] = ("fr", "de")


def listed(ask: Ask) -> Listed[Sheet]:
    query: ListQuery = ask.query
    found = lists.after(query, (datetime, UUID))
    after = None if found is None else (found[0], found[1])
    rows = sheets.listed(ask.conn, ask.company_id, limit=query.limit + 1, after=after)
    return lists.listed(query, rows, sheets.count(ask.conn, ask.company_id), _shown, lambda one: (one.made_at, one.id))


def make(ask: Ask) -> Sheet:
    new: NewSheet = ask.body
    assert ask.booking_id is not None, "the route books"
    order = Order(new.store, new.count, new.paper, (new.languages[0], new.languages[1]))
    sheet = sheets.make(ask.conn, ask.company_id, ask.installation.keys, ask.booking_id, order, ask.now)
    ask.log("sheet_made", "sheet", sheet.id, after=sheets.logged(sheet))
    return _shown(sheet)


def withdraw(ask: Ask) -> Sheet:
    sheet_id = ask.id("sheet_id")
    count = sheets.withdraw(ask.conn, ask.company_id, sheet_id, ask.now)
    ask.log("sheet_withdrawn", "sheet", sheet_id, after={"cards": count})
    return _shown(sheets.by_id(ask.conn, ask.company_id, sheet_id))


def _shown(sheet: sheets.Sheet) -> Sheet:
    return Sheet(
        id=sheet.id,
        store=sheet.store_id,
        count=sheet.count,
        used=sheet.used,
        withdrawn=sheet.withdrawn,
        left=sheet.left,
        paper=sheet.paper,
        languages=list(sheet.languages),
        made_at=sheet.made_at,
        withdrawn_at=sheet.withdrawn_at,
    )


ROUTES = (
    Route(
        method="GET",
        path=_PATH,
        right=Right.ENROLMENT_READ,
        handler=listed,
        title="Lists the sheets of blank cards, the newest first.",
        query=ListQuery,
        answer=Listed[Sheet],
        example=Example(answer={"items": [_EXAMPLE], "next": None, "count": 1, "count_is_least": False}),
    ),
    Route(
        method="POST",
        path=_PATH,
        right=Right.ENROLMENT_CHANGE,
        handler=make,
        title="Issues blank cards as a sheet, which the office prints.",
        body=NewSheet,
        answer=Sheet,
        status=201,
        books=True,
        example=Example(
            body={"store": _EXAMPLE["store"], "count": 50, "paper": "a4", "languages": ["fr", "de"]}, answer=_EXAMPLE
        ),
    ),
    Route(
        method="POST",
        path=_PATH + "/{sheet_id}/withdraw",
        right=Right.ENROLMENT_CHANGE,
        handler=withdraw,
        title="Withdraws the cards of a sheet that nobody has.",
        answer=Sheet,
        example=Example(answer=_EXAMPLE | {"withdrawn": 50, "left": 0, "withdrawn_at": "2026-12-01T09:00:00Z"}),
    ),
)
