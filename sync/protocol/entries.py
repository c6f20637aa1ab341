"""Journal entries of a till, as bytes that are hashed, stored and sent unchanged.

Each entry is decoded on its own, so that a damaged one blocks no other. The body stays raw until its kind is known, so
that entries of unknown kinds or formats keep their bytes.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from loyalty.transactions import BODY_OF, KIND_OF, Body, Kind
from sync.protocol import typed_text
from sync.protocol.chain import entry_hash
from sync.protocol.messages import Count
from sync.protocol.rows import VerifierRow

ENTRY_FORMAT = 1
ENTRY_BYTES_MAX = 16 * 1024
SIDE_BYTES_MAX = 8 * 1024


class Unreadable(Exception):
    """Bytes that are not an entry, or whose body does not fit the kind."""


class FromTheFuture(Exception):
    """An entry of a newer format or kind; its bytes are kept."""


class ByCard(Struct, frozen=True, tag="card", tag_field="by"):
    """Reference to a card the till knows."""

    id: UUID


class ByToken(Struct, frozen=True, tag="token", tag_field="by"):
    """Reference by a QR code the till does not know: the SHA-256 of its token."""

    hash: bytes


class ByNumber(Struct, frozen=True, tag="number", tag_field="by"):
    """Reference by a card number the till does not know: its HMAC and the key's id."""

    hmac: bytes
    key: Count


CardReference = ByCard | ByToken | ByNumber


class TillKind(StrEnum):
    """Kinds of entries other than card transactions."""

    TILL_STARTED = "till_started"
    CLOCK_JUMPED = "clock_jumped"
    PIN_TRIED = "pin_tried"
    PIN_PASSED = "pin_passed"
    PIN_UNLOCKED = "pin_unlocked"
    PIN_SET = "pin_set"
    PHONE_TRIED = "phone_tried"
    LOCKOUTS_CARRIED = "lockouts_carried"
    SIDE_ERASED = "side_erased"


class TillStarted(Struct, frozen=True):
    """First entry of a boot, from which running time is counted."""

    program: str = ""


class ClockJumped(Struct, frozen=True):
    """The wall clock moved by this much relative to the running time."""

    seconds: float


class PinTried(Struct, frozen=True):
    """A PIN is about to be checked; counts as wrong until `PinPassed`."""

    staff: UUID


class PinPassed(Struct, frozen=True):
    """The PIN tried last was correct."""

    staff: UUID


class PinUnlocked(Struct, frozen=True, omit_defaults=True):
    """A lock-out was lifted, by a manager or by head office over the telephone."""

    staff: UUID
    by_phone: bool = False


class PinProof(Struct, frozen=True):
    """The PIN of who answers for a new one, in a sealed box that only the server opens."""

    staff: UUID
    pin: str

    def __repr__(self) -> str:
        return f"PinProof(staff={self.staff})"


class PinSet(Struct, frozen=True, omit_defaults=True):
    """A new PIN holds, as its verifier: chosen by its owner, or with a manager who answers for it as override."""

    staff: UUID
    verifier: VerifierRow
    proof: bytes | None = None  # a `PinProof`, sealed to the server; none where head office was telephoned


class PhoneTried(Struct, frozen=True):
    """Head office's answer is about to be checked; counts as wrong until unlocked."""

    staff: UUID


class Lockout(Struct, frozen=True):
    """A person's PIN attempts at the end of the previous journal."""

    staff: UUID
    wrong: int
    lockouts: int
    locked_for_s: float


class LockoutsCarried(Struct, frozen=True):
    """First entry of a new journal after pairing again."""

    lockouts: tuple[Lockout, ...]


class SideErased(Struct, frozen=True):
    """The till has erased what it had of a card's customer."""

    card: UUID


TillBody = (
    TillStarted | ClockJumped | PinTried | PinPassed | PinUnlocked | PinSet | PhoneTried | LockoutsCarried | SideErased
)

