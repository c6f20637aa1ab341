"""Cards in a replica, stored as sent by the feed or packed as in a snapshot; both read alike."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from sync.protocol.card_packing import UNREADABLE, unpacked
from sync.protocol.rows import CardRow, decode_row
from sync.replica.tables import cards

COLUMNS = (
    cards.c.id,
    cards.c.token,
    cards.c.number,
    cards.c.email,
    cards.c.phone,
    cards.c.row,
    cards.c.hash,
)  # the columns `card_in` needs

_SENT = b"{"  # the first byte of JSON, and of no packed row


def card_in(row: Row[Any]) -> CardRow:
    """The card in a row of `COLUMNS`; raises `msgspec.MsgspecError` if it is unreadable."""
    try:
        if row.row[:1] == _SENT:
            return decode_row(CardRow, row.row)
        card_id = UUID(bytes=row.id)
        return unpacked(row.row, card_id=card_id, token=row.token, number=row.number, email=row.email, phone=row.phone)
    except (*UNREADABLE, ValueError) as error:  # damage can turn a column into anything
        raise msgspec.DecodeError(str(error)) from error


def as_sent(row: Row[Any]) -> bytes:
    """The bytes that the server sent, or would have sent; raises `msgspec.MsgspecError`."""
    if isinstance(row.row, bytes) and row.row[:1] == _SENT:
        return row.row
    try:
        return _encode(card_in(row))
    except TypeError as error:
        raise msgspec.DecodeError(str(error)) from error


_encode = msgspec.json.Encoder().encode
