"""Cards as rows and as the rules see them. A card's state changes in `book` only, to what its ledger adds up to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update

from loyalty.card import Card, StampMark
from server.db.columns import microseconds, moment_of
from server.db.tables import cards, customers

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


def load(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> dict[UUID, OpenCard]:
    """The cards with these ids, as they stand, in one query."""
    if not card_ids:
        return {}
    query = (
        select(cards, customers.c.email_hmac, customers.c.phone_hmac)
        .outerjoin(
            customers,
            (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id),
        )
        .where(cards.c.company_id == company_id, cards.c.card_id.in_(card_ids))
    )
    return {row.card_id: _opened(row) for row in conn.execute(query)}


def save(conn: Connection, company_id: UUID, opened: Iterable[OpenCard], now: datetime) -> None:
    """Writes the cards back, all with one statement."""
    rows = [{"of_company": company_id, "of_card": one.card.id, "updated_at": now, **_values(one)} for one in opened]
    if not rows:
        return
    written: dict[str, Any] = {name: bindparam(name) for name in rows[0] if not name.startswith("of_")}
    of_row = (cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    conn.execute(update(cards).where(*of_row).values(written), rows)


def card_of(row: Row[Any]) -> Card:
    """What the rules need of a card's row."""
    return Card(
        id=row.card_id,
        created_at=row.card_created_at,
        marks=tuple(StampMark(UUID(hex=id_), moment_of(at), count) for id_, at, count in row.marks),
        **{name: getattr(row, name) for name in _SAME},
    )


def _opened(row: Row[Any]) -> OpenCard:
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
