"""A company at a glance, as admins see it beside the others: its program, figures of 30 days, tills, and cases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, true

from loyalty.cases import CaseKind
from loyalty.program import Program, Programs
from server.companies import programs
from server.companies.companies import Company
from server.companies.stores import Store, listed
from server.db.tables import companies, stores
from server.db.work_tables import cases, jobs
from server.figures import card_counts, gauges, stats
from server.figures.card_counts import CardCounts
from server.figures.gauges import Owed
from server.figures.stats import Figures, Span
from server.ledger.rows.cases import State

DAYS = 30
RATE_DAYS = 90  # of a redemption rate
CASE_IS_OLD_AFTER = timedelta(days=7)
_FOLLOWING = ("lists", "tally")  # the jobs whose rows are read here


class Concern(StrEnum):
    """The worst thing that is true of a company, the worst first."""

    SUSPENDED = "suspended"
    OLD_CASES = "old_cases"
    TILLS_SILENT = "tills_silent"
    NO_PROGRAM = "no_program"
    NO_TILL = "no_till"
    NONE = "none"


class Tills(NamedTuple):
    """How many terminals a company uses, and how they stand."""

    all: int
    in_touch: int
    silent: int  # too long without contact, or turned away


@dataclass(frozen=True, slots=True)
class Overview:
    """The company, and what is known of it now."""

    company: Company
    stores: int
    program: Program | None  # in force
    scheduled: Program | None  # the next to come
    cards: CardCounts
    last: Figures  # of 30 days, the present one with them
    before: Figures  # of the 30 days before
    by_day: Sequence[int]  # transactions of each of the 30 days
    quarter: Figures  # of the last 90 days
    owed: Owed
    tills: Tills
    cases: int
    oldest_case: timedelta | None
    counted_until: datetime | None  # figures hold what had arrived then; None: nothing has been counted yet

    @property
    def concern(self) -> Concern:
        """The worst that is true."""
        if self.company.suspended_at is not None:
            return Concern.SUSPENDED
        if self.oldest_case is not None and self.oldest_case >= CASE_IS_OLD_AFTER:
            return Concern.OLD_CASES
        if self.tills.silent:
            return Concern.TILLS_SILENT
        if self.program is None:
            return Concern.NO_PROGRAM
        return Concern.NONE if self.tills.all else Concern.NO_TILL

    @property
    def rate(self) -> float | None:
        """The share of the rewards reached in 90 days that were taken; None if too few were reached."""
        return self.quarter.redemption_rate

    @property
    def growth(self) -> float | None:
        """How much the transactions have changed against the 30 days before; None if there were none."""
        return growth([self])


@dataclass(frozen=True, slots=True)
class StoreOverview:
    """A store of a company at a glance."""

    store: Store
    cards: int  # handed out here
    last: Figures  # of 30 days, the present one with them
    by_day: Sequence[int]  # transactions of each of the 30 days
    rate: float | None  # as in `Overview`
    tills: Tills


def by_store(
    conn: Connection, company: Company, tills: Iterable[tuple[UUID, str]], now: datetime
) -> list[StoreOverview]:
    """The company's stores, the busiest first; *tills* are the terminals in use, each by its store and state."""
    today = now.astimezone(company.settings.zone).date()
    first = first_day(today)
    days = stats.by_store_and_day(conn, company.id, Span(today - timedelta(days=RATE_DAYS - 1), today))
    cards, known = card_counts.by_store(conn, company.id), list(tills)
    found = []
    for store in listed(conn, company.id):
        month = _month(days.get(store.id, {}), first)
        states = [state for store_id, state in known if store_id == store.id]
        by_day = [figures.transactions for figures in month]
        rate = stats.together(days.get(store.id, {}).values()).redemption_rate
        last = stats.together(month)
        found.append(StoreOverview(store, cards.get(store.id, 0), last, by_day, rate, _tills(states)))
    return sorted(found, key=lambda one: (-one.last.transactions, one.store.name))


def of_company(conn: Connection, company: Company, states: Iterable[str], now: datetime) -> Overview:
    """The company as it is now; *states* are those of its terminals in use (`server.terminals.contacts.State`)."""
    (seen,) = _seen(conn, companies.c.company_id == company.id, {company.id: list(states)}, [company], now)
    return seen


def of_all(
    conn: Connection, known: Sequence[Company], states: Mapping[UUID, Sequence[str]], now: datetime
) -> list[Overview]:
    """All companies, in the order of *known*, with as many statements as for one."""
    return _seen(conn, true(), states, known, now)


