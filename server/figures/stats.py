"""What pages say of a company's transactions, read from the sums that `tallies` keeps."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from loyalty.transactions import Kind
from server.db.lookups import Lookup
from server.db.work_tables import tallies
from server.figures.tallies import Dimension

COUNTED = frozenset({Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED})
_STAMPS = frozenset({Kind.STAMP_EARNED, Kind.STAMP_VOIDED})
_POINTS = frozenset({Kind.POINTS_EARNED, Kind.POINTS_VOIDED, Kind.WELCOME_BONUS})
_PURCHASES = frozenset({Kind.POINTS_EARNED, Kind.POINTS_VOIDED})
_REWARDS = {Kind.STAMP_REDEEMED: 1, Kind.POINTS_REDEEMED: 1, Kind.REDEMPTION_VOIDED: -1}


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some days; what was voided is subtracted on the day of the void."""

    transactions: int = 0  # earned and redeemed
    stamps_given: int = 0
    points_given: int = 0
    rewards_given: int = 0
    purchases_minor: int = 0  # less returns


NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, of some stores or of all."""

    first: date
    last: date
    stores: Collection[UUID] | None = None


def total(conn: Connection, company_id: UUID, span: Span) -> Figures:
    """The figures of all days together."""
    return _by(conn, company_id, Dimension.ALL, span, tallies.c.dimension).get((Dimension.ALL,), NOTHING)


def by_day(conn: Connection, company_id: UUID, span: Span) -> dict[date, Figures]:
    """The figures of each day on which something happened."""
    found = _by(conn, company_id, Dimension.ALL, span, tallies.c.day)
    return {date.fromisoformat(day): figures for (day,), figures in sorted(found.items())}


def by_company_and_day(conn: Connection, company_ids: Collection[UUID], span: Span) -> dict[UUID, dict[date, Figures]]:
    """The same of several companies, in all their stores."""
    grouped: defaultdict[tuple[UUID, str], list[Any]] = defaultdict(list)
    days = {"first": span.first.isoformat(), "last": span.last.isoformat()}
    for row in _OF_COMPANIES.rows(conn, company_ids, **days):
        grouped[row.company_id, row.day].append(row)
    found: defaultdict[UUID, dict[date, Figures]] = defaultdict(dict)
    for (company_id, day), rows in grouped.items():
        found[company_id][date.fromisoformat(day)] = _figures(rows)
    return found


def by_store(conn: Connection, company_id: UUID, span: Span) -> dict[UUID, Figures]:
    """The figures of each store in which something happened."""
    found = _by(conn, company_id, Dimension.ALL, span, tallies.c.store_id)
    return {store_id: figures for (store_id,), figures in found.items()}


def by_store_and_day(conn: Connection, company_id: UUID, span: Span) -> dict[UUID, dict[date, Figures]]:
    """The same, day by day."""
    found: defaultdict[UUID, dict[date, Figures]] = defaultdict(dict)
    for (store_id, day), figures in _by(
        conn, company_id, Dimension.ALL, span, tallies.c.store_id, tallies.c.day
    ).items():
        found[store_id][date.fromisoformat(day)] = figures
    return found


def by_key(conn: Connection, company_id: UUID, dimension: Dimension, span: Span) -> dict[str, Figures]:
    """The figures of each hour, person or enrolling store, by the keys of the dimension."""
    return {key: figures for (key,), figures in _by(conn, company_id, dimension, span, tallies.c.key).items()}


def _by(
    conn: Connection, company_id: UUID, dimension: Dimension, span: Span, *groups: ColumnElement[Any]
) -> dict[tuple[Any, ...], Figures]:
    query = (
        select(*groups, tallies.c.kind, *_SUMS)
        .where(tallies.c.company_id == company_id, *_within(span, dimension))
        .group_by(*groups, tallies.c.kind)
    )
    if span.stores is not None:
        query = query.where(tallies.c.store_id.in_(span.stores))
    grouped: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in conn.execute(query):
        grouped[tuple(row[: len(groups)])].append(row)
    return {of: _figures(rows) for of, rows in grouped.items()}


def _within(span: Span, dimension: Dimension = Dimension.ALL) -> tuple[ColumnElement[bool], ...]:
    days = tallies.c.day.between(span.first.isoformat(), span.last.isoformat())
    return tallies.c.dimension == dimension.value, days


def _figures(rows: Iterable[Any]) -> Figures:
    rows = list(rows)
    return Figures(
        transactions=sum(int(row.n) for row in rows if row.kind in COUNTED),
        stamps_given=sum(int(row.stamps) for row in rows if row.kind in _STAMPS),
        points_given=sum(int(row.points) for row in rows if row.kind in _POINTS),
        rewards_given=sum(int(row.n) * _REWARDS.get(row.kind, 0) for row in rows),
        purchases_minor=sum(int(row.amount_minor) for row in rows if row.kind in _PURCHASES),
    )


_SUMS = tuple(func.sum(tallies.c[name]).label(name) for name in ("n", "stamps", "points", "amount_minor"))
# Looked up by each company: joined with companies, SQLite would read all sums there are.
_OF_COMPANIES = Lookup(
    select(tallies.c.company_id, tallies.c.day, tallies.c.kind, *_SUMS)
    .where(tallies.c.dimension == Dimension.ALL.value, tallies.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(tallies.c.company_id, tallies.c.day, tallies.c.kind),
    tallies.c.company_id,
)
