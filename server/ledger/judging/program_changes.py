"""Publishing a new program for a company, with its consequences in the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.program import Program
from server.companies import programs
from server.keys import Keys
from server.ledger.judging import grants
from server.ledger.judging.savepoint_booking import release
from server.ledger.rows.entries import FOR_PROGRAM


def publish(  # noqa: PLR0917 - when it begins is a part of what is published
    conn: Connection,
    company_id: UUID,
    program: Program,
    keys: Keys,
    now: datetime,
    begins: datetime | None = None,
    *,
    gives_missing: bool = True,
) -> Program:
    """Publishes *program* from *begins* or now on; returns it with its number.

    Entries held for a first program are judged. With *gives_missing*, the job `program_start` gives cards what they
    need to keep rewards which they have reached when it begins.
    """
    published = programs.put(conn, company_id, program, begins or now, now)
    if gives_missing:
        grants.plan(conn, company_id, published, now)
    release(conn, company_id, keys, [FOR_PROGRAM], now)
    return published
