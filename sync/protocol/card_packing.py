"""Compact encoding of a card's row, used in the company's database and in snapshots.

Without field names and texts for ids, hashes and times, a card takes a quarter of its size in the feed. Hashes are left
out, because they are look-up columns beside it. Unpacking and encoding yields the original bytes.
"""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from msgspec import NODEFAULT, Struct, defstruct
from msgspec.structs import FieldInfo, asdict, fields

from loyalty.card import Card, StampMark
from sync.protocol.rows import CardRow

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, TypeError)  # damage can turn a column into anything
_SHORT = {
    "number_key": "k",
    "number_end": "e",
    "old_tokens": "ot",
    "old_numbers": "on",
    "old_codes": "oc",
    "retired": "x",
    "erased": "z",
    "pooled": "b",
    "name": "n",
    "name_key": "nk",
    "created_at": "c",
    "is_active": "a",
    "stamp_count": "s",
    "total_stamps_earned": "se",
    "stamps_redeemed": "sr",
    "points_balance": "p",
    "total_points_earned": "pe",
    "points_redeemed": "pr",
    "welcome_given": "w",
    "last_points_at": "lp",
    "last_redemption_at": "lr",
    "last_activity_at": "la",
    "enrolled_at_store": "st",
    "marks": "m",
    "merged": "mc",
    "merged_into": "mi",
}


class _Mark(Struct, frozen=True, array_like=True, gc=False):
    transaction_id: UUID
    occurred_at: datetime
    count: int


_BESIDE = ("id", "token", "number", "email", "phone")  # stored in look-up columns of their own
_KEPT = tuple(field for field in fields(CardRow) if field.name not in _BESIDE)
_NAMES = tuple(field.name for field in _KEPT)
_MARKS = _NAMES.index("marks")


def _described(field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    type_ = tuple[_Mark, ...] if field.name == "marks" else field.type
    return (field.name, type_) if field.default is NODEFAULT else (field.name, type_, field.default)


_Packed: Any = defstruct("_Packed", map(_described, _KEPT), frozen=True, omit_defaults=True, rename=_SHORT)
_values_of: Callable[[Any], tuple[Any, ...]] = attrgetter(*_NAMES)
_card_values: Callable[[Any], tuple[Any, ...]] = attrgetter(*Card._fields[1:])  # all but the id


def packed(row: CardRow) -> bytes:
    """Packs the row without its id, code hashes and contacts."""
    values = _values_of(row)
    if row.marks:
        marks = tuple([_Mark(one.transaction_id, one.occurred_at, one.count) for one in row.marks])
        values = (*values[:_MARKS], marks, *values[_MARKS + 1 :])
    return _encode(_Packed(*values))


def fields_in(data: bytes) -> Any:
    """The packed fields under their names in `CardRow`; raises one of `UNREADABLE` for invalid bytes."""
    return _decode(data)


def card_in(card_id: UUID, kept: Any) -> Card:
    """The card of `fields_in`, as the rules need it: without the row between, as a page opens a thousand."""
    card = Card(card_id, *_card_values(kept))
    return card._replace(marks=_marks_in(kept)) if kept.marks else card


def unpacked(
    data: bytes, *, card_id: UUID, token: bytes, number: bytes, email: bytes | None, phone: bytes | None
) -> CardRow:
    """Unpacks a row; raises one of `UNREADABLE` for invalid bytes."""
    kept = _decode(data)
    values = asdict(kept)
    if kept.marks:
        values["marks"] = _marks_in(kept)
    return CardRow(id=card_id, token=token, number=number, email=email, phone=phone, **values)


def _marks_in(kept: Any) -> tuple[StampMark, ...]:
    return tuple([StampMark(one.transaction_id, one.occurred_at, one.count) for one in kept.marks])


_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_decode = msgspec.msgpack.Decoder(_Packed).decode
