"""The messages between tills and server: pairing, hints, snapshots, and the exchange that carries everything else.

Shared by both ends; `docs/protocol.md` lists every field. Decoding validates and raises `Garbled`.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

PROTOCOL = 1
COUNT_MAX = 2**53 - 1  # the largest integer exact in every JSON reader and database
PAGE_ENTRIES_MAX = 1_000
PAGE_BYTES_MAX = 512 * 1024
FEED_ROWS_MAX = 5_000
FEED_BYTES_MAX = 1024 * 1024
REQUEST_BYTES_MAX = 2 * 1024 * 1024

EXCHANGE_PATH = "/sync/v1/exchange"
PAIR_PATH = "/sync/v1/pair"
HINTS_PATH = "/sync/v1/hints"
SNAPSHOT_PATH = "/sync/v1/snapshot"  # the file itself: this path, `/` and the hexadecimal hash
SNAPSHOT_ROWS_MIN = 20_000  # fewer rows are about as fast through the feed
POOL_SIZE = 50  # blanks reserved for a till: a week's new customers while offline
POOL_LOW = POOL_SIZE // 2  # a till with so few left asks for more
HINT_BYTES_MAX = 32 * 1024  # larger news is fetched by an exchange
HINTS_KEEP_ALIVE_S = 15.0  # longest silence of a hint stream


Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
Word = Annotated[str, Meta(max_length=64)]  # a keyword, known or of a newer version
M = TypeVar("M", bound=Struct)


class Garbled(Exception):
    """Bytes that are not the expected message."""


class PageEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the journal. `entry` and `side` are base64 of the stored bytes."""

    seq: Count
    hash: bytes
    entry: bytes
    side: bytes | None = None
    parked: bool = False  # the server failed on it repeatedly: it stores the bytes unread


class Page(Struct, frozen=True, kw_only=True):
    """Consecutive entries; `prev_hash` is the hash before the first."""

    prev_hash: bytes
    entries: tuple[PageEntry, ...]


class Cursors(Struct, frozen=True, omit_defaults=True):
    """The positions up to which the feed's streams have been read."""

    essentials: Count = 0
    bulk: Count = 0
    recent: Count | None = None  # position in the store's transactions if behind `bulk`, as after a snapshot


class Listening(Struct, frozen=True, kw_only=True):
    """A listening till's journal and read position, sent as query parameters."""

    journal: UUID
    essentials: Count
    bulk: Count
    can: str = ""  # as in a request, separated by commas


class Seal(Struct, frozen=True, kw_only=True):
    """The server's signed statement of its version."""

    epoch: Count
    version: Count
    acked_seq: Count
    signature: bytes


class Clock(Struct, frozen=True, kw_only=True):
    """The till's clocks when sending, with which the server dates its entries."""

    wall: datetime
    boot: UUID
    monotonic_ms: Count


class Bucket(Struct, frozen=True, array_like=True, order=True):
    """A set of a table's rows that both ends compare; see `sync.protocol.digests`."""

    table: Word
    name: Word


class Difference(Struct, frozen=True, kw_only=True):
    """A bucket in which the replica differed from the server, and how that was found: one of the words below."""

    table: Word
    bucket: Word
    found_by: Word


FOUND_BY_DIGEST = "digest"  # the sums differ
FOUND_BY_BYTES = "bytes"  # a row's bytes differ from those sent
FOUND_BY_COLUMNS = "columns"  # a look-up column differs from its row
FOUND_BY_HEALING = "healing"  # the sums still differ after the bucket was fetched
FOUND_BY_SUM = "sum"  # the replica's stored sum differed from its rows


class ExchangeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A till's entries and its position in the feed."""

    protocol: Count
    terminal: UUID
    journal: UUID
    last_seq: Count
    head: bytes
    signature: bytes
    cursors: Cursors
    clock: Clock
    seal: Seal | None = None
    page: Page | None = None
    rows_max: Count = FEED_ROWS_MAX
    data_key: Count = 0  # ids of the till's keys; 0 requests no newer ones
    pepper: Count = 0
    digest: bool = False  # requests the sums, once nothing more is to come
    fetch: tuple[Bucket, ...] = ()  # requests these buckets completely
    differences: tuple[Difference, ...] = ()  # differences found and not yet acknowledged
    salvage: bool = False  # hands over entries after being turned away; they are not judged
    pool: Count | None = None  # number of blanks left, if the till needs more
    program_version: Word = ""  # of the program that the till runs, as in 1.4.0
    can: tuple[Word, ...] = ()  # what it knows that came after the first tills of this protocol


class Change(Struct, frozen=True, array_like=True, gc=False):
    """The latest state of one row; `row` is None for a tombstone."""

    table: str
    id: UUID
    version: Count
    row: Raw


class Digest(Struct, frozen=True, kw_only=True):
    """Sums of the rows a till should hold, by table and bucket. Missing buckets have no rows."""

    sums: dict[str, dict[str, int]]
    since: str  # first day of compared transactions; tills may forget earlier ones


