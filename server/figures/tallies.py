"""Sums of a company's transactions by day, store and one dimension more, filled from its transactions by a cursor.

Cursor and sums are committed together, so a transaction counts once. A day is the company's day of `occurred_at`: late
entries change past days, and a void subtracts on its own day. In another time zone days are others, so a change of the
zone counts everything anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Insert, Row, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from loyalty.transactions import Kind
from server.db.batches import Batch
from server.db.lookups import Lookup, Query
from server.db.tables import cards, stores, transactions
from server.db.work_tables import tallies, tally_cursors
from server.ledger.rows import cards as card_rows

AT_ONCE = 1_000  # within 100 ms


class Dimension(StrEnum):
    """By what transactions are summed, beside day, store and kind."""

    ALL = "all"
    HOUR = "hour"  # of the company's day, "00" to "23"
    STAFF = "staff"  # an id in hexadecimal, or nothing
    ENROLLED = "enrolled"  # the store that enrolled the card: an id in hexadecimal, or nothing


class Cell(NamedTuple):
    """What one row of `tallies` sums."""

    day: str
    store_id: UUID
    dimension: str
    key: str
    kind: str


class Sums(NamedTuple):
    """The sums of a cell, with the signs of the transactions' effects; amounts of voids are negative."""

    n: int = 0
    stamps: int = 0
    points: int = 0
    amount_minor: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(*(one + more for one, more in zip(self, other, strict=True)))


@dataclass(frozen=True, slots=True)
class Part:
    """The next transactions of a store, summed."""

    store_id: UUID
    zone: ZoneInfo
    cells: Mapping[Cell, Sums]
    until: int  # the version of the last one
    is_all: bool
    count: int


def store_ids(conn: Connection, company_id: UUID) -> list[UUID]:
    """The stores whose transactions are summed."""
    return list(conn.execute(select(stores.c.store_id).where(stores.c.company_id == company_id)).scalars())


def cursors(conn: Connection, company_id: UUID, zone: ZoneInfo) -> dict[UUID, int] | None:
    """Up to which version each store is summed; None if it was in another time zone."""
    found = conn.execute(select(tally_cursors).where(tally_cursors.c.company_id == company_id)).all()
    if any(row.zone != zone.key for row in found):
        return None
    return {row.store_id: row.read_version for row in found}


def forget(conn: Connection, company_id: UUID) -> None:
    """Deletes all sums of the company, to count anew."""
    for table in (tallies, tally_cursors):
        conn.execute(delete(table).where(table.c.company_id == company_id))


def next_part(conn: Connection, company_id: UUID, store_id: UUID, after: int, zone: ZoneInfo) -> Part:
    """Sums the store's next transactions with a version above *after*."""
    rows = _NEXT.all(conn, company=company_id, store=store_id, after=after, room=AT_ONCE)
    until = rows[-1].version if rows else after
    return Part(store_id, zone, _cells(conn, company_id, store_id, rows, zone), until, len(rows) < AT_ONCE, len(rows))


def write(conn: Connection, company_id: UUID, part: Part, now: datetime) -> None:
    """Adds a part to the sums, and moves the store's cursor."""
    of_company = {"company_id": company_id, "created_at": now, "updated_at": now}
    rows = [dict(zip(_WRITTEN, (*cell, *sums), strict=True)) | of_company for cell, sums in part.cells.items()]
    _ADD[conn.dialect.name].run(conn, rows)
    cursor = {"store_id": part.store_id, "zone": part.zone.key, "read_version": part.until}
    _MOVE[conn.dialect.name].run(conn, [of_company | cursor])


def differing(conn: Connection, company_id: UUID, zone: ZoneInfo) -> list[Cell]:
    """Counts anew what the cursors have passed; returns the cells whose stored sums are others."""
    counted: defaultdict[Cell, Sums] = defaultdict(Sums)
    for store_id, until in (cursors(conn, company_id, zone) or {}).items():
        part = Part(store_id, zone, {}, 0, False, 0)
        while part.until < until:
            part = next_part(conn, company_id, store_id, part.until, zone)
            for cell, sums in part.cells.items():
                counted[cell] = counted[cell].plus(sums)
    kept = conn.execute(select(tallies).where(tallies.c.company_id == company_id))
    stored = {_cell_of(row): Sums(row.n, row.stamps, row.points, row.amount_minor) for row in kept}
    return sorted(cell for cell in stored.keys() | counted.keys() if stored.get(cell) != counted.get(cell))


def _cell_of(row: Row[Any]) -> Cell:
    return Cell(row.day, row.store_id, row.dimension, row.key, row.kind)


