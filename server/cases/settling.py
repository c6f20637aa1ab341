"""Cases that settle by themselves, as what they ask about has gone away. Held entries settle where they are judged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, exists, or_, select

from loyalty.cases import CaseKind
from server.db.tables import entries, transactions
from server.db.work_tables import cases
from server.ledger.rows import cases as case_rows
from server.ledger.rows.cases import Settling, State


def come_otherwise(conn: Connection, company_id: UUID, limit: int) -> list[UUID]:
    """Open cases of salvaged entries that have come by another way since."""
    same_entry = (entries.c.company_id == company_id, entries.c.entry_id == cases.c.entry_id)
    same_fact = (transactions.c.company_id == company_id, transactions.c.transaction_id == cases.c.entry_id)
    query = select(cases.c.case_id).where(
        cases.c.company_id == company_id,
        cases.c.state == str(State.OPEN),
        cases.c.kind == str(CaseKind.SALVAGED),
        or_(exists().where(*same_entry), exists().where(*same_fact)),
    )
    return list(conn.execute(query.limit(limit)).scalars())


def settle(conn: Connection, company_id: UUID, case_ids: list[UUID], now: datetime) -> None:
    """Settles them. The caller holds the company's lock."""
    for case_id in case_ids:
        case_rows.settle_one(conn, company_id, case_id, Settling.BOOKED_OTHERWISE, now)
