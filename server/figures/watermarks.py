"""How far changes have come into books, list of cards, sums, imports and exports. If it stays, so do all of them."""

from uuid import UUID

from sqlalchemy import Connection, func, select

from server.db.tables import companies
from server.db.transfer_tables import exports, imports
from server.db.work_tables import jobs
from server.refusals import No, Refused


def of_company(conn: Connection, company_id: UUID) -> str:
    """The company's watermark."""
    read = select(func.sum(jobs.c.read_version)).where(jobs.c.company_id == company_id)
    moved = [select(func.max(one.c.updated_at)).where(one.c.company_id == company_id) for one in (imports, exports)]
    parts = [one.scalar_subquery() for one in (read, *moved)]
    query = select(companies.c.clock, *parts).where(companies.c.company_id == company_id)
    found = conn.execute(query).one_or_none()
    if found is None:
        raise Refused(No.COMPANY_UNKNOWN, str(company_id))
    return "-".join(map(str, found))


def of_all(conn: Connection) -> str:
    """The watermark of all companies together; as no part of it can fall, no change hides another."""
    read = select(func.sum(jobs.c.read_version)).scalar_subquery()
    query = select(func.count(), func.sum(companies.c.clock), read).select_from(companies)
    return "-".join(map(str, conn.execute(query).one()))
