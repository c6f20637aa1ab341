"""A company's cards as a replica keeps them, a million of them in seconds: their bytes are copied, and few are read.

Values come from the driver as they are stored; tests compare the files with the feed's.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Select, select, type_coerce
from sqlalchemy.types import NullType

from server.db.tables import cards
from sync.packing import unpacked
from sync.replica_tables import code_key

AT_ONCE = 10_000
_COLUMNS = (
    cards.c.card_id,
    cards.c.version,
    cards.c.token_hash,
    cards.c.number_hmac,
    cards.c.email_hmac,
    cards.c.phone_hmac,
    cards.c.packed,
    cards.c.row_hash,
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
    stored: list[Any] = [type_coerce(column, NullType()).label(column.name) for column in _COLUMNS]
    return select(*stored).where(cards.c.company_id == company_id).order_by(cards.c.card_id)


def _card(row: tuple[Any, ...], old_codes: list[OldCode]) -> Card:
    card_id, version, token, number, email, phone, data, row_hash = row
    if type(card_id) is not bytes:  # PostgreSQL's driver makes UUIDs, SQLite's leaves sixteen bytes
        card_id = card_id.bytes
    sent = unpacked(data, card_id=UUID(bytes=card_id), token=token, number=number, email=email, phone=phone)
    old_codes += [(code, card_id) for code in (*sent.old_tokens, *sent.old_numbers)]
    blank = int(sent.created_at is None and not sent.retired and not sent.pooled)
    return card_id, version, code_key(token), code_key(number), blank, email, phone, _encode(sent), row_hash


_encode = msgspec.json.Encoder().encode
