"""What customers have agreed to, and take back: which text, in which language, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from server.db.account_tables import consents


class Text(StrEnum):
    """The versions of the sentences that are agreed to; a changed sentence gets the next number."""

    JOINING = "joining-1"  # "Tell me about offers and points about to lapse. I can stop it at any time."
    OFFERS = "offers-1"  # "Send me offers of {company}"


def give(conn: Connection, company_id: UUID, customer_id: UUID, text: Text, *, language: str, now: datetime) -> None:
    """Notes that a customer agrees; nothing if they have already."""
    if conn.execute(select(consents.c.consent_id).where(*_in_force(company_id, customer_id))).first() is not None:
        return
    row = {"company_id": company_id, "consent_id": uuid4(), "customer_id": customer_id, "text_version": text}
    conn.execute(insert(consents).values(row | {"language": language, "created_at": now, "updated_at": now}))


@dataclass(frozen=True, slots=True)
class Consent:
    """What was agreed to, and until when."""

    text_version: str
    language: str
    given_at: datetime
    ended_at: datetime | None


def of_customer(conn: Connection, company_id: UUID, customer_id: UUID) -> Sequence[Consent]:
    """All that a customer has agreed to, the oldest first."""
    theirs = (consents.c.company_id == company_id, consents.c.customer_id == customer_id)
    rows = conn.execute(select(consents).where(*theirs).order_by(consents.c.created_at, consents.c.consent_id))
    return [Consent(row.text_version, row.language, row.created_at, row.ended_at) for row in rows]


def take_back(conn: Connection, company_id: UUID, customer_id: UUID, now: datetime) -> None:
    """Notes that a customer agrees no longer."""
    mine = update(consents).where(*_in_force(company_id, customer_id))
    conn.execute(mine.values(ended_at=now, updated_at=now))


def forget(conn: Connection, company_id: UUID, customer_id: UUID) -> None:
    """Keeps nothing of what a customer has agreed to."""
    theirs = (consents.c.company_id == company_id, consents.c.customer_id == customer_id)
    conn.execute(delete(consents).where(*theirs))


def _in_force(company_id: UUID, customer_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return consents.c.company_id == company_id, consents.c.customer_id == customer_id, consents.c.ended_at.is_(None)
