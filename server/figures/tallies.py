"""Sums of a company's transactions by day, store and one dimension more, filled from its transactions by a cursor.

Cursor and sums are committed together, so a transaction counts once. A day is the company's day of `occurred_at`: late
entries change past days, and a void subtracts on its own day. In another time zone days are others, so a change of the
zone counts everything anew.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Insert, Row, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from loyalty import unit_value
from loyalty.program import Programs
from loyalty.reach import Reach
from loyalty.transactions import Kind
from server.companies import programs
from server.db.batches import Batch
from server.db.lookups import Lookup, Query
from server.db.tables import cards, stores, transactions
from server.db.work_tables import tallies, tally_cursors
from server.ledger.rows import cards as card_rows
from server.ledger.rows import old_reaches

AT_ONCE = 1_000  # within 100 ms
_NEWEST = (1 << 63) - 1  # version there can be


class Dimension(StrEnum):
    """By what transactions are summed, beside day, store and kind."""

    ALL = "all"
    HOUR = "hour"  # of the company's day, "00" to "23"
    STAFF = "staff"  # an id in hexadecimal, or nothing
    ENROLLED = "enrolled"  # the store that enrolled the card: an id in hexadecimal, or nothing
    WAITED = "waited"  # whole days until a reward was reached, of what reached one


class Cell(NamedTuple):
    """What one row of `tallies` sums."""

    day: str
    store_id: UUID
    dimension: str
    key: str
    kind: str


class Sums(NamedTuple):
    """The sums of a cell, with the signs of the transactions' effects; a void subtracts what its original added."""

    n: int = 0
    stamps: int = 0
    points: int = 0
    amount_minor: int = 0
    reached: int = 0
    taken: int = 0
    shortfalls: int = 0
    shortfall_minor: int = 0

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
    reaches: Mapping[UUID, Reach] = field(default_factory=dict)  # of transactions that came without them


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


def next_part(
    conn: Connection, company_id: UUID, store_id: UUID, after: int, zone: ZoneInfo, *, up_to: int = _NEWEST
) -> Part:
    """Sums the store's next transactions with a version above *after*, and no higher one than *up_to*."""
    rows = _NEXT.all(conn, company=company_id, store=store_id, after=after, up_to=up_to, room=AT_ONCE)
    until = rows[-1].version if rows else after
    added = _Added(conn, company_id, rows)
    cells = _cells(store_id, rows, zone, added, _enrolling_stores(conn, company_id, rows))
    return Part(store_id, zone, cells, until, len(rows) < AT_ONCE, len(rows), added.reaches)


def write(conn: Connection, company_id: UUID, part: Part, now: datetime) -> None:
    """Adds a part to the sums, and moves the store's cursor."""
    of_company = {"company_id": company_id, "created_at": now, "updated_at": now}
    rows = [dict(zip(_WRITTEN, (*cell, *sums), strict=True)) | of_company for cell, sums in part.cells.items()]
    _ADD[conn.dialect.name].run(conn, rows)
    old_reaches.fill(conn, company_id, part.reaches)
    cursor = {"store_id": part.store_id, "zone": part.zone.key, "read_version": part.until}
    _MOVE[conn.dialect.name].run(conn, [of_company | cursor])


def differing(conn: Connection, company_id: UUID, zone: ZoneInfo) -> list[Cell]:
    """Counts anew what the cursors have passed; returns the cells whose stored sums are others."""
    counted: defaultdict[Cell, Sums] = defaultdict(Sums)
    for store_id, until in (cursors(conn, company_id, zone) or {}).items():
        after, is_all = 0, False
        while not is_all:
            part = next_part(conn, company_id, store_id, after, zone, up_to=until)
            for cell, sums in part.cells.items():
                counted[cell] = counted[cell].plus(sums)
            after, is_all = part.until, part.is_all
    kept = conn.execute(select(tallies).where(tallies.c.company_id == company_id))
    stored = {_cell_of(row): Sums(*(getattr(row, name) for name in Sums._fields)) for row in kept}
    return sorted(cell for cell in stored.keys() | counted.keys() if stored.get(cell) != counted.get(cell))


def _cell_of(row: Row[Any]) -> Cell:
    return Cell(row.day, row.store_id, row.dimension, row.key, row.kind)