_TILL_BODY_OF: dict[TillKind, type[TillBody]] = {
    TillKind.TILL_STARTED: TillStarted,
    TillKind.CLOCK_JUMPED: ClockJumped,
    TillKind.PIN_TRIED: PinTried,
    TillKind.PIN_PASSED: PinPassed,
    TillKind.PIN_UNLOCKED: PinUnlocked,
    TillKind.PIN_SET: PinSet,
    TillKind.PHONE_TRIED: PhoneTried,
    TillKind.LOCKOUTS_CARRIED: LockoutsCarried,
    TillKind.SIDE_ERASED: SideErased,
}
_TILL_KIND_OF = {body: kind for kind, body in _TILL_BODY_OF.items()}


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry with its body still encoded."""

    v: Count
    id: UUID
    kind: str
    occurred_at: datetime  # the till's best estimate of server time
    wall: datetime  # the till's wall clock
    boot: UUID
    monotonic_ms: Count  # since the boot, including suspension
    running_ms: Count  # total running time of this journal's till, which lock-outs count
    body: Raw
    anchored_at: datetime | None = None  # the server time learned last, in this boot or an earlier one
    card: CardReference | None = None
    card_version: Count | None = None  # version of the card row the decision was based on
    essentials: Count = 0  # version up to which rules and staff were known
    program: Count = 0
    staff: UUID | None = None
    override: UUID | None = None
    side: bytes | None = None  # SHA-256 of the side row, which begins with its salt


class Side(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The personal fields of an enrolment, or what was typed for a transaction, in a row that can be deleted."""

    salt: bytes
    name: bytes | None = None  # encrypted under the data key for the card's id
    name_key: Count = 0
    contact: bytes | None = None  # a `Contact`, sealed to the server
    email: bytes | None = None  # look-up HMACs, so that this till finds the card before the server has answered
    phone: bytes | None = None
    lookup_key: Count = 0
    language: str | None = None
    consent: bool = False
    text: str | None = None  # a reason or note, as it was typed


class Contact(Struct, frozen=True, omit_defaults=True):
    """Contact details that only the server can decrypt."""

    email: str | None = None
    phone: str | None = None


_proof = msgspec.json.Decoder(PinProof)
_entry = msgspec.json.Decoder(Entry)
_side = msgspec.json.Decoder(Side)
_encode = msgspec.json.Encoder().encode
_bodies: dict[str, msgspec.json.Decoder[Body]] = {kind: msgspec.json.Decoder(body) for kind, body in BODY_OF.items()}
_till_bodies: dict[str, msgspec.json.Decoder[TillBody]] = {
    kind: msgspec.json.Decoder(body) for kind, body in _TILL_BODY_OF.items()
}


def kind_of(body: Body | TillBody) -> str:
    """The kind of an entry with this *body*."""
    if isinstance(body, TillBody):
        return _TILL_KIND_OF[type(body)]
    return KIND_OF[type(body)]


def raw_body(body: Body | TillBody) -> Raw:
    """The encoded body."""
    return Raw(_encode(body))


def encode_entry(entry: Entry) -> bytes:
    """The bytes that are hashed, stored and sent."""
    return _encode(entry)


def decode_entry(data: bytes) -> Entry:
    """Decodes an entry; raises `Unreadable`, or `FromTheFuture` if a newer program wrote it."""
    if len(data) > ENTRY_BYTES_MAX:
        raise Unreadable("the entry exceeds its size limit")
    try:
        entry = _entry.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        if _format_of(data) > ENTRY_FORMAT:
            raise FromTheFuture("format") from error
        raise Unreadable(str(error)) from error
    if entry.v > ENTRY_FORMAT:
        raise FromTheFuture("format")
    if entry.occurred_at.tzinfo is None or entry.wall.tzinfo is None:
        raise Unreadable("a time has no time zone")
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
    """True if an entry of this kind is a card transaction."""
    return kind in _bodies


def transaction_body(entry: Entry, side: bytes | None = None) -> Body:
    """The transaction in an entry, with what its side row says; raises `FromTheFuture` for an unknown kind."""
    body = _body(entry, _bodies)
    return body if entry.side is None else typed_text.with_text(body, _text_in(side, entry.side))


def _text_in(side: bytes | None, promised: bytes) -> str | None:
    """What was typed, if the side row is there and whole."""
    if side is None or entry_hash(side) != promised:
        return None
    try:
        return decode_side(side).text
    except Unreadable:
        return None


def till_body(entry: Entry) -> TillBody:
    """The body of an entry that is not a transaction; raises `FromTheFuture` for an unknown kind."""
    return _body(entry, _till_bodies)


_AnyBody = TypeVar("_AnyBody")


def _body(entry: Entry, decoders: Mapping[str, msgspec.json.Decoder[_AnyBody]]) -> _AnyBody:
    decoder = decoders.get(entry.kind)
    if decoder is None:
        raise FromTheFuture(entry.kind)
    try:
        return decoder.decode(entry.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def encode_proof(proof: PinProof) -> bytes:
    """The bytes that are sealed to the server."""
    return _encode(proof)


def decode_proof(data: bytes) -> PinProof:
    """The proof in *data*, or `Unreadable`."""
    try:
        return _proof.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def encode_side(side: Side) -> bytes:
    """The side row's bytes, whose hash is the entry's `side`."""
    return _encode(side)


def decode_side(data: bytes) -> Side:
    """Decodes the personal fields; raises `Unreadable`."""
    if len(data) > SIDE_BYTES_MAX:
        raise Unreadable("larger than a side row may be")
    try:
        return _side.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error


TRANSACTION_KINDS = frozenset(str(kind) for kind in Kind)
