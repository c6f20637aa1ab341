"""A card's row in few bytes: as a company's books keep it, and a snapshot.

A row says most of itself in names and in texts of ids, hashes and times: packed, a customer's card takes a quarter of
what is sent. Hashes are no part of it: they are columns beside it, by which the card is looked up. What it unpacks to
is sent byte for byte as it was packed from.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from loyalty.card import StampMark
from sync.rows import CardRow

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, TypeError)  # flipped bits make any column anything
_SHORT = {
    "number_key": "k",
    "number_end": "e",
    "old_tokens": "ot",
    "old_numbers": "on",
    "retired": "x",
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
}


class _Mark(Struct, frozen=True, array_like=True, gc=False):
    transaction_id: UUID
    occurred_at: datetime
    count: int


class _Packed(Struct, frozen=True, kw_only=True, omit_defaults=True, rename=_SHORT):
    number_key: int
    number_end: str
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()
    retired: bool = False
    pooled: bool = False
    name: bytes | None = None
    name_key: int = 0
    created_at: datetime | None = None
    is_active: bool = True
    stamp_count: int = 0
    total_stamps_earned: int = 0
    stamps_redeemed: int = 0
    points_balance: int = 0
    total_points_earned: int = 0
    points_redeemed: int = 0
    welcome_given: bool = False
    last_points_at: datetime | None = None
    last_redemption_at: datetime | None = None
    last_activity_at: datetime | None = None
    enrolled_at_store: UUID | None = None
    marks: tuple[_Mark, ...] = ()


def packed(row: CardRow) -> bytes:
    """Everything of the row but its id, its codes' hashes and its contacts."""
    return _encode(
        _Packed(
            number_key=row.number_key,
            number_end=row.number_end,
            old_tokens=row.old_tokens,
            old_numbers=row.old_numbers,
            retired=row.retired,
            pooled=row.pooled,
            name=row.name,
            name_key=row.name_key,
            created_at=row.created_at,
            is_active=row.is_active,
            stamp_count=row.stamp_count,
            total_stamps_earned=row.total_stamps_earned,
            stamps_redeemed=row.stamps_redeemed,
            points_balance=row.points_balance,
            total_points_earned=row.total_points_earned,
            points_redeemed=row.points_redeemed,
            welcome_given=row.welcome_given,
            last_points_at=row.last_points_at,
            last_redemption_at=row.last_redemption_at,
            last_activity_at=row.last_activity_at,
            enrolled_at_store=row.enrolled_at_store,
            marks=tuple([_Mark(one.transaction_id, one.occurred_at, one.count) for one in row.marks]),
        )
    )


def unpacked(
    data: bytes, *, card_id: UUID, token: bytes, number: bytes, email: bytes | None, phone: bytes | None
) -> CardRow:
    """The row that was packed; raises one of `UNREADABLE` for bytes that are none."""
    kept = _decode(data)
    return CardRow(
        id=card_id,
        token=token,
        number=number,
        number_key=kept.number_key,
        number_end=kept.number_end,
        old_tokens=kept.old_tokens,
        old_numbers=kept.old_numbers,
        retired=kept.retired,
        pooled=kept.pooled,
        name=kept.name,
        name_key=kept.name_key,
        email=email,
        phone=phone,
        created_at=kept.created_at,
        is_active=kept.is_active,
        stamp_count=kept.stamp_count,
        total_stamps_earned=kept.total_stamps_earned,
        stamps_redeemed=kept.stamps_redeemed,
        points_balance=kept.points_balance,
        total_points_earned=kept.total_points_earned,
        points_redeemed=kept.points_redeemed,
        welcome_given=kept.welcome_given,
        last_points_at=kept.last_points_at,
        last_redemption_at=kept.last_redemption_at,
        last_activity_at=kept.last_activity_at,
        enrolled_at_store=kept.enrolled_at_store,
        marks=tuple([StampMark(one.transaction_id, one.occurred_at, one.count) for one in kept.marks]),
    )


_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_decode = msgspec.msgpack.Decoder(_Packed).decode
