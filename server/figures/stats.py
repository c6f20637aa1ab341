"""What pages say of a company's transactions, read from the sums that `tallies` keeps."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from loyalty.transactions import Kind
from server.db.lookups import Lookup
from server.db.work_tables import tallies
from server.figures.tallies import Dimension, Sums

COUNTED = frozenset({Kind.STAMP_EARNED, Kind.POINTS_EARNED, Kind.STAMP_REDEEMED, Kind.POINTS_REDEEMED})
_OF_STAMPS = frozenset({Kind.STAMP_EARNED, Kind.STAMP_REDEEMED})
_STAMPS = frozenset({Kind.STAMP_EARNED, Kind.STAMP_VOIDED})
_POINTS = frozenset(
    {Kind.POINTS_EARNED, Kind.POINTS_VOIDED, Kind.WELCOME_BONUS, Kind.CARDS_MERGED}
)  # it takes a welcome
_PURCHASES = frozenset({Kind.POINTS_EARNED, Kind.POINTS_VOIDED})
_LAPSED = frozenset({Kind.POINTS_EXPIRED, Kind.EXPIRY_REVERSED})
_REWARDS = {Kind.STAMP_REDEEMED: 1, Kind.POINTS_REDEEMED: 1, Kind.REDEMPTION_VOIDED: -1}

REACHED_MIN = 20  # fewer say nothing about a share


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some days; what was voided is subtracted on the day of the void."""

    transactions: int = 0  # earned and redeemed
    of_stamps: int = 0  # those of them that were about stamps
    stamps_given: int = 0
    points_given: int = 0
    rewards_given: int = 0
    purchases_minor: int = 0  # less returns
    reached: int = 0  # rewards that balances came to cover
    taken: int = 0  # of these, by what they need at least
    points_lapsed: int = 0  # less those that came back
    shortfalls: int = 0  # rewards that the balance did not cover
    shortfall_minor: int = 0  # what the company bore by them, as far as its value is known

    @property
    def redemption_rate(self) -> float | None:
        """The share of rewards reached that were taken; None if too few were reached to say."""
        return min(1.0, max(0, self.taken) / self.reached) if self.reached >= REACHED_MIN else None

    @property
    def breakage(self) -> float | None:
        """The share of the points given that lapsed; None if none were given."""
        return min(1.0, max(0, self.points_lapsed) / self.points_given) if self.points_given > 0 else None

    @property
    def borne_minor(self) -> int | None:
        """What shortfalls cost the company; None if their value is not known."""
        return None if self.shortfalls > 0 and self.shortfall_minor == 0 else self.shortfall_minor


