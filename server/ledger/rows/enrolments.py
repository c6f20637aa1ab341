"""The personal fields of an enrolment: out of the side row, into `customers`. Plain contacts never leave here."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, or_

from server.db.tables import cards, customers
from server.keys import CompanyKeys
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import NO_CONTACTS, NO_NAME, Contacts, Name
from sync.protocol.entries import Contact, Side, Unreadable, decode_side
from sync.protocol.sealing import Purpose, SealingKey, Unopenable, decrypt, email_hmac, encrypt, phone_hmac, unseal

_LANGUAGE_CHARS_MAX = 35  # the longest tag that BCP 47 asks anybody to keep


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who is enrolled, as far as the side row tells; `is_torn` when it tells less than it should."""

    side: Side | None
    email: str | None
    phone: str | None
    contacts: Contacts
    is_torn: bool

    @property
    def is_somebody(self) -> bool:
        """Whether there is anything to keep."""
        return self.side is not None and bool(self.contacts.known or self.side.name)

    @property
    def name(self) -> Name:
        """What the card's row gets of the name."""
        return NO_NAME if self.side is None else Name(self.side.name, self.side.name_key)


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens sides and finds the same contact again."""

    sealing: SealingKey
    keys: CompanyKeys
    country: str

    def open(self, data: bytes | None, promised: bytes | None) -> Enrolment:
        """The enrolment in a side row; one that is not the entry's own, or does not open, is left alone."""
        if data is None:
            return Enrolment(None, None, None, NO_CONTACTS, is_torn=False)  # erased on the till already
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
        except (Unopenable, msgspec.MsgspecError, UnicodeDecodeError):
            return Enrolment(side, None, None, NO_CONTACTS, is_torn=True)
        lookup = self.keys.lookup
        contacts = Contacts(
            None if contact.email is None else email_hmac(lookup, contact.email),
            None if contact.phone is None else phone_hmac(lookup, contact.phone, self.country),
        )
        return Enrolment(side, contact.email, contact.phone, contacts, is_torn=False)

    def under_the_present_key(self, enrolment: Enrolment, card_id: UUID) -> Enrolment:
        """A till that was out of contact may have closed the name with a key that newer tills never had."""
        side, data = enrolment.side, self.keys.data
        if side is None or side.name is None or side.name_key == data.id:
            return enrolment
        former = self.keys.data_with(side.name_key)
        if former is None:
            return enrolment
        try:
            name = encrypt(data, card_id, decrypt(former, card_id, side.name))
        except Unopenable:
            return enrolment  # it stays as it came
        return replace(enrolment, side=msgspec.structs.replace(side, name=name, name_key=data.id))

    def customer(self, company_id: UUID, entry_id: UUID, enrolment: Enrolment, now: datetime) -> dict[str, object]:
        """The row of a new customer. The name stays as it came: it is closed for the card's id."""
        side = enrolment.side
        assert side is not None, "nobody to write down"
        customer_id = customer_id_of(entry_id)

        def closed(text: str | None) -> bytes | None:
            return None if text is None else encrypt(self.keys.data, customer_id, text)

        return {
            "company_id": company_id,
            "customer_id": customer_id,
            "name": side.name,
            "name_key": side.name_key,
            "email": closed(enrolment.email),
            "email_hmac": enrolment.contacts.email,
            "phone": closed(enrolment.phone),
            "phone_hmac": enrolment.contacts.phone,
            "is_verified": False,
            "language": side.language,
            "consent": side.consent,
            "created_at": now,
            "updated_at": now,
        }


def _can_be_kept(side: Side) -> bool:
    """What the columns hold on every database; anything else is no till's doing."""
    language = side.language or ""
    return 0 <= side.name_key < 2**31 and len(language) <= _LANGUAGE_CHARS_MAX and language.isprintable()


def customer_id_of(entry_id: UUID) -> UUID:
    """The customer that an enrolment makes: the same at every repetition."""
    return uuid5(entry_id, "customer")


def active_cards_with(conn: Connection, company_id: UUID, contacts: Collection[bytes]) -> dict[bytes, set[UUID]]:
    """The active cards whose customers can be reached by one of these contacts, in one query."""
    found: dict[bytes, set[UUID]] = {one: set() for one in contacts}
    if not contacts:
        return found
    whose = (cards.c.company_id == customers.c.company_id) & (cards.c.customer_id == customers.c.customer_id)
    reached = or_(customers.c.email_hmac.in_(contacts), customers.c.phone_hmac.in_(contacts))
    query = card_rows.of_company(company_id).join(customers, whose).where(customers.c.company_id == company_id, reached)
    for card in map(card_rows.row_in, conn.execute(query)):
        if card.is_active and card.created_at is not None:
            for one in (card.email, card.phone):
                if one in found:
                    found[one].add(card.id)
    return found


_contact = msgspec.json.Decoder(Contact)
