"""The card and the customer of a session, for what changes them."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from server.cards.decrypted_texts import contact_of
from server.customers.customer_sessions import CustomerSession
from server.db.lookups import Query
from server.db.tables import customers
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.refusals import No, Refused

_CUSTOMER = Query(
    select(customers).where(
        customers.c.company_id == bindparam("company"), customers.c.customer_id == bindparam("customer")
    )
)


def opened(conn: Connection, company_id: UUID, session: CustomerSession) -> OpenCard:
    """The card, as the unit of work may change it."""
    found = card_rows.load(conn, company_id, [session.card_id]).get(session.card_id)
    if found is None or found.is_retired or found.is_erased:
        raise Refused(No.CARD_UNKNOWN)
    return found


def customer(conn: Connection, company_id: UUID, session: CustomerSession) -> Any:
    """The customer's row."""
    return customer_row(conn, company_id, session.customer_id)


def customer_row(conn: Connection, company_id: UUID, customer_id: UUID) -> Any:
    """The row of any customer of the company."""
    row = _CUSTOMER.first(conn, company=company_id, customer=customer_id)
    assert row is not None, "cards and sessions name customers that there are"
    return row


def email(conn: Connection, company_id: UUID, keys: CompanyKeys, session: CustomerSession) -> str | None:
    """The customer's e-mail address."""
    row = customer(conn, company_id, session)
    return contact_of(row.customer_id, row.email, keys)


def all_ids(opened: OpenCard) -> tuple[UUID, ...]:
    """The card with those that have gone into it."""
    return (opened.card.id, *opened.card.merged)
