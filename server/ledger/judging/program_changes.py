"""A new program for a company with customers: the version itself, and what follows from it in the ledger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty.program import Program
from server.companies import programs
from server.keys import Keys
from server.ledger.judging.grants import grant
from server.ledger.judging.judging import release
from server.ledger.rows.entries import FOR_PROGRAM


def change(conn: Connection, company_id: UUID, program: Program, keys: Keys, now: datetime) -> tuple[Program, int]:
    """Makes *program* hold from now on: as it is numbered, and how many cards it had to give something.

    Nobody loses a reward already reached, and what waited for a first program goes on.
    """
    before = programs.versions(conn, company_id).at(now)
    after = programs.put(conn, company_id, program, now, now)
    given = 0 if before is None else grant(conn, company_id, before, after, now)
    release(conn, company_id, keys, [FOR_PROGRAM], now)
    return after, given
