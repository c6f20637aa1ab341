"""Cards as database rows and as values of the rules. Only `WriteSet.book` changes a card's state, by folding a
transaction.

A row holds the card packed as tills receive it, so that snapshots copy it unread; the other columns serve queries or
stay on the server. Card rows must be written through this module only, because it keeps the sums up to date.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from loyalty.card import Card
from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import cards, directory
from server.ledger.rows.sums import Sums
from sync.protocol.card_packing import card_in, fields_in, packed, unpacked
from sync.protocol.digests import card_bucket, row_hash
from sync.protocol.rows import CardRow, Table

_SENT = (
    cards.c.card_id,
    cards.c.version,
    cards.c.token_hash,
    cards.c.number_hmac,
    cards.c.email_hmac,
    cards.c.phone_hmac,
    cards.c.packed,
)
_BESIDE = (
    cards.c.row_hash,
    cards.c.customer_id,
    cards.c.codes,
    cards.c.codes_key,
    cards.c.deactivated_version,
)


class Codes(NamedTuple):
    """The codes of a card: hashes for look-ups, and the codes encrypted under the company's data key."""

    token_hash: bytes
    number_hmac: bytes
    number_key: int
    number_end: str
    sealed: bytes
    sealed_key: int
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()
    old_codes: tuple[bytes, ...] = ()  # of another program; see `server.ledger.rows.old_codes`


class Contacts(NamedTuple):
    """Look-up hashes of a customer's contacts."""

    email: bytes | None
    phone: bytes | None

    @property
    def known(self) -> frozenset[bytes]:
        return frozenset(one for one in (self.email, self.phone) if one is not None)


NO_CONTACTS = Contacts(None, None)


class Name(NamedTuple):
    """A customer's name, encrypted for the card's id."""

    sealed: bytes | None = None
    key: int = 0


NO_NAME = Name()


@dataclass(slots=True)
class OpenCard:
    """A card loaded for change in a unit of work."""

    card: Card
    version: int
    codes: Codes
    is_retired: bool
    deactivated_version: int | None
    customer_id: UUID | None
    contacts: Contacts
    name: Name
    found_as: tuple[object, ...] = ()  # `identity` when it was loaded
    summed: tuple[str, int] | None = None  # the bucket and hash it has in the sums
    sent: bytes = b""  # the encoded row for tills, once written
    packed: bytes = b""  # the same in compact form
    pooled: bool = False  # a blank reserved by one till to show on its screen

    @property
    def is_erased(self) -> bool:
        """True if its customer was erased: nobody can read its codes any more, which tills still recognise."""
        return not self.codes.sealed

    def add_old_code(self, hashed: bytes) -> None:
        """Has a code of another program lead to the card, when it is written."""
        self.codes = self.codes._replace(old_codes=(*self.codes.old_codes, hashed))

    @property
    def identity(self) -> tuple[object, ...]:
        """The parts that few entries change and that the table's indexes cover."""
        return self.codes, self.is_retired, self.card.is_blank, self.customer_id, self.contacts


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card without transactions; a blank if it has no *created_at*."""

    id: UUID
    codes: Codes
    version: int
    created_at: datetime | None = None
    pooled: bool = False


def of_company(company_id: object) -> Select[Any]:
    """Selects the columns of a company's cards that `sent_bytes` needs; *company_id* may be a named parameter."""
    return select(*_SENT).where(cards.c.company_id == company_id)


