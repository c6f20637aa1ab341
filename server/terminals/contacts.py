"""Which of a company's terminals are in touch, how much waits on the others, and how long those can go on."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from loyalty.settings import Settings
from server.companies import companies
from server.companies.companies import Company
from server.db.tables import stores, terminals
from sync.protocol.version import VERSION

IN_TOUCH_FOR = timedelta(hours=1)


class State(StrEnum):
    """How a terminal stands, the worst first."""

    FORKED = "forked"  # its journal was copied; it is turned away until it is paired again
    SILENT = "silent"  # no contact for `offline_warn_hours`
    UNHEARD = "unheard"  # paired, and without a contact so far
    OFFLINE = "offline"
    IN_TOUCH = "in_touch"


NEED_ATTENTION = frozenset({State.FORKED, State.SILENT})
_WORST_FIRST = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A paired terminal as the company last heard of it."""

    id: UUID
    name: str
    store_id: UUID
    store: str
    version: int
    state: State
    seen_at: datetime | None
    waiting: int | None  # at least so many entries are not handed over; None: none known
    silent_for: timedelta  # without contact
    days_left: int  # for which it may still give rewards
    program_version: str | None  # of the program it runs, as in 1.4.0; None: it has not said so
    is_outdated: bool  # its program is older than the server's

    @property
    def silent_days(self) -> int:
        """Whole days without contact."""
        return self.silent_for.days

    @property
    def needs_attention(self) -> bool:
        """True if somebody should look after it."""
        return self.state in NEED_ATTENTION

    @property
    def urgency(self) -> tuple[int, timedelta, str, str]:
        """The order of lists: the worst first, and of these the one that was silent longest."""
        return _WORST_FIRST[self.state], -self.silent_for, self.store, self.name


def standings(
    conn: Connection, company_id: UUID, store_ids: Collection[UUID] | None, settings: Settings, now: datetime
) -> list[Standing]:
    """The terminals in use in these stores, or in all, the worst first."""
    rows = conn.execute(_WITH_STORE.where(*_in_use(company_id, store_ids)))
    return sorted((_standing(row, settings, now) for row in rows), key=lambda one: one.urgency)


def everywhere(conn: Connection, now: datetime) -> list[tuple[Company, Standing]]:
    """The terminals in use of all companies, the worst first."""
    known = {one.id: one for one in companies.listed(conn)}
    rows = conn.execute(_WITH_STORE.where(terminals.c.revoked_at.is_(None)))
    found = [(known[row.company_id], _standing(row, known[row.company_id].settings, now)) for row in rows]
    return sorted(found, key=lambda pair: (*pair[1].urgency[:2], pair[0].name, *pair[1].urgency[2:]))


def waiting_everywhere(conn: Connection, now: datetime) -> int:
    """How many terminals of all companies somebody should look after."""
    warned_after = {one.id: timedelta(hours=one.settings.offline_warn_hours) for one in companies.listed(conn)}
    is_late = or_(terminals.c.last_seen_at <= now - min(warned_after.values(), default=timedelta(0)), _IS_FORKED)
    query = select(terminals.c.company_id, terminals.c.last_seen_at, _IS_FORKED.label("is_forked"))
    rows = conn.execute(query.where(terminals.c.revoked_at.is_(None), is_late))
    return sum(row.is_forked or row.last_seen_at <= now - warned_after[row.company_id] for row in rows)


def states(conn: Connection, known: Iterable[Company], now: datetime) -> dict[UUID, list[State]]:
    """How the terminals in use of several companies stand."""
    settings_of = {one.id: one.settings for one in known}
    found: dict[UUID, list[State]] = {company_id: [] for company_id in settings_of}
    query: Select[Any] = select(terminals.c.company_id, terminals.c.forked_at, terminals.c.last_seen_at)
    for row in conn.execute(query.where(terminals.c.revoked_at.is_(None))):
        if row.company_id in settings_of:
            since = now - (row.last_seen_at or now)
            found[row.company_id].append(_state(row, since, settings_of[row.company_id]))
    return found


def in_use(conn: Connection, company_id: UUID) -> int:
    """How many terminals the company uses."""
    query = select(func.count()).select_from(terminals).where(*_in_use(company_id, None))
    count: int = conn.execute(query).scalar_one()
    return count


def waiting_for_attention(
    conn: Connection, company_id: UUID, store_ids: Collection[UUID] | None, settings: Settings, now: datetime
) -> int:
    """How many of them somebody should look after: silent for too long, or turned away."""
    since = now - timedelta(hours=settings.offline_warn_hours)
    is_late = or_(terminals.c.last_seen_at <= since, _IS_FORKED)
    query = select(func.count()).select_from(terminals).where(*_in_use(company_id, store_ids), is_late)
    count: int = conn.execute(query).scalar_one()
    return count


def _in_use(company_id: UUID, store_ids: Collection[UUID] | None) -> tuple[ColumnElement[bool], ...]:
    in_use = (terminals.c.company_id == company_id, terminals.c.revoked_at.is_(None))
    return in_use if store_ids is None else (*in_use, terminals.c.store_id.in_(store_ids))


def _standing(row: Row[Any], settings: Settings, now: datetime) -> Standing:
    since = now - (row.last_seen_at or row.created_at)
    state = _state(row, since, settings)
    waiting = max(0, row.said_seq - row.acked_seq)
    return Standing(
        id=row.terminal_id,
        name=row.name,
        store_id=row.store_id,
        store=row.store,
        version=row.version,
        state=state,
        seen_at=row.last_seen_at,
        waiting=waiting if waiting or state is State.IN_TOUCH else None,
        silent_for=since,
        days_left=max(0, settings.offline_stop_days - since.days),
        program_version=row.program_version,
        is_outdated=row.program_version is not None and is_older(row.program_version, VERSION),
    )


def _state(row: Row[Any], since: timedelta, settings: Settings) -> State:
    if row.forked_at is not None:
        return State.FORKED
    if row.last_seen_at is None:
        return State.UNHEARD
    if since <= IN_TOUCH_FOR:
        return State.IN_TOUCH
    return State.OFFLINE if since < timedelta(hours=settings.offline_warn_hours) else State.SILENT


def is_older(version: str, other: str) -> bool:
    """True if *version* comes before *other*; a part that is no number comes before every number."""
    return _parts(version) < _parts(other)


def _parts(version: str) -> list[int]:
    return [int(part) if part.isascii() and part.isdigit() else -1 for part in version.split(".")]


_SAME_STORE = (terminals.c.company_id == stores.c.company_id) & (terminals.c.store_id == stores.c.store_id)
_WITH_STORE: Select[Any] = select(terminals, stores.c.name.label("store")).join(stores, _SAME_STORE)
_IS_FORKED = terminals.c.forked_at.is_not(None)
