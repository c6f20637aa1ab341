"""What both ends say to each other: pairing, and the exchange that carries everything both ways.

One definition for both; `docs/protocol.md` lists every field. Decoding validates; what does not fit is `Garbled`.
"""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

PROTOCOL = 1
PAGE_ENTRIES_MAX = 1_000
PAGE_BYTES_MAX = 512 * 1024
FEED_ROWS_MAX = 5_000
FEED_BYTES_MAX = 1024 * 1024
REQUEST_BYTES_MAX = 2 * 1024 * 1024

EXCHANGE_PATH = "/sync/v1/exchange"
PAIR_PATH = "/sync/v1/pair"
HINTS_PATH = "/sync/v1/hints"
SNAPSHOT_PATH = "/sync/v1/snapshot"  # the bytes: the same, `/`, and the hash in hexadecimal
SNAPSHOT_ROWS_MIN = 20_000  # fewer rows come about as fast through the feed
POOL_SIZE = 50  # blanks of a till's own: new customers of a week without contact
POOL_LOW = POOL_SIZE // 2  # with so many or fewer left, it wants more
HINT_BYTES_MAX = 32 * 1024  # what is more is not brought by a hint, but fetched
HINTS_KEEP_ALIVE_S = 15.0  # a stream of hints is never silent for longer


M = TypeVar("M", bound=Struct)


class Garbled(Exception):
    """Bytes that are not the message expected."""


class PageEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the journal. `entry` and `side` are base64 of the bytes as stored."""

    seq: int
    hash: bytes
    entry: bytes
    side: bytes | None = None
    parked: bool = False  # the server failed at this one again and again: keep the bytes, do not read them


class Page(Struct, frozen=True, kw_only=True):
    """Entries in a row; `prev_hash` is the link before the first."""

    prev_hash: bytes
    entries: tuple[PageEntry, ...]


class Cursors(Struct, frozen=True, omit_defaults=True):
    """How far each stream of the feed has been read."""

    essentials: int = 0
    bulk: int = 0
    recent: int | None = None  # the store's own transactions, where they are behind `bulk`: a snapshot has none


class Listening(Struct, frozen=True, kw_only=True):
    """Who listens to hints: the till's journal, and how far it has read. In the address, as every value is a text."""

    journal: UUID
    essentials: int
    bulk: int


class Seal(Struct, frozen=True, kw_only=True):
    """The server's signed word of how far it was."""

    epoch: int
    version: int
    acked_seq: int
    signature: bytes


class Clock(Struct, frozen=True, kw_only=True):
    """The till's clocks at the moment of sending, so that the server can place its entries in time."""

    wall: datetime
    boot: UUID
    monotonic_ms: int


class Bucket(Struct, frozen=True, array_like=True, order=True):
    """Some rows of a table, the same ones on both ends; see `sync.protocol.digests`."""

    table: str
    name: str


class Difference(Struct, frozen=True, kw_only=True):
    """A bucket of a replica that was not as the server's, and how that came to light: one of the words below."""

    table: str
    bucket: str
    found_by: str


FOUND_BY_DIGEST = "digest"  # the sums differ
FOUND_BY_BYTES = "bytes"  # a row's bytes are not those that were sent
FOUND_BY_COLUMNS = "columns"  # a look-up column does not say what its row says
FOUND_BY_HEALING = "healing"  # the sums differ although the bucket has just been fetched
FOUND_BY_SUM = "sum"  # the replica's own sum was not that of its rows


class ExchangeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Entries up, and how far the feed has been read."""

    protocol: int
    terminal: UUID
    journal: UUID
    last_seq: int
    head: bytes
    signature: bytes
    cursors: Cursors
    clock: Clock
    seal: Seal | None = None
    page: Page | None = None
    rows_max: int = FEED_ROWS_MAX
    data_key: int = 0  # the ids of the keys it works with; 0 asks for no newer ones
    pepper: int = 0
    digest: bool = False  # wants the sums, once it has everything
    fetch: tuple[Bucket, ...] = ()  # wants these buckets whole
    differences: tuple[Difference, ...] = ()  # what it has found since the server heard of some
    salvage: bool = False  # turned away, it hands over what the server lacks; nothing of it is judged
    pool: int | None = None  # how many blanks of its own it has left, once they are so few that it wants more


class Change(Struct, frozen=True, array_like=True):
    """The newest state of one row; `row` is None for a tombstone."""

    table: str
    id: UUID
    version: int
    row: Raw


class Digest(Struct, frozen=True, kw_only=True):
    """The sums of what a till should hold, by table and bucket. A bucket that is not named has no rows."""

    sums: dict[str, dict[str, int]]
    since: str  # the first day whose transactions are compared; a till may forget those long before


class BucketRows(Struct, frozen=True, kw_only=True):
    """All rows of a bucket, with tables and versions as in the feed."""

    table: str
    name: str
    rows: tuple[Change, ...]


class ExchangeResponse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the server holds, and what has changed. All of it read at one moment."""

    protocol: int
    seal: Seal
    acked_seq: int
    cursors: Cursors
    more: bool
    server_time: datetime
    changes: tuple[Change, ...] = ()
    rows_left: int | None = None  # how many rows of the feed are still to come, roughly
    update: bool = False  # this till is too old: it is only acknowledged
    keys: bytes | None = None  # new keys, sealed to the terminal
    digest: Digest | None = None  # where it was wanted and nothing more is to come
    buckets: tuple[BucketRows, ...] = ()  # those asked for, as many as fit
    differences_heard: int = 0  # how many of the request's
    pool: bytes | None = None  # `Pool`, sealed to the terminal; where it wanted more blanks