class BucketRows(Struct, frozen=True, kw_only=True):
    """All rows of a bucket, with tables and versions as in the feed."""

    table: str
    name: str
    rows: tuple[Change, ...]


class ExchangeResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Acknowledgement and changes from the server, all read at one moment."""

    protocol: Count
    seal: Seal
    acked_seq: Count
    cursors: Cursors
    more: bool
    server_time: datetime
    changes: tuple[Change, ...] = ()
    rows_left: int | None = None  # approximate number of rows still to come
    update: bool = False  # the till is outdated and only gets acknowledgements
    keys: bytes | None = None  # new keys, sealed to the terminal
    digest: Digest | None = None  # if requested and nothing more is to come
    buckets: tuple[BucketRows, ...] = ()  # the requested buckets, as many as fit
    differences_heard: int = 0  # number of the request's differences recorded
    pool: bytes | None = None  # a `Pool` sealed to the terminal, if it asked for blanks


class Refused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal. `kind` is one of the words below."""

    kind: str
    text: str
    signature: bytes | None = None  # signature of a revocation
    salvaged_seq: int | None = None  # answer to salvage: continue after this seq
    seq: int | None = None  # of the entry that failed


FORKED = "journal_forked"
REVOKED = "revoked"
TOKEN_UNKNOWN = "token_unknown"  # noqa: S105 - a keyword, not a secret
GARBLED = "garbled"
TOO_LARGE = "too_large"
CODE_REFUSED = "code_refused"
TRY_LATER = "try_later"
ENTRY_FAILED = "entry_failed"
UNSUPPORTED = "protocol_unsupported"


class Hint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Notice of the company's version. Hints may come late, twice or not at all; they only save waiting and
    exchanges."""

    version: Count
    after: Cursors | None = None  # read position that the answer continues
    answer: ExchangeResponse | None = None  # the answer to an empty exchange made now


class Snapshot(Struct, frozen=True, kw_only=True):
    """An available replica file with the company's cards, and this terminal's journal position in it."""

    format: Count
    epoch: Count
    version: Count
    journal: UUID
    acked_seq: Count
    rows: Count
    sha256: bytes  # of the compressed file (zstd) as sent
    signature: bytes = b""
    bytes: Count
    file_bytes: Count  # size after unpacking


class PairRequest(Struct, frozen=True, kw_only=True):
    """The id of a one-time code, and the new terminal's public keys."""

    id: bytes = b""  # absent from older programs, which send the code itself and are refused
    signing_public: bytes
    sealing_public: bytes
    protocols: tuple[int, ...] = (PROTOCOL,)


class PairResponse(Struct, frozen=True, kw_only=True):
    """The new terminal's identity. `keys` is a `TerminalKeys` sealed to it."""

    company_id: UUID
    company: str
    store_id: UUID
    store: str
    terminal_id: UUID
    terminal: str
    token: str
    signing_public: bytes
    sealing_public: bytes
    keys: bytes
    server_time: datetime


class KeyWithId(Struct, frozen=True):
    """A symmetric key for transfer inside a sealed box only."""

    id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyWithId(id={self.id})"


class TerminalKeys(Struct, frozen=True, kw_only=True):
    """The keys a terminal needs for look-ups, names and PINs."""

    lookup: KeyWithId
    data: KeyWithId
    pepper: KeyWithId


class SentKeys(Struct, frozen=True):
    """New keys, inside a sealed box only: encoded `TerminalKeys` signed by the server."""

    keys: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "SentKeys(…)"


class PoolBlank(Struct, frozen=True, kw_only=True):
    """A blank with its codes for the one till that may issue it, inside a sealed box only."""

    card: UUID
    number: str
    token: str

    def __repr__(self) -> str:
        return f"PoolBlank(card={self.card})"


class Pool(Struct, frozen=True, kw_only=True):
    """All blanks of a terminal's pool that the server does not know to be used."""

    blanks: tuple[PoolBlank, ...]


_encode = msgspec.json.Encoder().encode


def encode(message: Struct) -> bytes:
    """The encoded message."""
    return _encode(message)


# Created at import: msgspec 0.22 analyses a type at its first use, and the process crashes if two threads do so at
# once.
_decoders: dict[type[Struct], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in tuple(vars().values())
    if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
}


def listening_in(query: dict[str, str]) -> Listening:
    """Parses the query parameters of a listener; raises `Garbled`."""
    try:
        return Listening(
            journal=UUID(query["journal"]),
            essentials=int(query["essentials"]),
            bulk=int(query["bulk"]),
            can=query.get("can", ""),
        )
    except (KeyError, ValueError) as error:
        raise Garbled(str(error)) from error


def decode(kind: type[M], data: bytes) -> M:
    """Decodes a message of this *kind*; raises `Garbled`."""
    try:
        message: M = _decoders[kind].decode(data)
        return message
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