def _cells(
    conn: Connection, company_id: UUID, store_id: UUID, rows: Sequence[Row[Any]], zone: ZoneInfo
) -> dict[Cell, Sums]:
    """The sums of one store's transactions. They are added up in place, as a company can begin with millions."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    enrolled = _enrolling_stores(conn, company_id, rows)
    amounts = _returned(conn, company_id, rows)
    for row in rows:
        there = row.occurred_at.astimezone(zone)
        day, kind = there.date().isoformat(), row.kind
        amount = amounts.get(row.transaction_id, row.amount_minor or 0)
        for cell in (
            (day, _ALL, "", kind),
            (day, _HOUR, f"{there.hour:02}", kind),
            (day, _STAFF, _hexadecimal(row.staff_id), kind),
            (day, _ENROLLED, _hexadecimal(enrolled.get(row.card_id)), kind),
        ):
            sums = found.get(cell)
            if sums is None:
                found[cell] = [1, row.stamps, row.points, amount]
            else:
                sums[0] += 1
                sums[1] += row.stamps
                sums[2] += row.points
                sums[3] += amount
    return {
        Cell(day, store_id, dimension, key, kind): Sums(*sums) for (day, dimension, key, kind), sums in found.items()
    }


def _hexadecimal(one: UUID | None) -> str:
    return "" if one is None else one.hex


def _enrolling_stores(conn: Connection, company_id: UUID, rows: Sequence[Row[Any]]) -> dict[UUID, UUID | None]:
    ids = dict.fromkeys(row.card_id for row in rows)
    found = map(card_rows.row_in, _CARDS.rows(conn, ids, company=company_id))
    return {card.id: card.enrolled_at_store for card in found}


def _returned(conn: Connection, company_id: UUID, rows: Sequence[Row[Any]]) -> dict[UUID, int]:
    """The amounts of returns, below zero. One that names no amount returns what was left of the purchase."""
    originals = dict.fromkeys(row.corrects for row in rows if row.kind == Kind.POINTS_VOIDED)
    left = {row.transaction_id: row.amount_minor or 0 for row in _ORIGINALS.rows(conn, originals, company=company_id)}
    returns = sorted(_RETURNS.rows(conn, originals, company=company_id), key=lambda row: row.version)
    return dict(_taken_from(left, returns))


def _taken_from(left: dict[UUID, int], returns: Sequence[Row[Any]]) -> Iterator[tuple[UUID, int]]:
    for row in returns:
        amount = left.get(row.corrects, 0) if row.amount_minor is None else row.amount_minor
        left[row.corrects] = left.get(row.corrects, 0) - amount
        yield row.transaction_id, -amount


def _added(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    new = statement.excluded
    sums = {name: tallies.c[name] + new[name] for name in Sums._fields}
    return statement.on_conflict_do_update(
        index_elements=list(tallies.primary_key), set_=sums | {"updated_at": new.updated_at}
    )


def _moved(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    new = statement.excluded
    changed = {"read_version": new.read_version, "zone": new.zone, "updated_at": new.updated_at}
    return statement.on_conflict_do_update(index_elements=list(tally_cursors.primary_key), set_=changed)


_COMPANY: Any = bindparam("company")
_WRITTEN = (*Cell._fields, *Sums._fields)
_ALL, _HOUR, _STAFF, _ENROLLED = (one.value for one in Dimension)
_OF_COMPANY = transactions.c.company_id == _COMPANY
_NEXT = Query(
    select(
        *(transactions.c[name] for name in ("transaction_id", "card_id", "staff_id", "kind", "occurred_at")),
        *(transactions.c[name] for name in ("stamps", "points", "amount_minor", "corrects", "version")),
    )
    .where(_OF_COMPANY, transactions.c.store_id == bindparam("store"), transactions.c.version > bindparam("after"))
    .order_by(transactions.c.version)
    .limit(bindparam("room"))
)
_CARDS = Lookup(card_rows.of_company(_COMPANY), cards.c.card_id)
_ORIGINALS = Lookup(
    select(transactions.c.transaction_id, transactions.c.amount_minor).where(_OF_COMPANY),
    transactions.c.transaction_id,
)
_RETURNS = Lookup(
    select(
        transactions.c.transaction_id, transactions.c.corrects, transactions.c.amount_minor, transactions.c.version
    ).where(_OF_COMPANY, transactions.c.kind == Kind.POINTS_VOIDED.value),
    transactions.c.corrects,
)
_ADD = {"sqlite": Batch(_added(sqlite.insert(tallies))), "postgresql": Batch(_added(postgresql.insert(tallies)))}
_MOVE = {
    "sqlite": Batch(_moved(sqlite.insert(tally_cursors))),
    "postgresql": Batch(_moved(postgresql.insert(tally_cursors))),
}