def load(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
    """Loads the cards with these ids in one query."""
    return {one.card.id: one for one in map(_opened, _BY_ID.rows(conn, card_ids, company=company_id))}


def load_leading(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
    """Loads the cards that these ids lead to: a card that was merged into another leads to that one."""
    loaded = load(conn, company_id, card_ids)
    while ahead := {one.card.merged_into for one in loaded.values()} - loaded.keys() - {None}:
        loaded |= load(conn, company_id, [one for one in ahead if one is not None])
    return {card_id: _end(loaded, card_id) for card_id in card_ids if card_id in loaded}


def together(conn: Connection, company_id: UUID, card_id: UUID) -> tuple[UUID, ...]:
    """The card that an id leads to, and those that were merged into it; just the id where there is no such card."""
    opened = load_leading(conn, company_id, [card_id]).get(card_id)
    return (card_id,) if opened is None else (opened.card.id, *opened.card.merged)


def _end(loaded: Mapping[UUID, OpenCard], card_id: UUID) -> OpenCard:
    opened = loaded[card_id]
    return opened if opened.card.merged_into is None else _end(loaded, opened.card.merged_into)


def by_numbers(conn: Connection, company_id: UUID, numbers: Collection[bytes]) -> dict[bytes, UUID]:
    """The cards with these look-up hashes of numbers; of the retired ones those that were merged into another."""
    found: dict[bytes, UUID] = {}
    retired: dict[bytes, UUID] = {}
    for row in _BY_NUMBER.rows(conn, numbers, company=company_id):
        (retired if row.is_retired else found)[row.number_hmac] = row.card_id
    others = [card_id for number, card_id in retired.items() if number not in found]
    merged = [one for one in load(conn, company_id, others).values() if one.card.merged_into is not None]
    return found | {one.codes.number_hmac: one.card.id for one in merged}


def save(conn: Connection, company_id: UUID, changed: Iterable[OpenCard], now: datetime, sums: Sums) -> None:
    """Writes the cards back: one statement for their state, and one for those whose identity changed."""
    changed = list(changed)
    for one in changed:
        _count(company_id, one, sums)
    known = {"of_company": company_id, "updated_at": now}
    _save_state.run(conn, [known | _state(one) for one in changed])
    _save_identity.run(conn, [known | _identity(one) for one in changed if one.identity != one.found_as])


def add(conn: Connection, company_id: UUID, new: Iterable[NewCard], now: datetime) -> None:
    """Inserts new cards with one statement, and their sums."""
    rows, sums = [], Sums(company_id)
    row: dict[str, object]
    for one in new:
        card = Card(id=one.id, created_at=one.created_at)
        made = OpenCard(card, one.version, one.codes, False, None, None, NO_CONTACTS, NO_NAME, pooled=one.pooled)
        _count(company_id, made, sums)
        row = {"company_id": company_id, **_state(made), **_identity(made), "created_at": now, "updated_at": now}
        row["card_id"] = row.pop("of_card")
        rows.append(row)
    _add.run(conn, rows)
    sums.write(conn, now)


def _count(company_id: UUID, one: OpenCard, sums: Sums) -> None:
    row = sent_row(one)
    one.sent, one.packed = _encode(row), packed(row)
    counted = card_bucket(one.codes.token_hash), row_hash(_CARD, one.card.id.bytes, one.version, one.sent)
    if one.summed is not None:
        sums.take(_CARD, company_id, *one.summed)
    sums.put(_CARD, company_id, *counted)
    one.summed = counted


def _opened(row: Row[Any]) -> OpenCard:
    card_id, version, token, number, email, phone, data, hashed, customer_id, sealed, sealed_key, off = tuple(row)
    kept = fields_in(data)
    former = (kept.old_tokens, kept.old_numbers, kept.old_codes)
    codes = Codes(token, number, kept.number_key, kept.number_end, sealed, sealed_key, *former)
    contacts = NO_CONTACTS if email is None and phone is None else Contacts(email, phone)
    return OpenCard(
        card=card_in(card_id, kept),
        version=version,
        codes=codes,
        is_retired=kept.retired,
        deactivated_version=off,
        customer_id=customer_id,
        contacts=contacts,
        name=NO_NAME if kept.name is None and not kept.name_key else Name(kept.name, kept.name_key),
        found_as=(codes, kept.retired, kept.created_at is None, customer_id, contacts),
        summed=(card_bucket(token), hashed),
        pooled=kept.pooled,
    )


def row_in(row: Row[Any]) -> CardRow:
    """Decodes a row of `of_company` as tills receive it; raises like `sync.protocol.card_packing.unpacked`."""
    return unpacked(
        row.packed,
        card_id=row.card_id,
        token=row.token_hash,
        number=row.number_hmac,
        email=row.email_hmac,
        phone=row.phone_hmac,
    )


def sent_bytes(row: Row[Any]) -> bytes:
    """The bytes that tills receive for a row of `of_company`."""
    return _encode(row_in(row))


def sent_row(opened: OpenCard) -> CardRow:
    """The card as tills receive it: codes hashed, name and contacts encrypted."""
    card, codes = opened.card, opened.codes
    return CardRow(
        id=card.id,
        token=codes.token_hash,
        number=codes.number_hmac,
        number_key=codes.number_key,
        number_end=codes.number_end,
        old_tokens=codes.old_tokens,
        old_numbers=codes.old_numbers,
        old_codes=codes.old_codes,
        retired=opened.is_retired,
        erased=opened.is_erased,
        pooled=opened.pooled and card.is_blank,
        name=opened.name.sealed,
        name_key=opened.name.key,
        email=opened.contacts.email,
        phone=opened.contacts.phone,
        created_at=card.created_at,
        is_active=card.is_active,
        stamp_count=card.stamp_count,
        total_stamps_earned=card.total_stamps_earned,
        stamps_redeemed=card.stamps_redeemed,
        points_balance=card.points_balance,
        total_points_earned=card.total_points_earned,
        points_redeemed=card.points_redeemed,
        welcome_given=card.welcome_given,
        last_points_at=card.last_points_at,
        last_redemption_at=card.last_redemption_at,
        last_activity_at=card.last_activity_at,
        enrolled_at_store=card.enrolled_at_store,
        marks=card.marks,
        merged=card.merged,
        merged_into=card.merged_into,
    )


def _state(opened: OpenCard) -> dict[str, object]:
    assert opened.summed is not None, "sums are updated before the row is written"
    return {
        "of_card": opened.card.id,
        "version": opened.version,
        "packed": opened.packed,
        "row_hash": opened.summed[1],
        "deactivated_version": opened.deactivated_version,
        "stamp_count": opened.card.stamp_count,
        "points_balance": opened.card.points_balance,
    }


def _identity(opened: OpenCard) -> dict[str, object]:
    codes = opened.codes
    return {
        "of_card": opened.card.id,
        "customer_id": opened.customer_id,
        "token_hash": codes.token_hash,
        "number_hmac": codes.number_hmac,
        "codes": codes.sealed,
        "codes_key": codes.sealed_key,
        "email_hmac": opened.contacts.email,
        "phone_hmac": opened.contacts.phone,
        "is_blank": opened.card.is_blank and not opened.is_retired and not opened.pooled,
        "is_retired": opened.is_retired,
        "was_replaced": bool(codes.old_tokens or codes.old_codes),
    }


def _saving(names: tuple[str, ...]) -> Batch:
    values: dict[str, Any] = {name: bindparam(name) for name in (*names, "updated_at")}
    of_card = (cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    return Batch(update(cards).where(*of_card).values(values))


_BY_ID = Lookup(of_company(bindparam("company")).add_columns(*_BESIDE), cards.c.card_id)
BY_TOKEN = Lookup(
    select(directory.c.hash, directory.c.card_id).where(directory.c.company_id == bindparam("company")),
    directory.c.hash,
)
_BY_NUMBER = Lookup(
    select(cards.c.number_hmac, cards.c.card_id, cards.c.is_retired).where(cards.c.company_id == bindparam("company")),
    cards.c.number_hmac,
)
_CARD = Table.CARD  # slow to look up in its class, for every card
_encode = msgspec.json.Encoder().encode
# SQLite rewrites every index on a column named here, even if unchanged; that was a third of an entry's cost.
_save_state = _saving(("version", "packed", "row_hash", "deactivated_version", "stamp_count", "points_balance"))
_save_identity = _saving(
    (
        "customer_id",
        "token_hash",
        "number_hmac",
        "codes",
        "codes_key",
        "email_hmac",
        "phone_hmac",
        "is_blank",
        "is_retired",
        "was_replaced",
    )
)
_add = Batch(insert(cards))
