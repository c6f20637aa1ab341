"""Publishing a new program for a company, with its consequences in the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.program import Program
from server.companies import programs
from server.keys import Keys
from server.ledger.judging.grants import grant
from server.ledger.judging.single_booking import release
from server.ledger.rows.entries import FOR_PROGRAM


def change(
    conn: Connection, company_id: UUID, program: Program, keys: Keys, now: datetime, *, gives_missing: bool = True
) -> tuple[Program, int]:
    """Publishes *program* from now on; returns it with its number, and the number of cards that received grants.

    Entries held for a first program are judged. With *gives_missing*, customers keep rewards already reached.
    """
    before = programs.versions(conn, company_id).at(now)
    after = programs.put(conn, company_id, program, now, now)
    granted = 0 if before is None or not gives_missing else grant(conn, company_id, before, after, now)
    release(conn, company_id, keys, [FOR_PROGRAM], now)
    return after, granted