def _seen(
    conn: Connection,
    whose: ColumnElement[bool],
    states: Mapping[UUID, Sequence[str]],
    known: Sequence[Company],
    now: datetime,
) -> list[Overview]:
    """The companies that the condition on `companies` chooses."""
    first_days = {one.id: first_day(now.astimezone(one.settings.zone).date()) for one in known}
    if not first_days:
        return []
    span = Span(_rate_from(min(first_days.values())), max(first_days.values()) + timedelta(days=DAYS - 1))
    days = stats.by_company_and_day(conn, first_days, span)
    versions = programs.versions_of_all(conn, whose)
    counted, cards = counted_until(conn, whose, now), card_counts.counts(conn, whose, now)
    standing = {row.company_id: row for row in conn.execute(_STANDING.where(whose))}
    found = []
    for company in known:
        first, of_days = first_days[company.id], days.get(company.id, {})
        month = _month(of_days, first)
        before = (of_days.get(first - timedelta(days=place), stats.NOTHING) for place in range(1, DAYS + 1))
        history, here = versions.get(company.id, Programs(())), standing[company.id]
        rated = [figures for day, figures in of_days.items() if day >= _rate_from(first)]
        coming = [one for one in history.versions if one.holds_from is not None and one.holds_from > now]
        found.append(
            Overview(
                company=company,
                stores=here.stores,
                program=history.at(now),
                scheduled=coming[0] if coming else None,
                cards=cards[company.id],
                last=stats.together(month),
                before=stats.together(before),
                by_day=[figures.transactions for figures in month],
                quarter=stats.together(rated),
                owed=gauges.owed(history.at(now), cards[company.id]),
                tills=_tills(states.get(company.id, ())),
                cases=here.cases,
                oldest_case=None if here.oldest is None else now - here.oldest,
                counted_until=counted.get(company.id),
            )
        )
    return found


def _month(days: Mapping[date, Figures], first: date) -> list[Figures]:
    return [days.get(first + timedelta(days=place), stats.NOTHING) for place in range(DAYS)]


def _tills(states: Sequence[str]) -> Tills:
    return Tills(len(states), states.count("in_touch"), sum(one in _SILENT for one in states))


def _rate_from(first: date) -> date:
    """The first day of a redemption rate, where the 30 days begin on *first*."""
    return first - timedelta(days=RATE_DAYS - DAYS)


def first_day(today: date) -> date:
    """The first of the 30 days that end today."""
    return today - timedelta(days=DAYS - 1)


def growth(seen: Iterable[Overview]) -> float | None:
    """The same of several companies together."""
    parts = list(seen)
    before = sum(one.before.transactions for one in parts)
    return sum(one.last.transactions for one in parts) / before - 1 if before else None


@dataclass(frozen=True, slots=True)
class OpenCases:
    """The open cases of a kind, and the money at stake in those of which it is known; None if in none."""

    kind: CaseKind
    count: int
    stake_minor: int | None


def open_cases(conn: Connection, company_id: UUID) -> list[OpenCases]:
    """A company's open cases by kind, those with most at stake first."""
    columns = (cases.c.kind, func.count().label("number"), func.sum(cases.c.stake_minor).label("stake"))
    query = select(*columns).where(cases.c.company_id == company_id, cases.c.state == State.OPEN).group_by(cases.c.kind)
    found = [
        OpenCases(CaseKind(row.kind), row.number, None if row.stake is None else int(row.stake))
        for row in conn.execute(query)
    ]
    return sorted(found, key=lambda one: (-(one.stake_minor or 0), -one.count, one.kind))


def counted_until(conn: Connection, whose: ColumnElement[bool], now: datetime) -> Mapping[UUID, datetime]:
    """When the jobs that fill the figures had last caught up with a company; now if they have, nothing if never."""
    same = jobs.c.company_id == companies.c.company_id
    query = select(jobs.c.company_id, jobs.c.done_at, (jobs.c.read_version >= companies.c.clock).label("is_current"))
    moments: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for row in conn.execute(query.join(companies, same).where(whose, jobs.c.name.in_(_FOLLOWING))):
        if row.is_current or row.done_at is not None:
            moments[row.company_id].append(now if row.is_current else row.done_at)
    return {of: min(several) for of, several in moments.items() if len(several) == len(_FOLLOWING)}


def _of_this(query: Select[Any]) -> Any:
    return query.correlate(companies).scalar_subquery()


_STORES, _THEIRS = (table.c.company_id == companies.c.company_id for table in (stores, cases))
_CASES = and_(_THEIRS, cases.c.state == State.OPEN)
_STANDING = select(
    companies.c.company_id,
    _of_this(select(func.count()).select_from(stores).where(_STORES)).label("stores"),
    _of_this(select(func.count()).select_from(cases).where(_CASES)).label("cases"),
    _of_this(select(func.min(cases.c.created_at)).where(_CASES)).label("oldest"),
)
_SILENT = frozenset({"forked", "silent"})
