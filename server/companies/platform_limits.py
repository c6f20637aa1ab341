"""The platform's limits: the highest value of each numeric setting that a company may choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from loyalty.settings import BOUNDS, Limits, Settings, clamped
from server.companies.companies import authority_changed, settings_from
from server.db.tables import companies, platform
from server.db.units import next_version
from server.refusals import ChangedMeanwhile, SettingsRefused

_TICKS_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """A numeric setting with its own bounds and what the platform allows of it."""

    name: str
    lowest: int
    highest: int  # that the setting itself has
    allowed: int | None  # None: the platform does not limit it
    companies_at: int  # whose value is the highest allowed, or was reduced to it


@dataclass(frozen=True, slots=True)
class PlatformLimits:
    """All limits, and the version that an edit names."""

    limits: tuple[Limit, ...]
    version: int


def of_platform(conn: Connection) -> PlatformLimits:
    """The limits in force."""
    row = conn.execute(select(platform.c.limits, platform.c.updated_at)).one()
    chosen = _chosen(conn).values()
    held = Limits(row.limits)
    found = tuple(
        Limit(
            name,
            low,
            high,
            row.limits.get(name),
            sum(getattr(one, name) >= held.bounds(name)[1] for one in chosen),
        )
        for name, (low, high) in BOUNDS.items()
    )
    return PlatformLimits(found, int(row.updated_at.timestamp() * _TICKS_S))


def change(
    conn: Connection, chosen: Mapping[str, int | None], *, version: int, now: datetime
) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Sets limits, None for no limit; returns those that changed, before and after.

    The tills of companies whose settings become others by it learn of them at their next contact.
    """
    present = of_platform(conn)
    before = {one.name: one.allowed for one in present.limits}
    if present.version != version:
        raise ChangedMeanwhile({"version": present.version, "values": before})
    wrong = {
        name: "" for name, value in chosen.items() if name not in BOUNDS or not (value is None or _fits(name, value))
    }
    if wrong:
        raise SettingsRefused(wrong, Limits({}))
    changed = {name: value for name, value in chosen.items() if value != before[name]}
    if not changed:
        return {}, {}
    after = {name: value for name, value in (before | changed).items() if value is not None}
    old = Limits({name: value for name, value in before.items() if value is not None})
    conn.execute(update(platform).values(limits=after, updated_at=now))
    for company_id, settings in _chosen(conn).items():
        if clamped(settings, old) != clamped(settings, Limits(after)):
            version_now = next_version(conn, company_id)
            mine = update(companies).where(companies.c.company_id == company_id)
            conn.execute(mine.values(version=version_now, updated_at=now))
            authority_changed(conn, company_id, version_now)
    return {name: before[name] for name in changed}, changed


def _chosen(conn: Connection) -> dict[UUID, Settings]:
    """All companies' settings as they chose them, above a limit too."""
    query = select(companies.c.company_id, companies.c.settings)
    return {row.company_id: settings_from(row.settings) for row in conn.execute(query)}


def _fits(name: str, value: int) -> bool:
    low, high = BOUNDS[name]
    return low <= value <= high
