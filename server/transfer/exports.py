"""Exports of everything: asked for, made by a job, and kept for a day as encrypted parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count as count_up
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.paging import Order
from server.db.transfer_tables import export_parts, exports
from server.db.units import Units
from server.keys import CompanyKeys
from server.refusals import No, Refused
from server.transfer.file_parts import FileParts

JOB = "exports"
KEPT_FOR = timedelta(hours=24)
PARTS = FileParts(export_parts, "export_id")
_NEWEST_FIRST = Order((exports.c.created_at, exports.c.export_id), descending=True)


class State(StrEnum):
    """How far an export has come."""

    ASKED = "asked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Export:
    """An export; its file can be had until it is cleared."""

    id: UUID
    state: State
    size: int
    rows: int
    asked_at: datetime
    done_at: datetime | None
    is_cleared: bool

    @property
    def has_file(self) -> bool:
        """True while the file can be had."""
        return self.state is State.DONE and not self.is_cleared


def ask(conn: Connection, company_id: UUID, *, by: UUID | None, now: datetime) -> Export:
    """Has an export made, if none is being made already."""
    found = next_asked(conn, company_id)
    if found is not None:
        return found
    export_id = uuid4()
    values = {"state": State.ASKED.value, "staff_id": by, "size": 0, "rows": 0, "created_at": now, "updated_at": now}
    conn.execute(insert(exports).values(company_id=company_id, export_id=export_id, **values))
    job_queue.wake(conn, DueJob(company_id, JOB), now)
    return by_id(conn, company_id, export_id)


def by_id(conn: Connection, company_id: UUID, export_id: UUID) -> Export:
    """The export with this id."""
    row = conn.execute(_of_company(company_id).where(exports.c.export_id == export_id)).one_or_none()
    if row is None:
        raise Refused(No.EXPORT_UNKNOWN, str(export_id))
    return _read(row)


def listed(
    conn: Connection,
    company_id: UUID,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
) -> list[Export]:
    """The company's exports, the newest first; *after* is the time and id of the one before them."""
    query = _NEWEST_FIRST.sorted(_of_company(company_id))
    if after is not None:
        query = query.where(_NEWEST_FIRST.after(after))
    return [_read(row) for row in conn.execute(query.limit(limit))]


def count(conn: Connection, company_id: UUID) -> int:
    """How many exports the company has had."""
    query = select(func.count()).select_from(exports).where(exports.c.company_id == company_id)
    return int(conn.execute(query).scalar_one())


def next_asked(conn: Connection, company_id: UUID) -> Export | None:
    """The export that is to be made."""
    query = _of_company(company_id).where(exports.c.state == State.ASKED.value).order_by(exports.c.created_at)
    row = conn.execute(query.limit(1)).one_or_none()
    return None if row is None else _read(row)


def next_to_clear(conn: Connection, company_id: UUID, now: datetime) -> Export | None:
    """An export whose day is over."""
    old = (exports.c.done_at <= now - KEPT_FOR, exports.c.cleared_at.is_(None))
    row = conn.execute(_of_company(company_id).where(*old).limit(1)).one_or_none()
    return None if row is None else _read(row)


def finish(conn: Connection, company_id: UUID, export_id: UUID, *, size: int, rows: int, now: datetime) -> None:
    """The whole file is there."""
    _change(conn, company_id, export_id, now, state=State.DONE.value, size=size, rows=rows, done_at=now)


def clear(conn: Connection, company_id: UUID, export_id: UUID, now: datetime) -> None:
    """Deletes the file."""
    PARTS.forget(conn, company_id, export_id)
    _change(conn, company_id, export_id, now, cleared_at=now)


def taken(conn: Connection, company_id: UUID, export_id: UUID) -> Export:
    """The export whose file is asked for; refused once that is deleted."""
    found = by_id(conn, company_id, export_id)
    if not found.has_file:
        raise Refused(No.EXPORT_GONE)
    return found


def content(units: Units, company_id: UUID, export_id: UUID, keys: CompanyKeys) -> Iterator[bytes]:
    """The file, each part read by itself so that nothing is held open for whoever takes long."""
    for place in count_up():
        with units.read() as conn:
            part = PARTS.read(conn, company_id, export_id, place, keys)
        if part is None:
            return
        yield part


def _change(conn: Connection, company_id: UUID, export_id: UUID, now: datetime, **values: Any) -> None:
    one = exports.c.company_id == company_id, exports.c.export_id == export_id
    conn.execute(update(exports).where(*one).values(values | {"updated_at": now}))


def _read(row: Row[Any]) -> Export:
    return Export(
        id=row.export_id,
        state=State(row.state),
        size=row.size,
        rows=row.rows,
        asked_at=row.created_at,
        done_at=row.done_at,
        is_cleared=row.cleared_at is not None,
    )


def _of_company(company_id: UUID) -> Select[Any]:
    return select(exports).where(exports.c.company_id == company_id)
