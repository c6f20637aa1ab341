"""Packed cards unpack to the same bytes, on which the sums depend."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.card import StampMark
from sync.protocol.card_packing import UNREADABLE, packed, unpacked
from sync.protocol.rows import CardRow

HASHES = st.binary(min_size=32, max_size=32)
SOME = st.lists(HASHES, max_size=3).map(tuple)
COUNTS = st.integers(0, 2**60)
_FIRST, _LAST = datetime(1970, 1, 1), datetime(2500, 1, 1)  # noqa: DTZ001 - as hypothesis requires
MOMENTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
MARKS = st.lists(st.builds(StampMark, st.uuids(), MOMENTS, st.integers(1, 99)), max_size=4).map(tuple)
NAMED: dict[str, st.SearchStrategy[object]] = {
    "id": st.uuids(),
    "token": HASHES,
    "number": HASHES,
    "number_key": st.integers(1, 2**31),
    "number_end": st.text(max_size=4),
    "old_tokens": SOME,
    "old_numbers": SOME,
    "old_codes": SOME,
    "retired": st.booleans(),
    "erased": st.booleans(),
    "pooled": st.booleans(),
    "name": st.none() | st.binary(max_size=60),
    "name_key": st.integers(0, 2**31),
    "email": st.none() | HASHES,
    "phone": st.none() | HASHES,
    "created_at": st.none() | MOMENTS,
    "is_active": st.booleans(),
    "stamp_count": COUNTS,
    "total_stamps_earned": COUNTS,
    "stamps_redeemed": COUNTS,
    "points_balance": st.integers(-(2**60), 2**60),
    "total_points_earned": COUNTS,
    "points_redeemed": COUNTS,
    "welcome_given": st.booleans(),
    "last_points_at": st.none() | MOMENTS,
    "last_redemption_at": st.none() | MOMENTS,
    "last_activity_at": st.none() | MOMENTS,
    "enrolled_at_store": st.none() | st.uuids(),
    "marks": MARKS,
    "merged": st.lists(st.uuids(), max_size=3).map(tuple),
    "merged_into": st.none() | st.uuids(),
}
ROWS = st.builds(CardRow, **NAMED)


@pytest.mark.slow
@given(ROWS)
def test_a_packed_row_is_sent_as_it_was(row: CardRow) -> None:
    again = unpacked(packed(row), card_id=row.id, token=row.token, number=row.number, email=row.email, phone=row.phone)
    assert msgspec.json.encode(again) == msgspec.json.encode(row)


def test_the_rows_above_have_every_field_there_is() -> None:
    """Otherwise a new field could be lost in packing unnoticed."""
    assert set(NAMED) == set(CardRow.__struct_fields__)


@pytest.mark.parametrize("data", [b"", b"\x81\xa1", b"\x82\xa1k\x01\xa1e\xa1\xff", None, 7, b"\x80"])
def test_bytes_that_are_none_are_told(data: bytes) -> None:
    with pytest.raises(UNREADABLE):
        unpacked(data, card_id=None, token=b"", number=b"", email=None, phone=None)  # type: ignore[arg-type]
