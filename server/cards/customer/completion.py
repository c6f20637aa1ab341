"""The customer of two cards that become one: that of the card that stays, completed by what the other one's row has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, select, update

from server.cards.decrypted_texts import contact_of, personal_of
from server.db.account_tables import code_challenges, consents, customer_sessions
from server.db.lookups import Lookup
from server.db.tables import customers
from server.db.work_tables import mails
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import NO_CONTACTS, NO_NAME, Contacts, Name, OpenCard
from sync.protocol.personal_text import Personal, joined
from sync.protocol.sealing import encrypt


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address or a phone number as somebody's row has it; without a text it cannot be opened."""

    text: str | None
    hashed: bytes
    sealed: bytes
    whose: UUID

    def sealed_for(self, customer_id: UUID, keys: CompanyKeys) -> bytes:
        """The contact as the row of this customer has it."""
        if self.whose == customer_id or self.text is None:
            return self.sealed
        return encrypt(keys.data, customer_id, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer's row in clear; without an id there is none."""

    id: UUID | None = None
    name: str = ""
    note: str = ""
    email: Contact | None = None
    phone: Contact | None = None
    verified_at: datetime | None = None
    language: str | None = None
    consent: bool = False
    consent_at: datetime | None = None
    mail_off: bool = False
    undeliverable_at: datetime | None = None

    @property
    def is_reached(self) -> bool:
        """True if there is a contact."""
        return self.email is not None or self.phone is not None


def of_card(conn: Connection, company_id: UUID, opened: OpenCard, keys: CompanyKeys) -> Person:
    """The customer of a card."""
    personal = personal_of(card_rows.sent_row(opened), keys)
    rows = {} if opened.customer_id is None else _rows(conn, company_id, opened.customer_id)
    row = None if opened.customer_id is None else rows.get(opened.customer_id)
    if row is None:
        return Person(name=personal.name, note=personal.note)
    return Person(
        id=row.customer_id,
        name=personal.name,
        note=personal.note,
        email=_contact(row.customer_id, row.email, row.email_hmac, keys),
        phone=_contact(row.customer_id, row.phone, row.phone_hmac, keys),
        verified_at=row.verified_at,
        language=row.language,
        consent=row.consent,
        consent_at=row.consent_at,
        mail_off=row.mail_off,
        undeliverable_at=row.undeliverable_at,
    )


def completed(one: Person, other: Person) -> Person:
    """The customer of the card that stays, completed where something is missing.

    A contact that was only typed is not put beside one that was verified: it would seem verified too.
    """
    adds = not one.is_reached or one.verified_at is None or other.verified_at is not None
    email, phone = (contact if adds and _can_be_read(contact) else None for contact in (other.email, other.phone))
    found = replace(
        one,
        id=one.id or other.id,
        name=one.name or other.name,
        note=one.note or other.note,
        language=one.language or other.language,
        email=one.email or email,
        phone=one.phone or phone,
        verified_at=one.verified_at if one.is_reached else other.verified_at,
    )
    if one.email is not None or found.email is None:
        return found
    return replace(
        found,
        consent=other.consent,
        consent_at=other.consent_at,
        mail_off=other.mail_off,
        undeliverable_at=other.undeliverable_at,
    )


def join(
    conn: Connection,
    company_id: UUID,
    keys: CompanyKeys,
    whose: tuple[OpenCard, OpenCard],
    found: Person,
    *,
    now: datetime,
) -> None:
    """Makes *found* the customer of the first card, and takes the second one's away, whose sessions end.

    The cards' rows are written with the merge.
    """
    stays, goes = whose
    gone = goes.customer_id
    goes.customer_id, goes.contacts, goes.name = None, NO_CONTACTS, NO_NAME
    if found.id is None:
        return
    text = joined(Personal(found.name, found.note))
    stays.customer_id = found.id
    if text:
        stays.name = Name(encrypt(keys.data, stays.card.id, text), keys.data.id)
    stays.contacts = Contacts(_hash_of(found.email), _hash_of(found.phone))
    one = (customers.c.company_id == company_id, customers.c.customer_id == found.id)
    conn.execute(update(customers).where(*one).values({**_values(found, stays, keys), "updated_at": now}))
    if gone is not None and gone != found.id:
        sent = (mails.c.company_id == company_id, mails.c.customer_id == gone)
        conn.execute(update(mails).where(*sent).values(customer_id=found.id, updated_at=now))
        if found.consent:  # what was agreed to goes on with the one who stays
            agreed = (consents.c.company_id == company_id, consents.c.customer_id == gone)
            conn.execute(update(consents).where(*agreed).values(customer_id=found.id, updated_at=now))
        for table in (customer_sessions, code_challenges, consents, customers):
            conn.execute(delete(table).where(table.c.company_id == company_id, table.c.customer_id == gone))


def _values(found: Person, stays: OpenCard, keys: CompanyKeys) -> Mapping[str, object]:
    assert found.id is not None, "a row has an id"
    return {
        "name": stays.name.sealed,
        "name_key": stays.name.key,
        "email": None if found.email is None else found.email.sealed_for(found.id, keys),
        "email_hmac": stays.contacts.email,
        "phone": None if found.phone is None else found.phone.sealed_for(found.id, keys),
        "phone_hmac": stays.contacts.phone,
        "verified_at": found.verified_at,
        "language": found.language,
        "consent": found.consent,
        "consent_at": found.consent_at,
        "mail_off": found.mail_off,
        "undeliverable_at": found.undeliverable_at,
    }


def _contact(customer_id: UUID, sealed: bytes | None, hashed: bytes | None, keys: CompanyKeys) -> Contact | None:
    if sealed is None or hashed is None:
        return None
    return Contact(contact_of(customer_id, sealed, keys), hashed, sealed, customer_id)


def _can_be_read(contact: Contact | None) -> bool:
    return contact is not None and contact.text is not None


def _hash_of(contact: Contact | None) -> bytes | None:
    return None if contact is None else contact.hashed


def _rows(conn: Connection, company_id: UUID, customer_id: UUID) -> dict[UUID, Any]:
    return {row.customer_id: row for row in _CUSTOMERS.rows(conn, [customer_id], company=company_id)}


_CUSTOMERS = Lookup(select(customers).where(customers.c.company_id == bindparam("company")), customers.c.customer_id)
