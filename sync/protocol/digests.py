"""Sums of row hashes, bucket by bucket: how a till and the server find out that they hold the same rows.

A sum does not care for order and follows a row that changes: the old hash is taken out and the new one put in. Both
ends hash a row's bytes as sent, so whoever changes how rows are encoded changes `ROWS_FORMAT` too.
"""

from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from uuid import UUID

ROWS_FORMAT = 1  # a server that finds another one in its database counts its sums anew
HASH_BYTES = 6  # sums and differences of such numbers fit every database's and every JSON reader's integers
SUM_MASK = (1 << 8 * HASH_BYTES) - 1
VERDICTS_IN_BUCKET = 1024
BUCKETS_FETCHED_MAX = 16  # in one exchange
WHOLE_TABLE = ""  # the only bucket of a small table

_TAG = b"orion-row-1"


def row_hash(table: str, row_id: bytes, version: int, row: bytes) -> int:
    """What a row adds to the sum of its bucket; *row* are its bytes as sent."""
    number = (version & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8)  # of a damaged row it may be anything
    return int.from_bytes(sha256(b"%b%b%b%b" % (_begun(table), row_id, number, row)).digest()[:HASH_BYTES])


@cache
def _begun(table: str) -> bytes:
    return b"%b%b\0" % (_TAG, table.encode())


def card_bucket(token: bytes) -> str:
    """Of 256: look-ups by token are indexed on both ends, so a bucket is read as a range."""
    return token[:1].hex()


def token_range(bucket: str) -> tuple[bytes, bytes | None]:
    """The tokens of a card's bucket: from the first on, and below the second one where there is an end."""
    first = int(bucket, 16)
    return bytes([first]), None if first == 255 else bytes([first + 1])


def verdict_bucket(journal: UUID, seq: int) -> str:
    """A stretch of one journal."""
    return _stretch(journal, seq // VERDICTS_IN_BUCKET)


@lru_cache(maxsize=1024)
def _stretch(journal: UUID, number: int) -> str:
    return f"{journal.hex}/{number}"


def seq_range(bucket: str) -> tuple[UUID, int, int]:
    """The journal of a verdict's bucket, its first seq and the one after its last."""
    journal, _, stretch = bucket.partition("/")
    first = int(stretch) * VERDICTS_IN_BUCKET
    return UUID(hex=journal), first, first + VERDICTS_IN_BUCKET


def transaction_bucket(recorded_at: datetime) -> str:
    """A day, in UTC: transactions of days long past are forgotten whole."""
    return recorded_at.astimezone(UTC).date().isoformat()
