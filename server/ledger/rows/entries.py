"""Parsing of journal rows. Unreadable bytes raise nothing: they are settled here with a verdict of their own."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, get_type_hints
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from loyalty.judge import Note, Word
from loyalty.refusals import Reason
from loyalty.texts import CASE_NOTE_CHARS_MAX, ID_CHARS_MAX, REASON_CHARS_MAX, RECEIPT_CHARS_MAX, clean
from loyalty.transactions import BODY_OF, Body
from server.ledger.rows import entry_times
from server.ledger.rows.till_knowledge import NOTHING, Told
from sync.protocol.entries import (
    Entry,
    FromTheFuture,
    PinPassed,
    PinSet,
    SideErased,
    TillBody,
    TillKind,
    Unreadable,
    decode_entry,
    is_transaction,
    till_body,
    transaction_body,
)
from sync.protocol.messages import COUNT_MAX

# Keywords for what a held entry waits for, if it is neither a card nor an entry.
FOR_UPDATE = "update"
FOR_PROGRAM = "program"
FOR_NOTHING = "manager"  # parked: a manager has to decide

_CHARS_MAX = {"receipt": RECEIPT_CHARS_MAX, "reason": REASON_CHARS_MAX, "reward": ID_CHARS_MAX}
_CHARS_MAX |= {"choice": ID_CHARS_MAX, "note": CASE_NOTE_CHARS_MAX}
_FOLLOWED = (TillKind.PIN_SET, TillKind.PIN_PASSED, TillKind.SIDE_ERASED)  # of which the server takes note


class Slot(NamedTuple):
    """The position of a row: terminal, journal and sequence number."""

    terminal_id: UUID
    journal_id: UUID
    seq: int

    def __hash__(self) -> int:
        return self.seq  # hashing the ids too costs ten times as much and separates hardly more


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A verdict that needs no judging."""

    word: Word
    note: Note | None = None
    reason: Reason | None = None
    waits_for: str | None = None


ACCEPTED = Settled(word=Word.ACCEPTED)
UNREADABLE = Settled(word=Word.REJECTED, note=Note.UNREADABLE)
TORN = Settled(word=Word.REJECTED, note=Note.UNREADABLE)  # the bytes differ from those written
PARKED = Settled(word=Word.HELD, note=Note.PARKED, waits_for=FOR_NOTHING)
FROM_THE_FUTURE = Settled(word=Word.HELD, note=Note.WAITS_FOR_UPDATE, waits_for=FOR_UPDATE)
WITHOUT_CARD = Settled(word=Word.REJECTED, reason=Reason.NO_CARD)


@dataclass(slots=True, kw_only=True)
class ParsedEntry:
    """An entry to be judged, or one already settled."""

    slot: Slot
    store_id: UUID
    former_hash: int | None  # hash of the verdict it was held with; None for a new entry
    side: bytes | None
    id: UUID  # the entry's own id, or one derived from its slot
    has_own_id: bool
    entry: Entry | None = None
    body: Body | None = None
    passed: UUID | None = None  # who passed their PIN by it
    erased: UUID | None = None  # the card whose side rows its till has erased
    pin: PinSet | None = None  # for an entry that sets a PIN, which `Pins` settles
    occurred_at: datetime | None = None
    told: Told = NOTHING  # what its till had been told by then
    settled: Settled | None = None
    is_salvaged: bool = False  # of a journal that was turned away: it gets no verdict
    case_due_at: datetime | None = None  # when a held entry becomes a case; None once it has

    @property
    def clock_corrected(self) -> bool:
        at = self.occurred_at
        return self.entry is not None and at is not None and entry_times.was_corrected(self.entry, at)

    def settle_as_repeated(self) -> None:
        """Settles the entry as unreadable, under an id of its own, because another row has its id."""
        self.settled = UNREADABLE
        self.id, self.has_own_id = nameless_id(self.slot), False


def read(
    data: bytes,
    slot: Slot,
    *,
    store_id: UUID,
    side: bytes | None,
    former_hash: int | None,
    unread: Settled | None = None,
) -> ParsedEntry:
    """Parses an entry's bytes; with *unread*, they are left unparsed and settled with that verdict."""
    entry, body, settled = (None, None, unread) if unread is not None else _read(data, side)
    said = None if entry is None or settled is not ACCEPTED else _till_body_in(entry)
    own_id = entry.id if entry is not None else None if unread is TORN else _id_in(data)  # torn bytes are not trusted
    return ParsedEntry(
        slot=slot,
        store_id=store_id,
        former_hash=former_hash,
        side=side,
        id=own_id or nameless_id(slot),
        has_own_id=own_id is not None,
        entry=entry,
        body=body,
        passed=said.staff if isinstance(said, PinPassed) else None,
        erased=said.card if isinstance(said, SideErased) else None,
        pin=said if isinstance(said, PinSet) else None,
        settled=settled,
    )


def _read(data: bytes, side: bytes | None) -> tuple[Entry | None, Body | None, Settled | None]:
    entry: Entry | None = None
    try:
        entry = decode_entry(data)
        if is_transaction(entry.kind):
            body = transaction_body(entry, side)
            if not _can_be_kept(body):
                return entry, None, UNREADABLE
            if _TEXTS[type(body)]:
                body = _cleaned(body)
            return (entry, body, None) if entry.card is not None else (entry, None, WITHOUT_CARD)
        till_body(entry)
    except Unreadable:
        return entry, None, UNREADABLE
    except FromTheFuture:
        return entry, None, FROM_THE_FUTURE
    return entry, None, ACCEPTED


def _till_body_in(entry: Entry) -> TillBody | None:
    return till_body(entry) if entry.kind in _FOLLOWED else None


def _can_be_kept(body: Body) -> bool:
    """True if the texts fit columns and indexes on every database; tills write no others."""
    for name, most in _TEXTS[type(body)]:
        text = getattr(body, name)
        if text is not None and len(text) > most:
            return False
    for name in _NUMBERS[type(body)]:
        number = getattr(body, name)
        if number is not None and not -COUNT_MAX <= number <= COUNT_MAX:
            return False
    return True


def _cleaned(body: Body) -> Body:
    """The body with normalised texts, as older tills or other programs may not normalise them."""
    changed: dict[str, Any] = {}
    for name, _ in _TEXTS[type(body)]:
        text = getattr(body, name)
        if text is not None and (kept := clean(text)) != text:
            changed[name] = None if name == "receipt" and not kept else kept
    return replace(body, **changed) if changed else body


class _Named(Struct):
    id: UUID


def _id_in(data: bytes) -> UUID | None:
    """The entry's id, even if the rest is unreadable, because the till looks up the verdict by it."""
    try:
        return _named.decode(data).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


_named = msgspec.json.Decoder(_Named)
_HINTS = {body: get_type_hints(body) for body in BODY_OF.values()}
_TEXTS = {
    body: tuple((name, _CHARS_MAX[name]) for name, hint in hints.items() if hint in (str, str | None))
    for body, hints in _HINTS.items()
}
_NUMBERS = {
    body: tuple(name for name, hint in hints.items() if hint in (int, int | None)) for body, hints in _HINTS.items()
}


def nameless_id(slot: Slot) -> UUID:
    """The verdict's id for an entry without a usable id of its own."""
    return uuid5(slot.journal_id, str(slot.seq))
