"""Stored answers of requests that book, by the id of what they book. The table is the platform's, and small."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Connection, Index, LargeBinary, Table, delete, insert, select, update

from server.db.columns import Id, Moment
from server.db.schema import metadata, times

idempotency = Table(
    "idempotency",
    metadata,
    Column("request_id", Id, primary_key=True),  # UUIDv5 of account, company, route and key
    Column("company_id", Id, nullable=False),
    Column("mark", LargeBinary, nullable=False),  # hash of the request
    Column("answer", LargeBinary),  # encrypted under the company's data key; null while it runs
    Column("expires_at", Moment, nullable=False),
    *times(),
    Index("ix_idempotency_expires_at", "expires_at"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A request that was carried out or still runs."""

    mark: bytes
    answer: bytes | None
    expires_at: datetime


def find(conn: Connection, request_id: UUID) -> Stored | None:
    """The request with this id."""
    row = conn.execute(select(idempotency).where(idempotency.c.request_id == request_id)).one_or_none()
    return None if row is None else Stored(row.mark, row.answer, row.expires_at)


def reserve(
    conn: Connection, request_id: UUID, company_id: UUID, *, mark: bytes, now: datetime, expires_at: datetime
) -> None:
    """Notes that a request runs."""
    release(conn, request_id)  # one that is over
    values = {"request_id": request_id, "company_id": company_id, "mark": mark, "expires_at": expires_at}
    conn.execute(insert(idempotency).values(values | {"created_at": now, "updated_at": now}))


def keep(conn: Connection, request_id: UUID, answer: bytes, now: datetime, expires_at: datetime) -> None:
    """Stores the answer of a request that runs."""
    mine = update(idempotency).where(idempotency.c.request_id == request_id)
    conn.execute(mine.values(answer=answer, expires_at=expires_at, updated_at=now))


def release(conn: Connection, request_id: UUID) -> None:
    """Forgets a request."""
    conn.execute(delete(idempotency).where(idempotency.c.request_id == request_id))


def of_company(conn: Connection, company_id: UUID) -> list[tuple[UUID, bytes]]:
    """The stored answers of a company's requests; there are those of a day."""
    kept = (idempotency.c.company_id == company_id, idempotency.c.answer.is_not(None))
    rows = conn.execute(select(idempotency.c.request_id, idempotency.c.answer).where(*kept))
    return [(row.request_id, row.answer) for row in rows]


def forget_expired(conn: Connection, now: datetime) -> int:
    """Deletes what nobody can ask for any more; returns how many."""
    return conn.execute(delete(idempotency).where(idempotency.c.expires_at <= now)).rowcount
