"""What pages say of a company's transactions, read from the sums that `tallies` keeps."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, func, select

from loyalty.transactions import Kind
from server.db.work_tables import tallies
from server.figures.tallies import Dimension

COUNTED = frozenset({Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED})
_STAMPS = frozenset({Kind.STAMP_EARNED, Kind.STAMP_VOIDED})
_POINTS = frozenset({Kind.POINTS_EARNED, Kind.POINTS_VOIDED, Kind.WELCOME_BONUS})
_PURCHASES = frozenset({Kind.POINTS_EARNED, Kind.POINTS_VOIDED})
_REWARDS = {Kind.STAMP_REDEEMED: 1, Kind.POINTS_REDEEMED: 1, Kind.REDEMPTION_VOIDED: -1}

K = TypeVar("K", bound=Hashable)


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
    return _by(conn, company_id, Dimension.ALL, tallies.c.dimension, span).get(Dimension.ALL, NOTHING)


def by_day(conn: Connection, company_id: UUID, span: Span) -> dict[date, Figures]:
    """The figures of each day on which something happened."""
    found = _by(conn, company_id, Dimension.ALL, tallies.c.day, span)
    return {date.fromisoformat(day): figures for day, figures in sorted(found.items())}


def by_store(conn: Connection, company_id: UUID, span: Span) -> dict[UUID, Figures]:
    """The figures of each store in which something happened."""
    return _by(conn, company_id, Dimension.ALL, tallies.c.store_id, span)


def by_key(conn: Connection, company_id: UUID, dimension: Dimension, span: Span) -> dict[str, Figures]:
    """The figures of each hour, person or enrolling store, by the keys of the dimension."""
    return _by(conn, company_id, dimension, tallies.c.key, span)


def _by(
    conn: Connection, company_id: UUID, dimension: Dimension, group: ColumnElement[K], span: Span
) -> dict[K, Figures]:
    sums = [func.sum(tallies.c[name]).label(name) for name in ("n", "stamps", "points", "amount_minor")]
    query = (
        select(group.label("of"), tallies.c.kind, *sums)
        .where(
            tallies.c.company_id == company_id,
            tallies.c.dimension == dimension.value,
            tallies.c.day.between(span.first.isoformat(), span.last.isoformat()),
        )
        .group_by(group, tallies.c.kind)
    )
    if span.stores is not None:
        query = query.where(tallies.c.store_id.in_(span.stores))
    grouped: defaultdict[K, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(query):
        grouped[row.of].append(row)
    return {of: _figures(rows) for of, rows in grouped.items()}


def _figures(rows: Iterable[Row[Any]]) -> Figures:
    rows = list(rows)
    return Figures(
        transactions=sum(int(row.n) for row in rows if row.kind in COUNTED),
        stamps_given=sum(int(row.stamps) for row in rows if row.kind in _STAMPS),
        points_given=sum(int(row.points) for row in rows if row.kind in _POINTS),
        rewards_given=sum(int(row.n) * _REWARDS.get(row.kind, 0) for row in rows),
        purchases_minor=sum(int(row.amount_minor) for row in rows if row.kind in _PURCHASES),
    )
