"""A company's cards as bytes for tills, a million of them in seconds: the same bytes as the feed's, by a shorter way.

Values come from the driver as they are stored; tests compare the bytes with the feed's.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, select, type_coerce
from sqlalchemy.types import NullType

from loyalty.card import StampMark
from server.db.columns import moment_of
from server.db.tables import cards, customers
from sync.replica_tables import CODE_KEY_BYTES
from sync.rows import CardRow

AT_ONCE = 10_000
_encode = msgspec.json.Encoder().encode
_COLUMNS = (
    cards.c.card_id,
    cards.c.version,
    cards.c.row_hash,
    cards.c.token_hash,
    cards.c.number_hmac,
    cards.c.number_key,
    cards.c.number_end,
    cards.c.old_codes,
    cards.c.is_retired,
    customers.c.name,
    customers.c.name_key,
    customers.c.email_hmac,
    customers.c.phone_hmac,
    cards.c.card_created_at,
    cards.c.is_active,
    cards.c.stamp_count,
    cards.c.total_stamps_earned,
    cards.c.stamps_redeemed,
    cards.c.points_balance,
    cards.c.total_points_earned,
    cards.c.points_redeemed,
    cards.c.welcome_given,
    cards.c.last_points_at,
    cards.c.last_redemption_at,
    cards.c.last_activity_at,
    cards.c.enrolled_at_store,
    cards.c.marks,
)


Card = tuple[Any, ...]  # id, version, token, number, blank, email, phone, row and hash, as a replica keeps them
OldCode = tuple[bytes, bytes]  # a replaced code's hash, and the card it leads to
OF_TOKEN, OF_HASH = itemgetter(2), itemgetter(8)


class Part(msgspec.Struct, frozen=True, gc=False):
    """Some thousands of cards."""

    cards: list[Card]
    old_codes: list[OldCode]


def cards_as_sent(conn: Connection, company_id: UUID) -> Iterator[Part]:
    """All cards of the company, by their ids."""
    rows = conn.execution_options(stream_results=True, max_row_buffer=AT_ONCE).execute(_query(company_id))
    for some in rows.partitions(AT_ONCE):
        old_codes: list[OldCode] = []
        yield Part([_card(tuple(row), old_codes) for row in some], old_codes)


def _query(company_id: UUID) -> Select[Any]:
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    stored: list[Any] = [type_coerce(column, NullType()).label(column.name) for column in _COLUMNS]
    query: Select[Any] = select(*stored).select_from(cards.outerjoin(customers, whose))
    return query.where(cards.c.company_id == company_id).order_by(cards.c.card_id)


def _card(row: tuple[Any, ...], old_codes: list[OldCode]) -> Card:
    # By place: by name each of a million rows would be asked 27 times. The order is that of `_COLUMNS`.
    (
        card_id,
        version,
        row_hash,
        token,
        number,
        number_key,
        number_end,
        old,
        retired,
        name,
        name_key,
        email,
        phone,
        created,
        active,
        stamps,
        stamps_earned,
        stamps_redeemed,
        points,
        points_earned,
        points_redeemed,
        welcome,
        points_at,
        redemption_at,
        activity_at,
        store,
        marks,
    ) = row
    if type(card_id) is not bytes:  # PostgreSQL's driver makes UUIDs, SQLite's leaves sixteen bytes
        card_id = card_id.bytes
    tokens, numbers = _old(old, card_id, old_codes) if old else ((), ())
    card = CardRow(
        id=_spelled(card_id),
        token=token,
        number=number,
        number_key=number_key,
        number_end=number_end,
        old_tokens=tokens,
        old_numbers=numbers,
        retired=bool(retired),
        name=name,
        name_key=name_key or 0,
        email=email,
        phone=phone,
        created_at=None if created is None else moment_of(created),
        is_active=bool(active),
        stamp_count=stamps,
        total_stamps_earned=stamps_earned,
        stamps_redeemed=stamps_redeemed,
        points_balance=points,
        total_points_earned=points_earned,
        points_redeemed=points_redeemed,
        welcome_given=bool(welcome),
        last_points_at=None if points_at is None else moment_of(points_at),
        last_redemption_at=None if redemption_at is None else moment_of(redemption_at),
        last_activity_at=None if activity_at is None else moment_of(activity_at),
        enrolled_at_store=None if store is None else _id(store),
        marks=() if marks == "[]" else _marks(marks),
    )
    blank = int(created is None and not retired)
    keys = token[:CODE_KEY_BYTES], number[:CODE_KEY_BYTES]
    return card_id, version, *keys, blank, email, phone, _encode(card), row_hash


def _spelled(stored: bytes) -> Any:
    """A UUID as it is sent. Only its text is wanted, and making the object costs more than all the rest of the row."""
    text = stored.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _old(stored: Any, card_id: bytes, old_codes: list[OldCode]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The card's replaced codes, which also lead to it."""
    read = _json(stored)
    tokens, numbers = (tuple(map(bytes.fromhex, read[kind])) for kind in ("tokens", "numbers"))
    old_codes += [(code, card_id) for code in (*tokens, *numbers)]
    return tokens, numbers


def _marks(stored: Any) -> tuple[StampMark, ...]:
    return tuple(StampMark(UUID(hex=one), moment_of(at), count) for one, at, count in _json(stored))


def _id(stored: bytes | UUID) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(bytes=stored)


def _json(stored: Any) -> Any:
    """SQLite gives the text; PostgreSQL's driver has read it."""
    return msgspec.json.decode(stored) if isinstance(stored, str) else stored
