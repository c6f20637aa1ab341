"""Sums of row hashes by bucket, with which a till and the server verify that they hold the same rows.

Sums do not depend on order; a changed row's old hash is subtracted and the new one added. Hashes cover a row's bytes as
sent, so any change of the row encoding must change `ROWS_FORMAT`.
"""

from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from uuid import UUID

ROWS_FORMAT = 2  # a server with another format in its database recounts its sums
HASH_BYTES = 6  # small enough for the integers of every database and JSON reader
SUM_MASK = (1 << 8 * HASH_BYTES) - 1
VERDICTS_IN_BUCKET = 1024
BUCKETS_FETCHED_MAX = 16  # in one exchange
WHOLE_TABLE = ""  # the only bucket of a small table

_TAG = b"orion-row-1"


def row_hash(table: str, row_id: bytes, version: int, row: bytes) -> int:
    """A row's contribution to the sum of its bucket; *row* are its bytes as sent."""
    number = (version & 0xFFFF_FFFF_FFFF_FFFF).to_bytes(8)  # a damaged row may have any version
    return int.from_bytes(sha256(b"%b%b%b%b" % (_begun(table), row_id, number, row)).digest()[:HASH_BYTES])


@cache
def _begun(table: str) -> bytes:
    return b"%b%b\0" % (_TAG, table.encode())


def card_bucket(token: bytes) -> str:
    """The bucket of a card, one of 256 by token prefix, so that the token index reads a bucket as a range."""
    return token[:1].hex()


def token_range(bucket: str) -> tuple[bytes, bytes | None]:
    """The token range of a card bucket: the first token, and the end or None."""
    first = int(bucket, 16)
    return bytes([first]), None if first == 255 else bytes([first + 1])


def verdict_bucket(journal: UUID, seq: int) -> str:
    """The bucket of a verdict: its journal and a range of seqs."""
    return _seq_bucket(journal.int, seq // VERDICTS_IN_BUCKET)


@lru_cache(maxsize=1024)
def _seq_bucket(journal: int, number: int) -> str:
    return f"{journal:032x}/{number}"


def seq_range(bucket: str) -> tuple[UUID, int, int]:
    """The journal of a verdict bucket, its first seq, and the seq after its last."""
    journal, _, number = bucket.partition("/")
    first = int(number) * VERDICTS_IN_BUCKET
    return UUID(hex=journal), first, first + VERDICTS_IN_BUCKET


def day_bucket(at: datetime) -> str:
    """The bucket of a transaction or case: its UTC day, so that tills can forget old days as a whole."""
    return at.astimezone(UTC).date().isoformat()
