"""`/api/admin/v1/programs`: all companies' programs with figures of 30 days, the most active first."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from server.accounts.rights import Right
from server.companies import companies
from server.edge.asks import Ask
from server.edge.routes import Example, Route
from server.figures import overview
from server.figures.overview import Concern, Overview
from server.terminals import contacts


class Program(BaseModel):
    """A company's program; the rate is of 90 days, figures hold what had arrived at `counted_until`."""

    company_id: UUID
    company: str
    stores: int
    kind: str | None
    version: int | None
    since: datetime | None
    active_cards: int
    transactions: int
    transactions_by_day: list[int]
    rewards_given: int
    redemption_rate: float | None
    currency: str
    liability_stamps_minor: int | None
    liability_points_minor: int | None
    shortfall_minor: int | None
    terminals: int
    terminals_in_touch: int
    cases: int
    concern: Concern
    counted_until: datetime | None


def listed(ask: Ask) -> list[Program]:
    known = companies.listed(ask.conn)
    found = overview.of_all(ask.conn, known, contacts.states(ask.conn, known, ask.now), ask.now)
    return [_answer(one) for one in sorted(found, key=lambda one: (-one.last.transactions, one.company.name))]


def _answer(seen: Overview) -> Program:
    held = seen.program
    return Program(
        company_id=seen.company.id,
        company=seen.company.name,
        stores=seen.stores,
        kind=None if held is None else held.kind.value,
        version=None if held is None else held.version,
        since=None if held is None else held.holds_from,
        active_cards=seen.cards.active,
        transactions=seen.last.transactions,
        transactions_by_day=list(seen.by_day),
        rewards_given=seen.last.rewards_given,
        redemption_rate=seen.rate,
        currency=seen.company.settings.currency,
        liability_stamps_minor=seen.owed.stamps_minor,
        liability_points_minor=seen.owed.points_minor,
        shortfall_minor=seen.last.borne_minor,
        terminals=seen.tills.all,
        terminals_in_touch=seen.tills.in_touch,
        cases=seen.cases,
        concern=seen.concern,
        counted_until=seen.counted_until,
    )


ROUTES = (
    Route(
        method="GET",
        path="/api/admin/v1/programs",
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the companies' programs with figures of the last 30 days.",
        answer=list[Program],
        example=Example(
            answer=[
                {
                    "company_id": "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10",
                    "company": "Café Lumière",
                    "stores": 4,
                    "kind": "hybrid",
                    "version": 7,
                    "since": "2026-09-01T03:00:00Z",
                    "active_cards": 18_412,
                    "transactions": 96_230,
                    "transactions_by_day": [3_204] * 30,
                    "rewards_given": 6_204,
                    "redemption_rate": 0.67,
                    "currency": "EUR",
                    "liability_stamps_minor": 1_364_000,
                    "liability_points_minor": 1_054_000,
                    "shortfall_minor": 1_050,
                    "terminals": 9,
                    "terminals_in_touch": 7,
                    "cases": 4,
                    "concern": "tills_silent",
                    "counted_until": "2026-11-30T12:00:00Z",
                }
            ]
        ),
    ),
)
