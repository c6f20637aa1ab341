"""What a till writes into its journal, as bytes that are hashed, stored and sent unchanged.

Each entry is decoded alone, so that a torn one blocks none. The body stays raw until its kind is known: an entry of a
kind or format from the future keeps its bytes.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from loyalty.transactions import BODY_OF, KIND_OF, Body, Kind
from sync.protocol.rows import VerifierRow

ENTRY_FORMAT = 1
ENTRY_BYTES_MAX = 16 * 1024


class Unreadable(Exception):
    """Bytes that are no entry, or an entry whose body does not fit its kind."""


class FromTheFuture(Exception):
    """An entry of a format or kind this program does not know yet; its bytes are kept."""


class ByCard(Struct, frozen=True, tag="card", tag_field="by"):
    """A card known to the till."""

    id: UUID


class ByToken(Struct, frozen=True, tag="token", tag_field="by"):
    """A QR code not known to the till: SHA-256 of its token."""

    hash: bytes


class ByNumber(Struct, frozen=True, tag="number", tag_field="by"):
    """A card number not known to the till: its HMAC, and the id of the key."""

    hmac: bytes
    key: int


CardReference = ByCard | ByToken | ByNumber


class TillKind(StrEnum):
    """Entries that are not transactions of a card."""

    TILL_STARTED = "till_started"
    CLOCK_JUMPED = "clock_jumped"
    PIN_TRIED = "pin_tried"
    PIN_PASSED = "pin_passed"
    PIN_UNLOCKED = "pin_unlocked"
    PIN_SET = "pin_set"
    PHONE_TRIED = "phone_tried"
    LOCKOUTS_CARRIED = "lockouts_carried"


class TillStarted(Struct, frozen=True):
    """The first entry of a boot: running time counts on from here."""

    program: str = ""


class ClockJumped(Struct, frozen=True):
    """The wall clock moved by this much against the running time."""

    seconds: float


class PinTried(Struct, frozen=True):
    """Somebody's PIN is about to be checked; counts as wrong until passed."""

    staff: UUID


class PinPassed(Struct, frozen=True):
    """The PIN tried last was right."""

    staff: UUID


class PinUnlocked(Struct, frozen=True, omit_defaults=True):
    """A manager lifted a lock-out, or head office did over the telephone."""

    staff: UUID
    by_phone: bool = False


class PinSet(Struct, frozen=True):
    """A new PIN holds, as its verifier: chosen by its owner, or with a manager who answers for it as override."""

    staff: UUID
    verifier: VerifierRow


class PhoneTried(Struct, frozen=True):
    """Head office's answer is about to be checked; counts as wrong until unlocked."""

    staff: UUID


class Lockout(Struct, frozen=True):
    """One person's tries at the end of the journal before this one."""

    staff: UUID
    wrong: int
    lockouts: int
    locked_for_s: float


class LockoutsCarried(Struct, frozen=True):
    """Opens a new journal after pairing again."""

    lockouts: tuple[Lockout, ...]


TillBody = TillStarted | ClockJumped | PinTried | PinPassed | PinUnlocked | PinSet | PhoneTried | LockoutsCarried

_TILL_BODY_OF: dict[TillKind, type[TillBody]] = {
    TillKind.TILL_STARTED: TillStarted,
    TillKind.CLOCK_JUMPED: ClockJumped,
    TillKind.PIN_TRIED: PinTried,
    TillKind.PIN_PASSED: PinPassed,
    TillKind.PIN_UNLOCKED: PinUnlocked,
    TillKind.PIN_SET: PinSet,
    TillKind.PHONE_TRIED: PhoneTried,
    TillKind.LOCKOUTS_CARRIED: LockoutsCarried,
}
_TILL_KIND_OF = {body: kind for kind, body in _TILL_BODY_OF.items()}


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row's content, before its body is read."""

    v: int
    id: UUID
    kind: str
    occurred_at: datetime  # the till's best estimate of server time
    wall: datetime  # what its clock said
    boot: UUID
    monotonic_ms: int  # since the boot, suspension counted
    running_ms: int  # how long this journal's till has run in all: lock-outs count it
    body: Raw
    anchored_at: datetime | None = None  # the server time this boot or an earlier one learned last
    card: CardReference | None = None
    card_version: int | None = None  # of the row the decision was based on
    essentials: int = 0  # how far rules and staff were known
    program: int = 0
    staff: UUID | None = None
    override: UUID | None = None
    side: bytes | None = None  # SHA-256 of the side row, which begins with its salt


