"""`/api/store/v1/{slug}/stats`: a company's figures of a period, beside those of the period before."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.fields import Day
from server.edge.lists import OfStore
from server.edge.routes import Example, Route
from server.figures import report
from server.figures.report import Compare, Part


class StatsQuery(OfStore):
    """The period, by default the last 30 days, and what the figures are about."""

    first: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    enrolled: UUID | None = None
    staff: UUID | None = None
    compare: Compare = Compare.BEFORE


class Figures(BaseModel):
    """Figures of some days; what was voided is subtracted on the day of the void."""

    model_config = ConfigDict(from_attributes=True)

    transactions: int
    stamps_given: int
    points_given: int
    rewards_given: int
    purchases_minor: int
    reached: int
    taken: int
    points_lapsed: int
    shortfalls: int
    borne_minor: int | None


class OfDay(BaseModel):
    """The figures of one day."""

    day: date
    figures: Figures


class Period(BaseModel):
    """A period: `redemption_rate` is of the 90 days and `breakage` of the 365 days to its last one."""

    first: date
    last: date
    figures: Figures
    new_cards: int | None
    wait_days: int | None
    redemption_rate: float | None
    breakage: float | None
    by_day: list[OfDay]


class OfOne(BaseModel):
    """The figures of a store or person; `id` is null where nobody was."""

    id: UUID | None
    figures: Figures


class OfHour(BaseModel):
    """Transactions in an hour of a weekday, counted from Monday as 0, on average."""

    weekday: int
    hour: int
    transactions: float


class OwedOn(BaseModel):
    """What would have been owed on a day if all that cards held had been taken; null: not known."""

    day: date
    cards: int
    active: int
    stamps_minor: int | None
    points_minor: int | None


class Stats(BaseModel):
    """All of it; what is null is not counted for one person, for one enrolling store, or for some stores alone."""

    counted_until: datetime | None
    period: Period
    before: Period | None
    by_store: list[OfOne]
    by_staff: list[OfOne] | None
    by_enrolled: list[OfOne] | None
    by_hour: list[OfHour] | None
    elsewhere: float | None
    liability: list[OwedOn] | None


def shown(ask: Ask) -> Stats:
    assert ask.company is not None, "the path names a company"
    query: StatsQuery = ask.query
    question = report.asked(
        ask.company, ask.now, query.first, query.to, ask.shown_stores, query.staff, query.enrolled, query.compare
    )
    found = report.of_company(ask.conn, ask.company, question, ask.now)
    hours = None if found.hours is None else sorted(found.hours.items())
    gauges = None if found.gauges is None else sorted(found.gauges.items())
    return Stats(
        counted_until=found.counted_until,
        period=_period(found.now),
        before=None if found.before is None else _period(found.before),
        by_store=_each(found.by_store),
        by_staff=None if found.by_staff is None else _each(found.by_staff),
        by_enrolled=None if found.by_origin is None else _each(found.by_origin),
        by_hour=None
        if hours is None
        else [OfHour(weekday=weekday, hour=hour, transactions=n) for (weekday, hour), n in hours],
        elsewhere=found.elsewhere,
        liability=None
        if gauges is None
        else [
            OwedOn(
                day=day,
                cards=one.cards,
                active=one.active,
                stamps_minor=one.owed.stamps_minor,
                points_minor=one.owed.points_minor,
            )
            for day, one in gauges
        ],
    )


def _period(part: Part) -> Period:
    return Period(
        first=part.days[0][0],
        last=part.days[-1][0],
        figures=Figures.model_validate(part.total),
        new_cards=part.new_cards,
        wait_days=part.wait_days,
        redemption_rate=part.rate,
        breakage=part.breakage,
        by_day=[OfDay(day=day, figures=Figures.model_validate(one)) for day, one in part.days],
    )


def _each(found: Mapping[Any, Any]) -> list[OfOne]:
    rows = sorted(found.items(), key=lambda pair: -pair[1].transactions)
    return [OfOne(id=one, figures=Figures.model_validate(figures)) for one, figures in rows]


_FIGURES = {
    "transactions": 96_230,
    "stamps_given": 61_004,
    "points_given": 402_118,
    "rewards_given": 6_204,
    "purchases_minor": 31_840_050,
    "reached": 8_914,
    "taken": 5_990,
    "points_lapsed": 12_040,
    "shortfalls": 3,
    "borne_minor": 1050,
}
_PERIOD = {
    "first": "2026-10-23",
    "last": "2026-11-21",
    "figures": _FIGURES,
    "new_cards": 1_148,
    "wait_days": 31,
    "redemption_rate": 0.67,
    "breakage": 0.11,
    "by_day": [{"day": "2026-10-23", "figures": _FIGURES}],
}
_ONE = {"id": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11", "figures": _FIGURES}

ROUTES = (
    Route(
        method="GET",
        path="/api/store/v1/{slug}/stats",
        right=Right.STATS_READ,
        handler=shown,
        title="Tells a company's figures of a period.",
        query=StatsQuery,
        answer=Stats,
        example=Example(
            query={"from": "2026-10-23", "to": "2026-11-21", "compare": "before"},
            answer={
                "counted_until": "2026-11-21T13:02:00Z",
                "period": _PERIOD,
                "before": _PERIOD | {"first": "2026-09-23", "last": "2026-10-22"},
                "by_store": [_ONE],
                "by_staff": [_ONE],
                "by_enrolled": [_ONE],
                "by_hour": [{"weekday": 0, "hour": 8, "transactions": 62.4}],
                "elsewhere": 0.23,
                "liability": [
                    {
                        "day": "2026-11-21",
                        "cards": 18_412,
                        "active": 12_067,
                        "stamps_minor": 1_364_000,
                        "points_minor": None,
                    }
                ],
            },
        ),
    ),
)
