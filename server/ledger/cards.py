"""Cards as rows and as the rules see them. A card's state changes in `book` only, to what its ledger adds up to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from loyalty.card import Card, StampMark
from server.db.batches import Batch
from server.db.columns import microseconds, moment_of
from server.db.tables import cards, customers
from sync.rows import CardRow

_SAME = (
    "is_active",
    "stamp_count",
    "total_stamps_earned",
    "stamps_redeemed",
    "points_balance",
    "total_points_earned",
    "points_redeemed",
    "welcome_given",
    "last_points_at",
    "last_redemption_at",
    "last_activity_at",
    "enrolled_at_store",
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


def with_customers() -> Select[Any]:
    """Everything of cards that `opened` needs."""
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    of_customer = (
        customers.c.name.label("customer_name"),
        customers.c.name_key,
        customers.c.email_hmac,
        customers.c.phone_hmac,
    )
    return select(cards, *of_customer).outerjoin(customers, whose)


def load(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
    """The cards with these ids, as they stand, in one query."""
    if not card_ids:
        return {}
    query = with_customers().where(cards.c.company_id == company_id, cards.c.card_id.in_(card_ids))
    return {row.card_id: opened(row) for row in conn.execute(query)}


def save(conn: Connection, company_id: UUID, changed: Iterable[OpenCard], now: datetime) -> None:
    """Writes the cards back, all with one statement."""
    _save.run(
        conn, [{"of_company": company_id, "of_card": one.card.id, "updated_at": now, **_values(one)} for one in changed]
    )


def card_of(row: Row[Any]) -> Card:
    """What the rules need of a card's row."""
    return Card(
        id=row.card_id,
        created_at=row.card_created_at,
        marks=tuple(StampMark(UUID(hex=id_), moment_of(at), count) for id_, at, count in row.marks),
        **{name: getattr(row, name) for name in _SAME},
    )


def opened(row: Row[Any]) -> OpenCard:
    """The card in a row of `with_customers`."""
    old = row.old_codes or {"tokens": (), "numbers": ()}
    return OpenCard(
        card=card_of(row),
        version=row.version,
        codes=Codes(
            token_hash=row.token_hash,
            number_hmac=row.number_hmac,
            number_key=row.number_key,
            number_end=row.number_end,
            sealed=row.codes,
            sealed_key=row.codes_key,
            old_tokens=tuple(map(bytes.fromhex, old["tokens"])),
            old_numbers=tuple(map(bytes.fromhex, old["numbers"])),
        ),
        is_retired=row.is_retired,
        deactivated_version=row.deactivated_version,
        customer_id=row.customer_id,
        contacts=Contacts(row.email_hmac, row.phone_hmac),
        name=Name(row.customer_name, row.name_key or 0),
    )


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


def _values(opened: OpenCard) -> dict[str, object]:
    card, codes = opened.card, opened.codes
    old = {"tokens": [one.hex() for one in codes.old_tokens], "numbers": [one.hex() for one in codes.old_numbers]}
    return {
        "version": opened.version,
        "customer_id": opened.customer_id,
        "token_hash": codes.token_hash,
        "number_hmac": codes.number_hmac,
        "number_key": codes.number_key,
        "number_end": codes.number_end,
        "codes": codes.sealed,
        "codes_key": codes.sealed_key,
        "old_codes": old if codes.old_tokens else None,
        "is_retired": opened.is_retired,
        "deactivated_version": opened.deactivated_version,
        "card_created_at": card.created_at,
        "marks": [[one.transaction_id.hex, microseconds(one.occurred_at), one.count] for one in card.marks],
        **{name: getattr(card, name) for name in _SAME},
    }


_CHANGED = (
    *_SAME,
    "version",
    "customer_id",
    "token_hash",
    "number_hmac",
    "number_key",
    "number_end",
    "codes",
    "codes_key",
    "old_codes",
    "is_retired",
    "deactivated_version",
    "card_created_at",
    "marks",
    "updated_at",
)
_save = Batch(
    update(cards)
    .where(cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    .values({name: bindparam(name) for name in _CHANGED})
)
