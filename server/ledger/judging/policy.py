"""What a company is judged by as a unit of work begins, read at once: its settings in force and what waits there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select

from loyalty.settings import Limits, Settings, clamped
from server.companies.companies import settings_from
from server.db.lookups import Query
from server.db.tables import companies, entries, platform

_HELD = select(entries.c.seq).where(entries.c.company_id == bindparam("company"), entries.c.waits_for.is_not(None))
_DUE = select(func.min(entries.c.case_due_at)).where(
    entries.c.company_id == bindparam("company"), entries.c.case_due_at.is_not(None)
)
_STANDING = Query(
    select(
        companies.c.settings,
        companies.c.clock,
        platform.c.limits,
        _HELD.exists().label("holds"),
        _DUE.scalar_subquery().label("due"),
    )
    .join(platform, platform.c.id == 1)
    .where(companies.c.company_id == bindparam("company"))
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A company under its lock, before anything is judged."""

    settings: Settings  # its choices, within what the platform allows by now
    clock: int
    holds: bool  # some of its entries wait for something
    due: datetime | None  # when the first of them becomes a manager's


def standing_of(conn: Connection, company_id: UUID) -> Policy:
    """How the company stands now."""
    row = _STANDING.first(conn, company=company_id)
    assert row is not None, "its lock is held"
    settings = clamped(settings_from(row.settings), Limits(row.limits))
    return Policy(settings, row.clock, bool(row.holds), row.due)