NOTHING = Figures()
_VALUES = attrgetter(*(field.name for field in fields(Figures)))


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, of some stores or of all, and of one person or enrolling store or of all."""

    first: date
    last: date
    stores: Collection[UUID] | None = None
    dimension: Dimension = Dimension.ALL
    key: str = ""  # within the dimension

    @property
    def days(self) -> list[date]:
        """Each of its days."""
        return [self.first + timedelta(days=place) for place in range((self.last - self.first).days + 1)]


def total(conn: Connection, company_id: UUID, span: Span) -> Figures:
    """The figures of all days together."""
    return _by(conn, company_id, span, tallies.c.company_id).get((company_id,), NOTHING)


def by_day(conn: Connection, company_id: UUID, span: Span) -> dict[date, Figures]:
    """The figures of each day on which something happened."""
    found = _by(conn, company_id, span, tallies.c.day)
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
    found = _by(conn, company_id, span, tallies.c.store_id)
    return {store_id: figures for (store_id,), figures in found.items()}


def by_store_and_day(conn: Connection, company_id: UUID, span: Span) -> dict[UUID, dict[date, Figures]]:
    """The same, day by day."""
    found: defaultdict[UUID, dict[date, Figures]] = defaultdict(dict)
    for (store_id, day), figures in _by(conn, company_id, span, tallies.c.store_id, tallies.c.day).items():
        found[store_id][date.fromisoformat(day)] = figures
    return found


def by_key(conn: Connection, company_id: UUID, dimension: Dimension, span: Span) -> dict[str, Figures]:
    """The figures of each hour, person or enrolling store, by the keys of the dimension."""
    found = _by(conn, company_id, span, tallies.c.key, every_key_of=dimension)
    return {key: figures for (key,), figures in found.items()}


def by_day_and_hour(conn: Connection, company_id: UUID, span: Span) -> dict[tuple[date, int], Figures]:
    """The figures of each hour of each day in which something happened."""
    found = _by(conn, company_id, span, tallies.c.day, tallies.c.key, every_key_of=Dimension.HOUR)
    return {(date.fromisoformat(day), int(hour)): figures for (day, hour), figures in found.items()}


def by_store_and_origin(conn: Connection, company_id: UUID, span: Span) -> dict[tuple[UUID, str], Figures]:
    """The figures of each store, apart by the store that enrolled the cards: an id in hexadecimal, or nothing."""
    found = _by(conn, company_id, span, tallies.c.store_id, tallies.c.key, every_key_of=Dimension.ENROLLED)
    return {(store_id, key): figures for (store_id, key), figures in found.items()}


def waits(conn: Connection, company_id: UUID, span: Span) -> dict[int, int]:
    """How many rewards were reached after so many days."""
    found = _by(conn, company_id, span, tallies.c.key, every_key_of=Dimension.WAITED)
    return {int(days): figures.reached for (days,), figures in found.items() if figures.reached > 0}


def median(counts: Mapping[int, int]) -> int | None:
    """The middle of values that occur so often, half a unit rounded up; None if there are none."""
    ordered = sorted(counts.items())
    number = sum(counts.values())
    places, found = [(number - 1) // 2, number // 2] if number else [], []
    for place in places:
        passed = 0
        for value, count in ordered:
            passed += count
            if place < passed:
                found.append(value)
                break
    return (sum(found) + 1) // 2 if found else None


def together(found: Iterable[Figures]) -> Figures:
    """The sums of several days, stores or companies."""
    return Figures(*map(sum, zip(*map(_VALUES, found), strict=True)))


def _by(
    conn: Connection,
    company_id: UUID,
    span: Span,
    *groups: ColumnElement[Any],
    every_key_of: Dimension | None = None,
) -> dict[tuple[Any, ...], Figures]:
    """The figures of each group; *every_key_of* is a dimension of which all keys count, in place of the span's one."""
    days = tallies.c.day.between(span.first.isoformat(), span.last.isoformat())
    dimension = span.dimension if every_key_of is None else every_key_of
    query = (
        select(*groups, tallies.c.kind, *_SUMS)
        .where(tallies.c.company_id == company_id, tallies.c.dimension == dimension.value, days)
        .group_by(*groups, tallies.c.kind)
    )
    if every_key_of is None:
        query = query.where(tallies.c.key == span.key)
    if span.stores is not None:
        query = query.where(tallies.c.store_id.in_(span.stores))
    grouped: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in conn.execute(query):
        grouped[tuple(row[: len(groups)])].append(row)
    return {of: _figures(rows) for of, rows in grouped.items()}


def _figures(rows: Iterable[Any]) -> Figures:
    rows = list(rows)
    return Figures(
        transactions=sum(int(row.n) for row in rows if row.kind in COUNTED),
        of_stamps=sum(int(row.n) for row in rows if row.kind in _OF_STAMPS),
        stamps_given=sum(int(row.stamps) for row in rows if row.kind in _STAMPS),
        points_given=sum(int(row.points) for row in rows if row.kind in _POINTS),
        rewards_given=sum(int(row.n) * _REWARDS.get(row.kind, 0) for row in rows),
        purchases_minor=sum(int(row.amount_minor) for row in rows if row.kind in _PURCHASES),
        reached=sum(int(row.reached) for row in rows),
        taken=sum(int(row.taken) for row in rows),
        points_lapsed=-sum(int(row.points) for row in rows if row.kind in _LAPSED),
        shortfalls=sum(int(row.shortfalls) for row in rows),
        shortfall_minor=sum(int(row.shortfall_minor) for row in rows),
    )


_SUMS = tuple(func.sum(tallies.c[name]).label(name) for name in Sums._fields)
# Looked up by each company: joined with companies, SQLite would read all sums there are.
_OF_COMPANIES = Lookup(
    select(tallies.c.company_id, tallies.c.day, tallies.c.kind, *_SUMS)
    .where(tallies.c.dimension == Dimension.ALL.value, tallies.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(tallies.c.company_id, tallies.c.day, tallies.c.kind),
    tallies.c.company_id,
)
