"""The figures of a company's transactions in a period: by day, store, hour, person and enrolling store, beside those of
the period that it is compared with.

Sums know one person or one enrolling store at a time, so a report may be about one of them, and what is not summed for
these is not known.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from server.companies.companies import Company
from server.db.tables import companies
from server.figures import card_counts, gauges, overview, stats
from server.figures.gauges import Gauge
from server.figures.stats import Figures, Span
from server.figures.tallies import Dimension
from server.refusals import No, Refused

DAYS_MAX = 731
DAYS = 30  # if no period is named
_RATE_OF = timedelta(days=90)
_BREAKAGE_OF = timedelta(days=365)
_HOURS_OF = timedelta(days=91)  # thirteen weeks, so that each weekday counts alike
_YEAR = timedelta(days=364)  # whole weeks, so that a day is compared with the same weekday


class Compare(StrEnum):
    """What a period is compared with."""

    BEFORE = "before"  # as many days before it
    YEAR = "year"  # the same weekdays of the year before
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked for."""

    first: date
    last: date
    today: date
    stores: Collection[UUID] | None = None  # None: all
    staff: UUID | None = None
    enrolled: UUID | None = None  # the store that enrolled the cards
    compare: Compare = Compare.BEFORE

    @property
    def span(self) -> Span:
        """The days and transactions meant."""
        if self.staff is not None:
            return Span(self.first, self.last, self.stores, Dimension.STAFF, self.staff.hex)
        if self.enrolled is not None:
            return Span(self.first, self.last, self.stores, Dimension.ENROLLED, self.enrolled.hex)
        return Span(self.first, self.last, self.stores)

    @property
    def span_before(self) -> Span | None:
        """The days that they are compared with."""
        days = self.last - self.first + timedelta(days=1)
        if self.compare is Compare.NONE:
            return None
        shift = days if self.compare is Compare.BEFORE else _YEAR
        return replace(self.span, first=self.first - shift, last=self.last - shift)


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one period."""

    days: Sequence[tuple[date, Figures]]
    total: Figures
    new_cards: int | None  # None: not counted for one person
    wait_days: int | None  # half of the rewards reached were waited for at most so long; None: none, or not counted
    rates: Sequence[float | None]  # of the 90 days to each day: the share of rewards reached that were taken
    breakage: float | None  # of the year to the last day: the share of points given that lapsed

    @property
    def rate(self) -> float | None:
        """The redemption rate on the last day."""
        return self.rates[-1]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. What is None is not counted for one person or one enrolling store, or only for all stores."""

    question: Question
    now: Part
    before: Part | None
    by_store: Mapping[UUID, Figures]
    by_staff: Mapping[UUID | None, Figures] | None  # None as a key: nobody, as for the server's own transactions
    by_origin: Mapping[UUID | None, Figures] | None  # by the store that enrolled the cards
    elsewhere: float | None  # the share of transactions in another store than the enrolling one
    hours: Mapping[tuple[int, int], float] | None  # transactions in the hour of a weekday, from Monday as 0, on average
    hours_from: date  # the first of the days that they are of
    gauges: Mapping[date, Gauge] | None  # by day, with today's as it is now
    counted_until: datetime | None  # figures hold what had arrived then; None: nothing has been counted yet


def asked(  # noqa: PLR0917 - the parts of a question
    company: Company,
    now: datetime,
    first: date | None,
    last: date | None,
    stores: Collection[UUID] | None,
    staff: UUID | None,
    enrolled: UUID | None,
    compare: Compare,
) -> Question:
    """The question with its period; the last 30 days where none is named. Refuses one that cannot be answered."""
    today = now.astimezone(company.settings.zone).date()
    last = today if last is None else min(last, today)
    first = last - timedelta(days=DAYS - 1) if first is None else first
    if first > last or (last - first).days >= DAYS_MAX:
        raise Refused(No.PERIOD_INVALID)
    if staff is not None and enrolled is not None:
        raise Refused(No.ONE_OF_STAFF_AND_ORIGIN)
    return Question(first, last, today, stores, staff, enrolled, compare)


def since(company: Company, now: datetime, days: int) -> date:
    """The first of so many days that end today."""
    return now.astimezone(company.settings.zone).date() - timedelta(days=days - 1)


