"""`/api/admin/v1/terminals`: the terminals of all companies, the worst first."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.edge.asks import Ask
from server.edge.routes import Example, Route
from server.terminals import contacts
from server.terminals.contacts import State

_ID = "7c0b4f0e-3d52-4a55-9a3c-6f2d1f9f6a10"


class Terminal(BaseModel):
    """A terminal as it was last heard of.

    `waiting` is what it has not handed over at least, null if none is known; `days_left` is how long it could give
    rewards without contact; `program_version` is null if it has not said what it runs.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    store: str
    state: State
    seen_at: datetime | None
    waiting: int | None
    days_left: int
    program_version: str | None
    is_outdated: bool


class OfCompany(Terminal):
    """The same, and whose it is."""

    company_id: UUID
    company: str


class Filter(BaseModel):
    """Which terminals: all, or those that somebody should look after."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: Literal["", "attention"] = ""


def listed(ask: Ask) -> list[OfCompany]:
    found = contacts.everywhere(ask.conn, ask.now)
    return [
        OfCompany(company_id=company.id, company=company.name, **Terminal.model_validate(till).model_dump())
        for company, till in found
        if not ask.query.needs or till.needs_attention
    ]


EXAMPLE: dict[str, Any] = {
    "id": _ID,
    "name": "Till 2",
    "store": "Belval",
    "state": "silent",
    "seen_at": "2026-11-17T18:12:00Z",
    "waiting": 14,
    "days_left": 3,
    "program_version": "1.3.2",
    "is_outdated": True,
}
_OF_COMPANY = {"company_id": "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10", "company": "Café Lumière"}

ROUTES = (
    Route(
        method="GET",
        path="/api/admin/v1/terminals",
        right=Right.PLATFORM,
        handler=listed,
        title="Lists the terminals of all companies, the worst first.",
        query=Filter,
        answer=list[OfCompany],
        example=Example(answer=[EXAMPLE | _OF_COMPANY]),
    ),
)
