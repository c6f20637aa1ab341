"""Cards as rows and as the rules see them. A card's state changes in `book` only, to what its ledger adds up to.

A row keeps what tills get of the card, packed, so that a snapshot copies cards and reads none. Columns beside it are
what queries ask for, and what no till gets. Nobody else adds or changes a card's row: here the sums follow what is
written.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from loyalty.card import Card
from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import cards
from server.ledger.rows.sums import Sums
from sync.protocol.card_packing import packed, unpacked
from sync.protocol.digests import card_bucket, row_hash
from sync.protocol.rows import CardRow, Table, card_of

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


@dataclass(frozen=True, slots=True)
class Codes:
    """What leads to a card: hashes for look-ups, and the codes themselves under the company's data key."""

    token_hash: bytes
    number_hmac: bytes
    number_key: int
    number_end: str
    sealed: bytes
    sealed_key: int
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whose card it is, as far as look-ups go."""

    email: bytes | None
    phone: bytes | None

    @property
    def known(self) -> frozenset[bytes]:
        return frozenset(one for one in (self.email, self.phone) if one is not None)


NO_CONTACTS = Contacts(None, None)


@dataclass(frozen=True, slots=True)
class Name:
    """What the customer is called, as kept: closed for the card's id."""

    sealed: bytes | None = None
    key: int = 0


NO_NAME = Name()


@dataclass(slots=True)
class OpenCard:
    """A card while a unit of work is at it."""

    card: Card
    version: int
    codes: Codes
    is_retired: bool
    deactivated_version: int | None
    customer_id: UUID | None
    contacts: Contacts
    name: Name
    found_as: tuple[object, ...] = ()  # `whose` when it was read
    summed: tuple[str, int] | None = None  # the bucket and the hash it is in the sums with
    sent: bytes = b""  # its row's bytes as tills get it, once it has been written
    packed: bytes = b""  # the same in few bytes
    pooled: bool = False  # a blank that one till shows on its screen

    @property
    def whose(self) -> tuple[object, ...]:
        """What few entries change, and what the table's indexes are made of."""
        return self.codes, self.is_retired, self.card.is_blank, self.customer_id


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card that nothing has happened to; without *created_at* a blank."""

    id: UUID
    codes: Codes
    version: int
    created_at: datetime | None = None
    pooled: bool = False


def of_company(company_id: object) -> Select[Any]:
    """What tills get of a company's cards, for `sent_bytes`; *company_id* may be a named value."""
    return select(*_SENT).where(cards.c.company_id == company_id)


def load(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
    """The cards with these ids, as they stand, in one query."""
    return {one.card.id: one for one in map(_opened, _BY_ID.rows(conn, card_ids, company=company_id))}


def save(conn: Connection, company_id: UUID, changed: Iterable[OpenCard], now: datetime, sums: Sums) -> None:
    """Writes the cards back: their state with one statement, and with another what few of them have changed."""
    changed = list(changed)
    for one in changed:
        _count(company_id, one, sums)
    known = {"of_company": company_id, "updated_at": now}
    _save_state.run(conn, [known | _state(one) for one in changed])
    _save_whose.run(conn, [known | _whose(one) for one in changed if one.whose != one.found_as])


def add(conn: Connection, company_id: UUID, new: Iterable[NewCard], now: datetime) -> None:
    """Writes new cards, all with one statement, and their sums."""
    rows, sums = [], Sums(company_id)
    row: dict[str, object]
    for one in new:
        card = Card(id=one.id, created_at=one.created_at)
        made = OpenCard(card, one.version, one.codes, False, None, None, NO_CONTACTS, NO_NAME, pooled=one.pooled)
        _count(company_id, made, sums)
        row = {"company_id": company_id, **_state(made), **_whose(made), "created_at": now, "updated_at": now}
        row["card_id"] = row.pop("of_card")
        rows.append(row)
    _add.run(conn, rows)
    sums.write(conn, now)


def _count(company_id: UUID, one: OpenCard, sums: Sums) -> None:
    row = sent_row(one)
    one.sent, one.packed = _encode(row), packed(row)
    counted = card_bucket(one.codes.token_hash), row_hash(Table.CARD, one.card.id.bytes, one.version, one.sent)
    if one.summed is not None:
        sums.take(Table.CARD, company_id, *one.summed)
    sums.put(Table.CARD, company_id, *counted)
    one.summed = counted


def _opened(row: Row[Any]) -> OpenCard:
    card_id, version, token, number, email, phone, data, hashed, customer_id, sealed, sealed_key, off = tuple(row)
    sent = unpacked(data, card_id=card_id, token=token, number=number, email=email, phone=phone)
    codes = Codes(
        token, number, sent.number_key, sent.number_end, sealed, sealed_key, sent.old_tokens, sent.old_numbers
    )
    return OpenCard(
        card=card_of(sent),
        version=version,
        codes=codes,
        is_retired=sent.retired,
        deactivated_version=off,
        customer_id=customer_id,
        contacts=NO_CONTACTS if email is None and phone is None else Contacts(email, phone),
        name=NO_NAME if sent.name is None and not sent.name_key else Name(sent.name, sent.name_key),
        found_as=(codes, sent.retired, sent.created_at is None, customer_id),
        summed=(card_bucket(token), hashed),
        pooled=sent.pooled,
    )


def row_in(row: Row[Any]) -> CardRow:
    """The card in a row of `of_company`, as tills get it; raises as `sync.protocol.card_packing.unpacked`."""
    return unpacked(
        row.packed,
        card_id=row.card_id,
        token=row.token_hash,
        number=row.number_hmac,
        email=row.email_hmac,
        phone=row.phone_hmac,
    )


def sent_bytes(row: Row[Any]) -> bytes:
    """The bytes that tills get of a row of `of_company`."""
    return _encode(row_in(row))


def sent_row(opened: OpenCard) -> CardRow:
    """The card as tills get it: codes as hashes, name and contacts as they are kept."""
    card, codes = opened.card, opened.codes
    return CardRow(
        id=card.id,
        token=codes.token_hash,
        number=codes.number_hmac,
        number_key=codes.number_key,
        number_end=codes.number_end,
        old_tokens=codes.old_tokens,
        old_numbers=codes.old_numbers,
        retired=opened.is_retired,
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
    )


def _state(opened: OpenCard) -> dict[str, object]:
    assert opened.summed is not None, "counted before it is written"
    return {
        "of_card": opened.card.id,
        "version": opened.version,
        "packed": opened.packed,
        "row_hash": opened.summed[1],
        "deactivated_version": opened.deactivated_version,
        "stamp_count": opened.card.stamp_count,
        "points_balance": opened.card.points_balance,
    }


def _whose(opened: OpenCard) -> dict[str, object]:
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
        "was_replaced": bool(codes.old_tokens),
    }


def _saving(names: tuple[str, ...]) -> Batch:
    values: dict[str, Any] = {name: bindparam(name) for name in (*names, "updated_at")}
    of_card = (cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    return Batch(update(cards).where(*of_card).values(values))


_BY_ID = Lookup(of_company(bindparam("company")).add_columns(*_BESIDE), cards.c.card_id)
_encode = msgspec.json.Encoder().encode
# SQLite moves a row in every index that has a column named here, changed or not: a third of what an entry cost.
_save_state = _saving(("version", "packed", "row_hash", "deactivated_version", "stamp_count", "points_balance"))
_save_whose = _saving(
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