def of_company(conn: Connection, company: Company, question: Question, now: datetime) -> Report:
    """The report on a company."""
    span, before, zone = question.span, question.span_before, company.settings.zone
    is_whole = span.dimension is Dimension.ALL
    origins = stats.by_store_and_origin(conn, company.id, span) if is_whole else {}
    by_origin: defaultdict[UUID | None, list[Figures]] = defaultdict(list)
    for (_store_id, key), figures in origins.items():
        by_origin[_id(key)].append(figures)
    staff = stats.by_key(conn, company.id, Dimension.STAFF, span) if is_whole else {}
    hours_from, hours = _hours(conn, company.id, question) if is_whole else (question.first, None)
    return Report(
        question=question,
        now=_part(conn, company.id, span, zone),
        before=None if before is None else _part(conn, company.id, before, zone),
        by_store=stats.by_store(conn, company.id, span),
        by_staff={_id(key): figures for key, figures in staff.items()} if is_whole else None,
        by_origin={one: stats.together(parts) for one, parts in by_origin.items()} if is_whole else None,
        elsewhere=_elsewhere(origins),
        hours=hours,
        hours_from=hours_from,
        gauges=_gauges(conn, company.id, question, now) if is_whole and question.stores is None else None,
        counted_until=overview.counted_until(conn, companies.c.company_id == company.id, now).get(company.id),
    )


def _part(conn: Connection, company_id: UUID, span: Span, zone: ZoneInfo) -> Part:
    earlier = replace(span, first=span.first - _RATE_OF + timedelta(days=1))
    found = stats.by_day(conn, company_id, earlier)
    known = [found.get(day, stats.NOTHING) for day in earlier.days]
    days = span.days
    year = stats.total(conn, company_id, replace(span, first=span.last - _BREAKAGE_OF + timedelta(days=1)))
    of_all = span.dimension is Dimension.ALL
    return Part(
        days=list(zip(days, known[-len(days) :], strict=True)),
        total=stats.together(known[-len(days) :]),
        new_cards=_new_cards(conn, company_id, span, zone),
        wait_days=stats.median(stats.waits(conn, company_id, span)) if of_all else None,
        rates=_rates(known, len(days)),
        breakage=year.breakage,
    )


def _rates(known: Sequence[Figures], days: int) -> list[float | None]:
    """The redemption rate of the 90 days to each of the last *days*."""
    rates, reached, taken = [], 0, 0
    for place, figures in enumerate(known):
        reached, taken = reached + figures.reached, taken + figures.taken
        if place >= _RATE_OF.days:
            gone = known[place - _RATE_OF.days]
            reached, taken = reached - gone.reached, taken - gone.taken
        rates.append(Figures(reached=reached, taken=taken).redemption_rate)
    return rates[-days:]


def _new_cards(conn: Connection, company_id: UUID, span: Span, zone: ZoneInfo) -> int | None:
    """By the store that handed them out, so that the store meant is where, and the enrolling one alike."""
    if span.dimension is Dimension.STAFF:
        return None
    stores = span.stores
    if span.dimension is Dimension.ENROLLED:
        origin = UUID(span.key)
        stores = {origin} if stores is None or origin in stores else set()
    since, until = (datetime.combine(day, time(), zone) for day in (span.first, span.last + timedelta(days=1)))
    return card_counts.new_cards(conn, company_id, since, until, stores)


def _elsewhere(origins: Mapping[tuple[UUID, str], Figures]) -> float | None:
    known = {pair: figures.transactions for pair, figures in origins.items() if pair[1]}
    every = sum(known.values())
    return sum(count for (store, key), count in known.items() if store.hex != key) / every if every else None


def _hours(conn: Connection, company_id: UUID, question: Question) -> tuple[date, Mapping[tuple[int, int], float]]:
    """By weekday and hour, and the first day counted. Today is not over, so it counts only if it is all there is."""
    last = min(question.last, max(question.first, question.today - timedelta(days=1)))
    span = Span(max(question.first, last - _HOURS_OF + timedelta(days=1)), last, question.stores)
    weekdays = [day.weekday() for day in span.days]
    found: defaultdict[tuple[int, int], int] = defaultdict(int)
    for (day, hour), figures in stats.by_day_and_hour(conn, company_id, span).items():
        found[day.weekday(), hour] += figures.transactions
    return span.first, {(weekday, hour): n / weekdays.count(weekday) for (weekday, hour), n in found.items() if n}


def _gauges(conn: Connection, company_id: UUID, question: Question, now: datetime) -> dict[date, Gauge]:
    found = gauges.by_day(conn, company_id, question.first, question.last)
    if question.last == question.today:
        found[question.today] = gauges.present(conn, company_id, now)
    return found


def _id(key: str) -> UUID | None:
    return UUID(key) if key else None
