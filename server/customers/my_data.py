"""What a customer chooses about themselves: language, offers, notices. Tills are told none of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from server.customers import consents
from server.customers.consents import Text
from server.db.tables import customers


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen."""

    language: str
    consent: bool  # to offers of the company
    notices: bool  # before points lapse


@dataclass(frozen=True, slots=True)
class MyData:
    """The same as it is stored, with when it was given."""

    language: str | None
    consent: bool
    consent_at: datetime | None
    notices: bool
    verified_at: datetime | None


def of_customer(conn: Connection, company_id: UUID, customer_id: UUID) -> MyData:
    """The choices of a customer."""
    one = (customers.c.company_id == company_id, customers.c.customer_id == customer_id)
    row = conn.execute(select(customers).where(*one)).one()
    return MyData(row.language, row.consent, row.consent_at, not row.mail_off, row.verified_at)


def choose(conn: Connection, company_id: UUID, customer_id: UUID, chosen: Choices, now: datetime) -> None:
    """Stores the choices; a consent keeps the time when it was first given."""
    before = of_customer(conn, company_id, customer_id)
    since = before.consent_at if before.consent and before.consent_at is not None else now
    values = {
        "language": chosen.language,
        "consent": chosen.consent,
        "consent_at": since if chosen.consent else None,
        "mail_off": not chosen.notices,
        "updated_at": now,
    }
    one = (customers.c.company_id == company_id, customers.c.customer_id == customer_id)
    conn.execute(update(customers).where(*one).values(values))
    if chosen.consent:
        consents.give(conn, company_id, customer_id, Text.OFFERS, language=chosen.language, now=now)
    else:
        consents.take_back(conn, company_id, customer_id, now)
