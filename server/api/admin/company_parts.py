"""`/api/admin/v1/companies/{company_id}/…`: a company's stores, program versions and settings, as admins see them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from server.accounts.rights import Right
from server.api.store.program import Changed
from server.companies import choices, companies, programs
from server.companies.choices import Kind
from server.companies.programs import State
from server.edge.asks import Ask
from server.edge.routes import Example, Route
from server.figures import overview, program_drafts
from server.terminals import contacts

_ONE = "/api/admin/v1/companies/{company_id}"


class StoreFigures(BaseModel):
    """A store with figures of the last 30 days, the present one with them."""

    id: UUID
    name: str
    cards: int
    transactions: int
    transactions_by_day: list[int]
    rewards_given: int
    redemption_rate: float | None
    terminals: int
    terminals_in_touch: int


class ProgramVersion(BaseModel):
    """A version of the program, and what it changed in the one before."""

    number: int
    state: State
    holds_from: datetime | None
    changes: list[Changed]


class SettingValue(BaseModel):
    """A setting with the value in force, and the highest that the platform allows where it is a number."""

    name: str
    kind: Kind
    value: str
    highest: int | None
    at_limit: bool


def stores(ask: Ask) -> list[StoreFigures]:
    company = companies.by_id(ask.conn, ask.company_id)
    tills = contacts.standings(ask.conn, company.id, None, company.settings, ask.now)
    found = overview.by_store(ask.conn, company, [(one.store_id, one.state) for one in tills], ask.now)
    return [
        StoreFigures(
            id=one.store.id,
            name=one.store.name,
            cards=one.cards,
            transactions=one.last.transactions,
            transactions_by_day=list(one.by_day),
            rewards_given=one.last.rewards_given,
            redemption_rate=one.rate,
            terminals=one.tills.all,
            terminals_in_touch=one.tills.in_touch,
        )
        for one in found
    ]


def versions(ask: Ask) -> list[ProgramVersion]:
    company = companies.by_id(ask.conn, ask.company_id)
    return [
        ProgramVersion(
            number=one.version.program.version,
            state=one.version.state,
            holds_from=one.version.program.holds_from,
            changes=[Changed.model_validate(change) for change in one.changes],
        )
        for one in program_drafts.history(programs.listed(ask.conn, company.id, ask.now))
    ]


def settings(ask: Ask) -> list[SettingValue]:
    company = companies.by_id(ask.conn, ask.company_id)
    return [
        SettingValue(name=one.name, kind=one.kind, value=one.value, highest=one.highest, at_limit=one.is_at_limit)
        for one in choices.of_company(ask.conn, company.id).settings
    ]


_STORE = {
    "id": "0b6f3a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
    "name": "Gare",
    "cards": 7_480,
    "transactions": 38_914,
    "transactions_by_day": [1_297] * 30,
    "rewards_given": 2_310,
    "redemption_rate": 0.7,
    "terminals": 2,
    "terminals_in_touch": 2,
}
_VERSION = {
    "number": 8,
    "state": "scheduled",
    "holds_from": "2026-12-01T04:00:00Z",
    "changes": [{"field": "stamps_target", "before": 10, "after": 12, "reward": None}],
}
_SETTING = {"name": "offline_stop_days", "kind": "number", "value": "7", "highest": 7, "at_limit": True}


def _route(part: str, handler: Any, title: str, answer: Any, example: Any) -> Route:
    return Route(
        method="GET",
        path=f"{_ONE}/{part}",
        right=Right.PLATFORM,
        handler=handler,
        title=title,
        answer=answer,
        example=Example(answer=[example]),
    )


ROUTES = (
    _route("stores", stores, "Lists a company's stores, the busiest first.", list[StoreFigures], _STORE),
    _route("program", versions, "Lists the versions of its program, the newest first.", list[ProgramVersion], _VERSION),
    _route("settings", settings, "Lists its settings beside their limits.", list[SettingValue], _SETTING),
)
