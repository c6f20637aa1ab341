"""Personal fields of an enrolment: read from the side row and stored in `customers`. Plain contacts must not leave
here."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import structs
from sqlalchemy import Connection, bindparam, select, update

from loyalty.texts import BYTES_A_CHAR, NAME_CHARS_MAX, NOTE_CHARS_MAX, clean
from server.db.lookups import Lookup
from server.db.tables import cards, customers
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import NO_CONTACTS, NO_NAME, Contacts, Name
from sync.protocol.entries import Contact, Side, Unreadable, decode_side
from sync.protocol.personal_text import Personal, joined, parted
from sync.protocol.sealing import (
    NONCE_BYTES,
    TAG_BYTES,
    Key,
    Purpose,
    SealingKey,
    Unopenable,
    decrypt,
    email_hmac,
    encrypt,
    normal_email,
    normal_phone,
    phone_hmac,
    unseal,
)

_NAME_BYTES_MAX = NONCE_BYTES + (NAME_CHARS_MAX + 1 + NOTE_CHARS_MAX) * BYTES_A_CHAR + TAG_BYTES
_LANGUAGE_CHARS_MAX = 35  # the longest tag that BCP 47 requires to be supported


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The enrolled person as read from a side row; `is_torn` if the row is damaged."""

    side: Side | None
    email: str | None
    phone: str | None
    contacts: Contacts
    is_torn: bool

    @property
    def is_somebody(self) -> bool:
        """True if there is a name or contact to store."""
        return self.side is not None and bool(self.contacts.known or self.side.name)

    @property
    def renames(self) -> bool:
        """True if the side row has a name, possibly an empty one."""
        return self.side is not None and self.side.name is not None

    @property
    def reaches_anew(self) -> bool:
        """True if the side row has a contact, possibly an empty one."""
        return self.side is not None and self.side.contact is not None

    def differs_from(self, former: Contacts) -> bool:
        """True if it names other contacts than an enrolment before; without contacts it differs from nothing."""
        new, old = self.contacts.known, former.known
        return bool(new and old) and not new & old

    @property
    def name(self) -> Name:
        """The name for the card's row."""
        return NO_NAME if self.side is None else Name(self.side.name, self.side.name_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody's fields in clear; contacts are normalised."""

    name: str
    email: str | None
    phone: str | None
    language: str | None
    consent: bool


def enrolment_of(person: Person, contacts: Contacts, card_id: UUID, data: Key) -> Enrolment:
    """The enrolment of somebody who was typed in or imported; their name is encrypted for the card."""
    name = encrypt(data, card_id, joined(Personal(person.name))) if person.name else None
    side = Side(salt=b"", name=name, name_key=data.id if name else 0, language=person.language, consent=person.consent)
    return Enrolment(side, person.email, person.phone, contacts, is_torn=False)


@dataclass(frozen=True, slots=True)
class CustomerEdit:
    """New values for some fields of one customer's row."""

    company_id: UUID
    customer_id: UUID
    values: dict[str, object]

    def write(self, conn: Connection) -> None:
        """Writes them."""
        one = (customers.c.company_id == self.company_id, customers.c.customer_id == self.customer_id)
        conn.execute(update(customers).where(*one).values(self.values))


@dataclass(frozen=True, slots=True)
class Opener:
    """Decrypts side rows and computes the look-up hashes of contacts."""

    sealing: SealingKey
    keys: CompanyKeys
    country: str

    def open(self, data: bytes | None, promised: bytes | None) -> Enrolment:
        """Reads the enrolment in a side row; a row that belongs to another entry or cannot be decrypted is torn."""
        if data is None:
            return Enrolment(None, None, None, NO_CONTACTS, is_torn=False)  # already erased on the till
        try:
            if sha256(data).digest() != promised:
                raise Unreadable("another entry's side")
            side = decode_side(data)
            if not _can_be_kept(side):
                raise Unreadable("no till writes this")
        except Unreadable:
            return Enrolment(None, None, None, NO_CONTACTS, is_torn=True)
        if side.contact is None:
            return Enrolment(side, None, None, NO_CONTACTS, is_torn=False)
        try:
            contact = _contact.decode(unseal(self.sealing, side.contact, Purpose.CONTACT))
        except (Unopenable, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return Enrolment(side, None, None, NO_CONTACTS, is_torn=True)
        email = None if contact.email is None else normal_email(contact.email)
        phone = None if contact.phone is None else normal_phone(contact.phone, self.country)
        lookup = self.keys.lookup
        contacts = Contacts(
            None if email is None else email_hmac(lookup, email),
            None if phone is None else phone_hmac(lookup, phone, self.country),
        )
        is_torn = (email is None) != (contact.email is None) or (phone is None) != (contact.phone is None)
        return Enrolment(side, email, phone, contacts, is_torn=is_torn)

    def for_card(self, enrolment: Enrolment, card_id: UUID, written_for: UUID | None = None) -> Enrolment:
        """The enrolment with a normalised name, encrypted for the card under the present key, which newer tills have.

        It was *written_for* another card where that was merged into this one. A name that is too long or has no visible
        characters is omitted, and the enrolment counts as torn.
        """
        side, data = enrolment.side, self.keys.data
        if side is None or side.name is None:
            return enrolment
        key = self.keys.data_with(side.name_key)
        try:
            text = None if key is None else decrypt(key, written_for or card_id, side.name)
        except (Unopenable, UnicodeDecodeError):
            text = None
        if text is None and len(side.name) <= _NAME_BYTES_MAX:
            return enrolment  # keeps the name as received
        kept = None if text is None else _as_kept(text)
        if kept is None:
            return replace(enrolment, side=structs.replace(side, name=None, name_key=0), is_torn=True)
        if kept == text and side.name_key == data.id and written_for in (None, card_id):
            return enrolment
        return replace(enrolment, side=structs.replace(side, name=encrypt(data, card_id, kept), name_key=data.id))

    def edited(self, company_id: UUID, customer_id: UUID, enrolment: Enrolment, now: datetime) -> "CustomerEdit":
        """The fields of a customer's row that an edit names. A new contact is not verified."""
        side = enrolment.side
        assert side is not None, "nothing to edit"
        values: dict[str, object] = {"updated_at": now}
        if enrolment.renames:
            values |= {"name": side.name, "name_key": side.name_key}
        if enrolment.reaches_anew:
            values |= {
                "email": self._closed(customer_id, enrolment.email),
                "email_hmac": enrolment.contacts.email,
                "phone": self._closed(customer_id, enrolment.phone),
                "phone_hmac": enrolment.contacts.phone,
                "verified_at": None,
                "undeliverable_at": None,
                "consent": side.consent,
            }
        if side.language is not None:
            values["language"] = side.language
        return CustomerEdit(company_id, customer_id, values)

    def _closed(self, customer_id: UUID, text: str | None) -> bytes | None:
        return None if text is None else encrypt(self.keys.data, customer_id, text)

    def customer(self, company_id: UUID, entry_id: UUID, enrolment: Enrolment, now: datetime) -> dict[str, object]:
        """The row of a new customer. The name stays encrypted for the card's id."""
        side = enrolment.side
        assert side is not None, "only an enrolment with personal fields becomes a customer"
        customer_id = customer_id_of(entry_id)

        return {
            "company_id": company_id,
            "customer_id": customer_id,
            "name": side.name,
            "name_key": side.name_key,
            "email": self._closed(customer_id, enrolment.email),
            "email_hmac": enrolment.contacts.email,
            "phone": self._closed(customer_id, enrolment.phone),
            "phone_hmac": enrolment.contacts.phone,
            "verified_at": None,
            "language": side.language,
            "consent": side.consent,
            "consent_at": None,
            "mail_off": False,
            "undeliverable_at": None,
            "created_at": now,
            "updated_at": now,
        }


def _as_kept(text: str) -> str | None:
    """Name and note, normalised; None if one is too long or has no visible characters."""
    typed = parted(text)
    kept = Personal(clean(typed.name), clean(typed.note))
    fits = len(kept.name) <= NAME_CHARS_MAX and len(kept.note) <= NOTE_CHARS_MAX
    is_seen = all(bool(after) == bool(before) for after, before in zip(kept, typed, strict=True))
    return joined(kept) if fits and is_seen else None


def _can_be_kept(side: Side) -> bool:
    """True if the fields fit their columns on every database; tills write no others."""
    language = side.language or ""
    return 0 <= side.name_key < 2**31 and len(language) <= _LANGUAGE_CHARS_MAX and language.isprintable()


def customer_id_of(entry_id: UUID) -> UUID:
    """The customer id of an enrolment, derived from its entry so that repetitions give the same id."""
    return uuid5(entry_id, "customer")


def active_cards_with(conn: Connection, company_id: UUID, contacts: Collection[bytes]) -> dict[bytes, set[UUID]]:
    """The active cards whose customers have one of these contacts, by contact.

    Customers come first: joined, SQLite would look at the customer of every card.
    """
    found: dict[bytes, set[UUID]] = {one: set() for one in contacts}
    people = dict.fromkeys(
        row.customer_id for whose in (_BY_EMAIL, _BY_PHONE) for row in whose.rows(conn, found, company=company_id)
    )
    for card in map(card_rows.row_in, _CARDS_OF.rows(conn, people, company=company_id)):
        if card.is_active and card.created_at is not None:
            for one in (card.email, card.phone):
                if one in found:
                    found[one].add(card.id)
    return found


_contact = msgspec.json.Decoder(Contact)
_COMPANY: Any = bindparam("company")
_PEOPLE = select(customers.c.customer_id).where(customers.c.company_id == _COMPANY)
_BY_EMAIL, _BY_PHONE = Lookup(_PEOPLE, customers.c.email_hmac), Lookup(_PEOPLE, customers.c.phone_hmac)
_CARDS_OF = Lookup(card_rows.of_company(_COMPANY), cards.c.customer_id)
