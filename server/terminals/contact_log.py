"""When each terminal was in contact: at most one row in five minutes, written with what its exchange writes anyway.

A contact after a time without any begins a stretch of its own, so the rows also tell when a terminal was out of touch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Connection, delete, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from server.db.batches import Batch
from server.db.tables import terminals
from server.db.work_tables import contacts
from server.terminals.contacts import IN_TOUCH_FOR

EACH = timedelta(minutes=5)
KEPT_FOR = timedelta(days=35)
GAPS_SHOWN = 20
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)


class Contact(NamedTuple):
    """A terminal's exchange."""

    company_id: UUID
    terminal_id: UUID
    last_seen_at: datetime | None  # before this one
    last_seq: int
    acked_seq: int  # after it


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a terminal was out of touch, and how many entries it had made by its end."""

    since: datetime
    until: datetime
    entries: int


def note(conn: Connection, heard: Iterable[Contact], now: datetime) -> None:
    """Writes those down that are the first of their terminal in these five minutes."""
    first = [one for one in heard if one.last_seen_at is None or _span(one.last_seen_at) < _span(now)]
    _ADDED[conn.dialect.name].run(
        conn,
        [
            {
                "company_id": one.company_id,
                "terminal_id": one.terminal_id,
                "at": now,
                "last_seq": one.last_seq,
                "acked_seq": one.acked_seq,
                "created_at": now,
                "updated_at": now,
            }
            for one in first
        ],
    )


def gaps(conn: Connection, company_id: UUID, terminal_id: UUID) -> Sequence[Gap]:
    """When the terminal was out of touch in the last weeks, the newest first."""
    before = func.lag(contacts.c.at).over(order_by=contacts.c.at)
    acked = func.lag(contacts.c.acked_seq).over(order_by=contacts.c.at)
    mine = (contacts.c.company_id == company_id, contacts.c.terminal_id == terminal_id)
    rows = select(
        contacts.c.at, contacts.c.last_seq, type_coerce(before, contacts.c.at.type).label("since"), acked.label("acked")
    )
    one = rows.where(*mine).subquery()
    length = type_coerce(one.c.at, BigInteger) - type_coerce(one.c.since, BigInteger)
    found = (
        select(one)
        .where(length > IN_TOUCH_FOR // timedelta(microseconds=1))
        .order_by(one.c.at.desc())
        .limit(GAPS_SHOWN)
    )
    return [Gap(row.since, row.at, max(0, row.last_seq - row.acked)) for row in conn.execute(found)]


def forget_old(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Deletes what is older than it is kept; returns how much. Terminal by terminal, as the key is in that order."""
    of_company = select(terminals.c.terminal_id).where(terminals.c.company_id == company_id)
    old = (
        contacts.c.company_id == company_id,
        contacts.c.terminal_id.in_(of_company),
        contacts.c.at < now - KEPT_FOR,
    )
    return conn.execute(delete(contacts).where(*old)).rowcount


def _span(moment: datetime) -> int:
    """The number of the five minutes that a moment lies in."""
    return (moment - _BEGAN) // EACH


def _once(statement: sqlite.Insert | postgresql.Insert) -> Batch:
    """A clock that was set back may bring the same moment again."""
    return Batch(statement.on_conflict_do_nothing(index_elements=list(contacts.primary_key)))


_ADDED = {"sqlite": _once(sqlite.insert(contacts)), "postgresql": _once(postgresql.insert(contacts))}
