"""Which of a company's terminals are in touch, how much waits on the others, and how long those can go on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, func, select

from loyalty.settings import Settings
from server.db.tables import stores, terminals

IN_TOUCH_FOR = timedelta(hours=1)


class State(StrEnum):
    """How a terminal stands, the worst first."""

    FORKED = "forked"  # its journal was copied; it is turned away until it is paired again
    SILENT = "silent"  # no contact for `offline_warn_hours`
    UNHEARD = "unheard"  # paired, and without a contact so far
    OFFLINE = "offline"
    IN_TOUCH = "in_touch"


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
    silent_days: int  # whole days without contact
    days_left: int  # for which it may still give rewards


def standings(
    conn: Connection, company_id: UUID, store_ids: Collection[UUID] | None, settings: Settings, now: datetime
) -> list[Standing]:
    """The terminals in use in these stores, or in all, the worst first."""
    same_store = (terminals.c.company_id == stores.c.company_id) & (terminals.c.store_id == stores.c.store_id)
    query = select(terminals, stores.c.name.label("store")).join(stores, same_store)
    rows = conn.execute(query.where(*_in_use(company_id, store_ids)))
    found = [_standing(row, settings, now) for row in rows]
    return sorted(found, key=lambda one: (_WORST_FIRST[one.state], -one.silent_days, one.store, one.name))


def silent(
    conn: Connection, company_id: UUID, store_ids: Collection[UUID] | None, settings: Settings, now: datetime
) -> int:
    """How many of them have been silent for so long that somebody should look."""
    since = now - timedelta(hours=settings.offline_warn_hours)
    late = (*_in_use(company_id, store_ids), terminals.c.last_seen_at <= since)
    count: int = conn.execute(select(func.count()).select_from(terminals).where(*late)).scalar_one()
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
        silent_days=since.days,
        days_left=max(0, settings.offline_stop_days - since.days),
    )


def _state(row: Row[Any], since: timedelta, settings: Settings) -> State:
    if row.forked_at is not None:
        return State.FORKED
    if row.last_seen_at is None:
        return State.UNHEARD
    if since <= IN_TOUCH_FOR:
        return State.IN_TOUCH
    return State.OFFLINE if since < timedelta(hours=settings.offline_warn_hours) else State.SILENT
