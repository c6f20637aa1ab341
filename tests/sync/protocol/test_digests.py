"""Sums of rows: their bytes are as documented, and each row is in the range of its bucket."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

from sync.protocol import digests
from tests.sync.protocol.test_vectors import VECTORS


def test_rows_of_the_page_have_the_hashes_and_the_sum_of_the_page() -> None:
    vector = VECTORS["row-sum"]
    hashes = [
        digests.row_hash(vector["table"], UUID(row["id"]).bytes, row["version"], row["row"].encode())
        for row in vector["rows"]
    ]
    assert hashes == [row["hash"] for row in vector["rows"]]
    assert sum(hashes) & digests.SUM_MASK == vector["sum"]


def test_a_hash_tells_each_part_of_a_row_apart() -> None:
    row_id, other = bytes(16), bytes(15) + b"x"
    row_hashes = {
        digests.row_hash("card", row_id, 1, b"{}"),
        digests.row_hash("cards", row_id, 1, b"{}"),
        digests.row_hash("card", other, 1, b"{}"),
        digests.row_hash("card", row_id, 2, b"{}"),
        digests.row_hash("card", row_id, -1, b"{}"),
        digests.row_hash("card", row_id, 1, b"{} "),
    }
    assert len(row_hashes) == 6


def test_every_token_is_in_the_range_of_its_bucket_and_of_no_other() -> None:
    ranges = {f"{first:02x}": digests.token_range(f"{first:02x}") for first in range(256)}
    for first in (0, 1, 0x7F, 0x80, 254, 255):
        for token in (bytes([first]), bytes([first]) + bytes(31), bytes([first]) + b"\xff" * 31):
            inside = [name for name, (low, end) in ranges.items() if low <= token and (end is None or token < end)]
            assert inside == [digests.card_bucket(token)]


def test_every_seq_is_in_the_range_of_its_bucket() -> None:
    journal = uuid4()
    for seq in (1, 1023, 1024, 1025, 10_000_000):
        named, low, end = digests.seq_range(digests.verdict_bucket(journal, seq))
        assert named == journal and low <= seq < end


def test_a_transactions_day_is_told_in_utc() -> None:
    late = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert digests.day_bucket(late) == digests.day_bucket(late.astimezone(UTC)) == "2026-03-03"