class Refused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not taken. `kind` is one of the words below."""

    kind: str
    text: str
    signature: bytes | None = None  # of a revocation
    salvaged_seq: int | None = None  # the answer to salvage: send what comes after this seq


FORKED = "journal_forked"
REVOKED = "revoked"
TOKEN_UNKNOWN = "token_unknown"  # noqa: S105 - a word, not a secret
GARBLED = "garbled"
TOO_LARGE = "too_large"
CODE_REFUSED = "code_refused"
TRY_LATER = "try_later"
UNSUPPORTED = "protocol_unsupported"


class Hint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the company is. It may come late, twice or never: it saves waiting, and at best an exchange."""

    version: int
    after: Cursors | None = None  # where a till has read to that can use the answer
    answer: ExchangeResponse | None = None  # to an exchange with nothing to say, had the till made one now


class Snapshot(Struct, frozen=True, kw_only=True):
    """A replica file with the company's cards that is ready, and how far this terminal's journal is in it."""

    format: int
    epoch: int
    version: int
    journal: UUID
    acked_seq: int
    rows: int
    sha256: bytes  # of what is sent: zstd
    signature: bytes = b""
    bytes: int
    file_bytes: int  # once unpacked


class PairRequest(Struct, frozen=True, kw_only=True):
    """A one-time code, and the public keys of the terminal that shows it."""

    code: str
    signing_public: bytes
    sealing_public: bytes
    protocols: tuple[int, ...] = (PROTOCOL,)


class PairResponse(Struct, frozen=True, kw_only=True):
    """Who the terminal is now. `keys` is `TerminalKeys`, sealed to it."""

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
    """A symmetric key on its way, inside a sealed box only."""

    id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"KeyWithId(id={self.id})"


class TerminalKeys(Struct, frozen=True, kw_only=True):
    """What a terminal needs to look up, to read names, and to check PINs."""

    lookup: KeyWithId
    data: KeyWithId
    pepper: KeyWithId


class SentKeys(Struct, frozen=True):
    """New keys on their way, inside a sealed box only: `TerminalKeys` as bytes, signed by the server."""

    keys: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "SentKeys(…)"


class PoolBlank(Struct, frozen=True, kw_only=True):
    """A blank with its codes on its way to the one till that may show it, inside a sealed box only."""

    card: UUID
    number: str
    token: str

    def __repr__(self) -> str:
        return f"PoolBlank(card={self.card})"


class Pool(Struct, frozen=True, kw_only=True):
    """Every blank of a terminal's pool that the server has not heard the use of, new and old."""

    blanks: tuple[PoolBlank, ...]


_encode = msgspec.json.Encoder().encode


def encode(message: Struct) -> bytes:
    """The message's bytes."""
    return _encode(message)


# Made while the module is loaded: msgspec 0.22 takes a type apart when it is first read, and where two threads read it
# first at once the process ends with a fault.
_decoders: dict[type[Struct], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in tuple(vars().values())
    if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
}


def listening_in(said: dict[str, str]) -> Listening:
    """What an address says of who listens; raises `Garbled` for anything else."""
    try:
        return Listening(journal=UUID(said["journal"]), essentials=int(said["essentials"]), bulk=int(said["bulk"]))
    except (KeyError, ValueError) as error:
        raise Garbled(str(error)) from error


def decode(kind: type[M], data: bytes) -> M:
    """The message of this *kind* in *data*, or `Garbled`."""
    try:
        message: M = _decoders[kind].decode(data)
        return message
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Garbled(str(error)) from error
