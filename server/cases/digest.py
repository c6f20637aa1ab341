"""The mail that tells managers each morning what waits for their decision."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from loyalty.staff import Role
from server.cases import case_list
from server.companies.companies import Company
from server.db.account_tables import accounts as account_rows
from server.db.tables import staff
from server.db.work_tables import mails
from server.keys import Keys
from server.mail import letters, outbox
from server.translations import Translator

_DECIDING = (Role.MANAGER, Role.OWNER)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who decides cases and can be mailed; *stores* is None for all."""

    staff_id: UUID
    email: str
    language: str | None
    stores: frozenset[UUID] | None


def readers(conn: Connection, company_id: UUID) -> list[Reader]:
    """The managers and owners at work who sign in to the office."""
    mine = (staff.c.company_id == company_id, staff.c.is_active, staff.c.role.in_(_DECIDING))
    query = select(staff.c.staff_id, staff.c.stores, account_rows.c.email, account_rows.c.language)
    query = query.join(account_rows, account_rows.c.account_id == staff.c.account_id).where(*mine)
    return [
        Reader(row.staff_id, row.email, row.language, None if row.stores is None else frozenset(map(UUID, row.stores)))
        for row in conn.execute(query.order_by(staff.c.staff_id))
    ]


def queue(conn: Connection, keys: Keys, company: Company, whom: Reader, *, url: str, now: datetime) -> bool:
    """Puts today's digest for one of them into the outbox; False if nothing waits, or they have it already."""
    waiting = case_list.waiting(conn, company.id, whom.stores)
    mail_id = uuid5(whom.staff_id, f"case digest {now.astimezone(company.settings.zone).date()}")
    is_sent = select(mails.c.mail_id).where(mails.c.company_id == company.id, mails.c.mail_id == mail_id)
    if not waiting.cases or conn.execute(is_sent).first() is not None:
        return False
    words = Translator(whom.language or company.settings.languages[0], company.settings.currency)
    letter = letters.case_digest(
        words,
        company=company.name,
        cases=waiting.cases,
        stake=words.money(waiting.stake_minor) if waiting.stake_minor else None,
        link=f"{url}/office/{company.slug}/cases",
    )
    outbox.queue(conn, keys, letter, whom.email, company_id=company.id, now=now, mail_id=mail_id)
    return True
