"""What judging needs to know of a company when a unit of work begins: settings in force and held entries."""

from collections.abc import Mapping
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
_POLICY = Query(
    select(
        companies.c.settings,
        companies.c.settings_since,
        companies.c.clock,
        platform.c.limits,
        _HELD.exists().label("has_held"),
        _DUE.scalar_subquery().label("due"),
    )
    .join(platform, platform.c.id == 1)
    .where(companies.c.company_id == bindparam("company"))
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The company's settings and held entries, read under its lock."""

    settings: Settings  # its choices, within the platform's current limits
    settings_since: Mapping[str, int]  # by name, the version at which tills could be told of the present value
    clock: int
    has_held: bool  # True if any entry is held
    due: datetime | None  # when the next case is due for a held entry


def policy_of(conn: Connection, company_id: UUID) -> Policy:
    """Reads the company's policy; the caller holds its lock."""
    row = _POLICY.first(conn, company=company_id)
    assert row is not None, "its lock is held"
    settings = clamped(settings_from(row.settings), Limits(row.limits))
    return Policy(settings, row.settings_since or {}, row.clock, bool(row.has_held), row.due)