class Side(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The personal fields of an enrolment, in a row of their own that may be deleted."""

    salt: bytes
    name: bytes | None = None  # under the data key, for the card's id
    name_key: int = 0
    contact: bytes | None = None  # a `Contact`, sealed to the server
    email: bytes | None = None  # look-up HMACs, so that this till finds the card before the server has answered
    phone: bytes | None = None
    lookup_key: int = 0
    language: str | None = None
    consent: bool = False


class Contact(Struct, frozen=True, omit_defaults=True):
    """What only the server may read."""

    email: str | None = None
    phone: str | None = None


_entry = msgspec.json.Decoder(Entry)
_side = msgspec.json.Decoder(Side)
_encode = msgspec.json.Encoder().encode
_bodies: dict[str, msgspec.json.Decoder[Body]] = {kind: msgspec.json.Decoder(body) for kind, body in BODY_OF.items()}
_till_bodies: dict[str, msgspec.json.Decoder[TillBody]] = {
    kind: msgspec.json.Decoder(body) for kind, body in _TILL_BODY_OF.items()
}


def kind_of(body: Body | TillBody) -> str:
    """The kind an entry with this *body* has."""
    if isinstance(body, TillBody):
        return _TILL_KIND_OF[type(body)]
    return KIND_OF[type(body)]


def raw_body(body: Body | TillBody) -> Raw:
    """The body's own bytes."""
    return Raw(_encode(body))


def encode_entry(entry: Entry) -> bytes:
    """The bytes that are hashed, stored and sent."""
    return _encode(entry)


def decode_entry(data: bytes) -> Entry:
    """The entry in *data*; `Unreadable` when there is none, `FromTheFuture` when a newer program wrote it."""
    if len(data) > ENTRY_BYTES_MAX:
        raise Unreadable("larger than an entry may be")
    try:
        entry = _entry.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        if _format_of(data) > ENTRY_FORMAT:
            raise FromTheFuture("format") from error
        raise Unreadable(str(error)) from error
    if entry.v > ENTRY_FORMAT:
        raise FromTheFuture("format")
    if entry.occurred_at.tzinfo is None or entry.wall.tzinfo is None:
        raise Unreadable("a time without its zone")
    return entry


class _Format(Struct):
    v: int = 0


_format = msgspec.json.Decoder(_Format)


def _format_of(data: bytes) -> int:
    try:
        return _format.decode(data).v
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        return 0


def is_transaction(kind: str) -> bool:
    """Whether an entry of this kind is about a card's ledger."""
    return kind in _bodies


def transaction_body(entry: Entry) -> Body:
    """The transaction an entry asks for; `FromTheFuture` for an unknown kind."""
    decoder = _bodies.get(entry.kind)
    if decoder is None:
        raise FromTheFuture(entry.kind)
    try:
        return decoder.decode(entry.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def till_body(entry: Entry) -> TillBody:
    """What an entry that is no transaction says; `FromTheFuture` for an unknown kind."""
    decoder = _till_bodies.get(entry.kind)
    if decoder is None:
        raise FromTheFuture(entry.kind)
    try:
        return decoder.decode(entry.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def encode_side(side: Side) -> bytes:
    """The side row's bytes, which the entry's `side` is the hash of."""
    return _encode(side)


def decode_side(data: bytes) -> Side:
    """The personal fields in *data*, or `Unreadable`."""
    try:
        return _side.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


TRANSACTION_KINDS = frozenset(str(kind) for kind in Kind)