class _Added:
    """What transactions add to sums beside their effects: amounts, rewards reached and taken, shortfalls."""

    def __init__(self, conn: Connection, company_id: UUID, rows: Sequence[Row[Any]]) -> None:
        names = dict.fromkeys(row.corrects for row in rows if row.kind in _VOIDS)
        originals = _ORIGINALS.rows(conn, names, company=company_id)
        self._originals = {row.transaction_id: row for row in originals}
        without = {row.card_id for row in (*rows, *originals) if row.reached is None}
        self.reaches = old_reaches.counted(conn, company_id, without)
        self._amounts = _returned(conn, company_id, rows, self._originals)
        is_short = any(row.shortfall for row in (*rows, *originals))
        self._programs = programs.versions(conn, company_id) if is_short else Programs(())

    def of(self, row: Row[Any]) -> tuple[int, int, int, int, int]:
        """The sums from `amount_minor` on that a transaction adds."""
        amount = self._amounts.get(row.transaction_id, row.amount_minor or 0)
        original = self._originals.get(row.corrects) if row.kind == Kind.REDEMPTION_VOIDED else None
        if original is not None:
            return amount, 0, -self._reach(original).taken, -bool(original.shortfall), -self._bore(original)
        if row.kind not in _REDEMPTIONS:
            return amount, self._reach(row).reached, 0, 0, 0
        return amount, 0, self._reach(row).taken, int(row.shortfall > 0), self._bore(row)

    def waited(self, row: Row[Any]) -> int | None:
        """The days that what it reached had been waited for; those of its original if it puts that out of reach."""
        reach = self._reach(row)
        if reach.reached >= 0:
            return reach.waited_days
        original = self._originals.get(row.corrects)
        return None if original is None else self._reach(original).waited_days

    def _reach(self, row: Row[Any]) -> Reach:
        if row.reached is None:
            return self.reaches[row.transaction_id]
        return Reach(row.reached, row.taken, row.waited_days)

    def _bore(self, row: Row[Any]) -> int:
        """What the shortfall of a redemption was worth by the version that decided it; 0 where that is not known."""
        program = self._programs.numbered(row.program_number)
        if not row.shortfall or program is None:
            return 0
        unit = unit_value.of_stamp if row.kind == Kind.STAMP_REDEEMED else unit_value.of_point
        return unit_value.worth_minor(row.shortfall, unit(program)) or 0


def _cells(
    store_id: UUID, rows: Sequence[Row[Any]], zone: ZoneInfo, added: _Added, enrolled: Mapping[UUID, UUID | None]
) -> dict[Cell, Sums]:
    """The sums of one store's transactions. They are added up in place, as a company can begin with millions."""
    found: dict[tuple[str, str, str, str], list[int]] = {}
    for row in rows:
        there = row.occurred_at.astimezone(zone)
        day, kind = there.date().isoformat(), row.kind
        amount, *more = added.of(row)
        cells = [
            (day, _ALL, "", kind),
            (day, _HOUR, f"{there.hour:02}", kind),
            (day, _STAFF, _hexadecimal(row.staff_id), kind),
            (day, _ENROLLED, _hexadecimal(enrolled.get(row.card_id)), kind),
        ]
        if more[0] and (waited := added.waited(row)) is not None:
            cells.append((day, _WAITED, str(waited), kind))
        has_more = any(more)
        for cell in cells:
            sums = found.get(cell)
            if sums is None:
                found[cell] = [1, row.stamps, row.points, amount, *more]
                continue
            sums[0] += 1
            sums[1] += row.stamps
            sums[2] += row.points
            sums[3] += amount
            if has_more:
                for place, value in enumerate(more, 4):
                    sums[place] += value
    return {
        Cell(day, store_id, dimension, key, kind): Sums(*sums) for (day, dimension, key, kind), sums in found.items()
    }


def _hexadecimal(one: UUID | None) -> str:
    return "" if one is None else one.hex


def _enrolling_stores(conn: Connection, company_id: UUID, rows: Sequence[Row[Any]]) -> dict[UUID, UUID | None]:
    ids = dict.fromkeys(row.card_id for row in rows)
    found = map(card_rows.row_in, _CARDS.rows(conn, ids, company=company_id))
    return {card.id: card.enrolled_at_store for card in found}


def _returned(
    conn: Connection, company_id: UUID, rows: Sequence[Row[Any]], originals: Mapping[UUID, Row[Any]]
) -> dict[UUID, int]:
    """The amounts of returns, below zero. One that names no amount returns what was left of the purchase."""
    names = dict.fromkeys(row.corrects for row in rows if row.kind == Kind.POINTS_VOIDED)
    left = {name: originals[name].amount_minor or 0 for name in names if name in originals}
    returns = sorted(_RETURNS.rows(conn, names, company=company_id), key=lambda row: row.version)
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
_ALL, _HOUR, _STAFF, _ENROLLED, _WAITED = (one.value for one in Dimension)
_VOIDS = frozenset({Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED})
_REDEMPTIONS = frozenset({Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED})
_OF_EACH = (
    *("transaction_id", "card_id", "kind", "amount_minor", "shortfall", "program_number"),
    *("reached", "taken", "waited_days"),
)
_OF_COMPANY = transactions.c.company_id == _COMPANY
_NEXT = Query(
    select(
        *(transactions.c[name] for name in _OF_EACH),
        *(transactions.c[name] for name in ("staff_id", "occurred_at", "stamps", "points", "corrects", "version")),
    )
    .where(
        _OF_COMPANY,
        transactions.c.store_id == bindparam("store"),
        transactions.c.version > bindparam("after"),
        transactions.c.version <= bindparam("up_to"),
    )
    .order_by(transactions.c.version)
    .limit(bindparam("room"))
)
_CARDS = Lookup(card_rows.of_company(_COMPANY), cards.c.card_id)
_ORIGINALS = Lookup(
    select(*(transactions.c[name] for name in _OF_EACH)).where(_OF_COMPANY), transactions.c.transaction_id
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
