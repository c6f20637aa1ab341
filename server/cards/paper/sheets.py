"""Sheets of blank cards: made, printed again for a day, counted, and withdrawn where they are unused.

A sheet names its cards in a table of its own, so that nothing is added to the cards, which every entry touches.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, update

from server.cards import blanks as blank_cards
from server.cards.decrypted_texts import PrintedCodes, codes_of
from server.companies import stores
from server.db import paging
from server.db.tables import cards
from server.db.work_tables import sheet_cards, sheets
from server.keys import CompanyKeys, Keys
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from server.refusals import No, Refused

COUNT_MAX = 2_000
PRINTED_FOR = timedelta(hours=24)
_NEWEST_FIRST = paging.Order((sheets.c.created_at, sheets.c.sheet_id), descending=True)
_AT_ONCE = 500  # cards


class Paper(StrEnum):
    """What a sheet is printed on."""

    A4 = "a4"
    LETTER = "letter"
    SINGLE = "single"  # one card a page, of the card's own size


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants printed."""

    store_id: UUID
    count: int
    paper: Paper
    languages: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An issue of blank cards; *left* of them can still be handed out."""

    id: UUID
    store_id: UUID
    count: int
    paper: Paper
    languages: tuple[str, str]
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn: int  # cards
    left: int

    @property
    def used(self) -> int:
        """The cards that have been handed out, or gave their codes to another card."""
        return self.count - self.withdrawn - self.left

    def is_printed(self, now: datetime) -> bool:
        """True while its PDF can be had."""
        return self.withdrawn_at is None and now < self.made_at + PRINTED_FOR


def make(  # noqa: PLR0917 - two parts of what is asked
    conn: Connection, company_id: UUID, keys: Keys, sheet_id: UUID, order: Order, now: datetime
) -> Sheet:
    """Issues the blanks of a new sheet."""
    stores.open_one(conn, company_id, order.store_id)
    if not 1 <= order.count <= COUNT_MAX:
        raise Refused(No.COUNT_INVALID, str(COUNT_MAX))
    source = blank_cards.random_blanks()
    made = blank_cards.issue(conn, company_id, keys, source, count=order.count, now=now)
    mine = {"company_id": company_id, "sheet_id": sheet_id, "created_at": now, "updated_at": now}
    first, second = order.languages
    values = {"store_id": order.store_id, "cards": order.count, "paper": order.paper.value, "withdrawn": 0}
    conn.execute(insert(sheets).values(mine | values | {"language": first, "second_language": second}))
    rows = [mine | {"card_id": blank.id, "place": place} for place, blank in enumerate(made)]
    conn.execute(insert(sheet_cards), rows)
    return by_id(conn, company_id, sheet_id)


def by_id(conn: Connection, company_id: UUID, sheet_id: UUID) -> Sheet:
    """The sheet with this id."""
    row = conn.execute(_of_company(company_id).where(sheets.c.sheet_id == sheet_id)).one_or_none()
    if row is None:
        raise Refused(No.SHEET_UNKNOWN, str(sheet_id))
    return next(_read(conn, company_id, [row]))


def listed(
    conn: Connection,
    company_id: UUID,
    *,
    limit: int,
    offset: int = 0,
    after: tuple[datetime, UUID] | None = None,
) -> list[Sheet]:
    """The company's sheets, the newest first; *after* is the time and id of the one before them."""
    query = _NEWEST_FIRST.sorted(_of_company(company_id))
    if after is not None:
        query = query.where(_NEWEST_FIRST.after(after))
    return list(_read(conn, company_id, conn.execute(query.limit(limit).offset(offset)).all()))


def count(conn: Connection, company_id: UUID) -> int:
    """How many sheets the company has."""
    query = select(func.count()).select_from(sheets).where(sheets.c.company_id == company_id)
    return int(conn.execute(query).scalar_one())


def logged(sheet: Sheet) -> dict[str, Any]:
    """What the audit log keeps of a new sheet."""
    return {"store": str(sheet.store_id), "count": sheet.count, "paper": sheet.paper.value}


def codes(
    conn: Connection, company_id: UUID, keys: CompanyKeys, sheet_id: UUID, now: datetime
) -> tuple[Sheet, list[PrintedCodes]]:
    """A sheet with the codes of its cards, in their order; refused once its day is over."""
    sheet = by_id(conn, company_id, sheet_id)
    if not sheet.is_printed(now):
        raise Refused(No.SHEET_TOO_OLD)
    query = _cards_of(company_id, sheet_id).add_columns(cards.c.codes, cards.c.codes_key)
    found = [codes_of(row.card_id, row.codes, row.codes_key, keys) for row in conn.execute(query)]
    assert None not in found, "the keys of the last day are there"
    return sheet, [one for one in found if one is not None]


def withdraw(conn: Connection, company_id: UUID, sheet_id: UUID, now: datetime) -> int:
    """Retires the cards of a sheet that nobody has; returns how many there were."""
    sheet = by_id(conn, company_id, sheet_id)
    if sheet.left == 0:
        raise Refused(No.SHEET_USED)
    unused = [row.card_id for row in conn.execute(_cards_of(company_id, sheet_id).where(cards.c.is_blank))]
    for part in _parts(unused):
        writes = WriteSet(conn, company_id, now)
        for opened in card_rows.load(conn, company_id, part).values():
            opened.is_retired = True
            writes.touch(opened)
        writes.write()
    mine = (sheets.c.company_id == company_id, sheets.c.sheet_id == sheet_id)
    values = {"withdrawn_at": now, "withdrawn": sheet.withdrawn + len(unused), "updated_at": now}
    conn.execute(update(sheets).where(*mine).values(values))
    return len(unused)


def _parts(card_ids: list[UUID]) -> Iterator[list[UUID]]:
    return (card_ids[at : at + _AT_ONCE] for at in range(0, len(card_ids), _AT_ONCE))


def _of_company(company_id: UUID) -> Select[Any]:
    return select(sheets).where(sheets.c.company_id == company_id)


_SAME = and_(sheet_cards.c.company_id == cards.c.company_id, sheet_cards.c.card_id == cards.c.card_id)


def _cards_of(company_id: UUID, sheet_id: UUID) -> Select[Any]:
    query = select(cards.c.card_id).select_from(sheet_cards.join(cards, _SAME)).order_by(sheet_cards.c.place)
    return query.where(sheet_cards.c.company_id == company_id, sheet_cards.c.sheet_id == sheet_id)


def _read(conn: Connection, company_id: UUID, rows: Iterable[Row[Any]]) -> Iterator[Sheet]:
    """The sheets of these rows, with their cards counted."""
    rows = list(rows)
    left = _left(conn, company_id, [row.sheet_id for row in rows])
    for row in rows:
        yield Sheet(
            id=row.sheet_id,
            store_id=row.store_id,
            count=row.cards,
            paper=Paper(row.paper),
            languages=(row.language, row.second_language),
            made_at=row.created_at,
            withdrawn_at=row.withdrawn_at,
            withdrawn=row.withdrawn,
            left=left.get(row.sheet_id, 0),
        )


def _left(conn: Connection, company_id: UUID, sheet_ids: Collection[UUID]) -> dict[UUID, int]:
    query = select(sheet_cards.c.sheet_id, func.count().label("left")).select_from(sheet_cards.join(cards, _SAME))
    of_sheets = (sheet_cards.c.company_id == company_id, sheet_cards.c.sheet_id.in_(sheet_ids), cards.c.is_blank)
    found = conn.execute(query.where(*of_sheets).group_by(sheet_cards.c.sheet_id))
    return {row.sheet_id: row.left for row in found}
