"""One journal row on the company's table: its bytes read as far as they can be, and what is settled by that alone.

Reading never fails: what cannot be read has a verdict like everything else.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from loyalty.judge import Note, Word
from loyalty.refusals import Reason
from loyalty.transactions import BODY_OF, Body
from server.ledger.rows import entry_times
from sync.protocol.entries import (
    Entry,
    FromTheFuture,
    PinSet,
    TillKind,
    Unreadable,
    decode_entry,
    is_transaction,
    till_body,
    transaction_body,
)

# What a held entry waits for when it is neither a card nor an entry.
FOR_UPDATE = "update"
FOR_PROGRAM = "program"
FOR_NOTHING = "manager"  # parked: nobody but a manager can say what becomes of it

TEXT_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a row stands in its journal."""

    terminal_id: UUID
    journal_id: UUID
    seq: int

    def __hash__(self) -> int:
        return self.seq  # two ids more would cost ten times as much, and tell hardly anything apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A word that needs no judging."""

    word: Word
    note: Note | None = None
    reason: Reason | None = None
    waits_for: str | None = None


ACCEPTED = Settled(word=Word.ACCEPTED)
UNREADABLE = Settled(word=Word.REJECTED, note=Note.UNREADABLE)
TORN = Settled(word=Word.REJECTED, note=Note.UNREADABLE)  # not even what was written
PARKED = Settled(word=Word.HELD, note=Note.PARKED, waits_for=FOR_NOTHING)
FROM_THE_FUTURE = Settled(word=Word.HELD, note=Note.WAITS_FOR_UPDATE, waits_for=FOR_UPDATE)
WITHOUT_CARD = Settled(word=Word.REJECTED, reason=Reason.NO_CARD)


@dataclass(slots=True, kw_only=True)
class ParsedEntry:
    """An entry to be judged, or one that is settled already."""

    slot: Slot
    store_id: UUID
    told: int | None  # the hash of the verdict it was held with, which changes; None for a new one
    side: bytes | None
    id: UUID  # the entry's own; one made of its slot where it has none that counts
    has_own_id: bool
    entry: Entry | None = None
    body: Body | None = None
    pin: PinSet | None = None  # where it sets one: what becomes of that is not settled by its bytes
    occurred_at: datetime | None = None
    settled: Settled | None = None
    case_due_at: datetime | None = None  # held until then, it is a manager's; None once it is

    @property
    def clock_corrected(self) -> bool:
        at = self.occurred_at
        return self.entry is not None and at is not None and entry_times.was_corrected(self.entry, at)

    def settle_as_repeated(self) -> None:
        """Another row has this id: this one gets a verdict of its own, and does nothing."""
        self.settled = UNREADABLE
        self.id, self.has_own_id = nameless_id(self.slot), False


def read(
    data: bytes, slot: Slot, *, store_id: UUID, side: bytes | None, told: int | None, unread: Settled | None = None
) -> ParsedEntry:
    """The item in an entry's bytes; with *unread* they are left alone, and that is the word on them."""
    entry, body, settled = (None, None, unread) if unread is not None else _read(data)
    own_id = entry.id if entry is not None else None if unread is TORN else _id_in(data)  # torn: may say anything
    return ParsedEntry(
        slot=slot,
        store_id=store_id,
        told=told,
        side=side,
        id=own_id or nameless_id(slot),
        has_own_id=own_id is not None,
        entry=entry,
        body=body,
        pin=None if entry is None or settled is not ACCEPTED else _pin_in(entry),
        settled=settled,
    )


def _read(data: bytes) -> tuple[Entry | None, Body | None, Settled | None]:
    entry: Entry | None = None
    try:
        entry = decode_entry(data)
        if is_transaction(entry.kind):
            body = transaction_body(entry)
            if not _can_be_kept(body):
                return entry, None, UNREADABLE
            return (entry, body, None) if entry.card is not None else (entry, None, WITHOUT_CARD)
        till_body(entry)
    except Unreadable:
        return entry, None, UNREADABLE
    except FromTheFuture:
        return entry, None, FROM_THE_FUTURE
    return entry, None, ACCEPTED


def _pin_in(entry: Entry) -> PinSet | None:
    body = till_body(entry) if entry.kind == TillKind.PIN_SET else None
    return body if isinstance(body, PinSet) else None


def _can_be_kept(body: Body) -> bool:
    """Whether columns and indexes hold its texts on every database; what they do not hold, no counter writes."""
    for name in _FIELDS[type(body)]:
        text = getattr(body, name)
        if isinstance(text, str) and (len(text) > TEXT_CHARS_MAX or "\0" in text):
            return False
    return True


class _Named(Struct):
    id: UUID


def _id_in(data: bytes) -> UUID | None:
    """The entry's id, also where the rest is of no use: the till asks for the verdict by it."""
    try:
        return _named.decode(data).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


_named = msgspec.json.Decoder(_Named)
_FIELDS = {body: tuple(field.name for field in fields(body)) for body in BODY_OF.values()}


def nameless_id(slot: Slot) -> UUID:
    """The id of a verdict on bytes without an id of their own, or with one that another row has."""
    return uuid5(slot.journal_id, str(slot.seq))
