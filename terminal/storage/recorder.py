"""Makes journal entries: adds id, times, persons and the state of knowledge, and journals them."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from loyalty.transactions import Body
from sync.protocol import typed_text
from sync.protocol.chain import entry_hash
from sync.protocol.entries import (
    ENTRY_FORMAT,
    CardReference,
    ClockJumped,
    Entry,
    Side,
    SideErased,
    TillBody,
    TillStarted,
    encode_side,
    kind_of,
    raw_body,
)
from terminal.machine.clock import Clock
from terminal.storage.journal import Journal, Written

SALT_BYTES = 16  # of a side row, so that nobody finds out by trying what its hash stands for
PROGRAM = "orion-terminal 0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContext:
    """The parts of an entry beside its body: the card, the known version, and the people responsible."""

    card: CardReference | None = None
    card_version: int | None = None
    program: int = 0
    staff: UUID | None = None
    override: UUID | None = None
    side: Side | None = None


NO_CARD = EntryContext()  # of what happens to the till itself


class Recorder:
    """Writes entries to the journal; all entries must be written through it."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self.essentials = 0  # version up to which rules and staff are known; set by the counter

    def begin(self) -> None:
        """Journals the till's start if this boot has no entry yet."""
        last = self._journal.last
        if last is not None and last.boot != self._clock.reading().boot:
            self.write(TillStarted(PROGRAM))

    def running_ms(self) -> int:
        """The total running time of this journal's till."""
        last = self._journal.last
        if last is None:
            return 0
        reading = self._clock.reading()
        since = reading.monotonic_ms - last.monotonic_ms if reading.boot == last.boot else 0
        return last.running_ms + max(0, since)

    def write(self, body: Body | TillBody, context: EntryContext = NO_CARD) -> Written:
        """Journals an event of now; durable on return."""
        self._journal_clock_jump()
        if isinstance(body, Body) and (text := typed_text.text_of(body)):
            assert context.side is None, "an entry has one side row"
            side = Side(salt=secrets.token_bytes(SALT_BYTES), text=text)
            body, context = typed_text.without_text(body), replace(context, side=side)
        return self._journal.append(self._entry(body, self._clock.now(), context), context.side)

    def write_step(self, bodies: Sequence[Body], context: EntryContext) -> list[Written]:
        """Journals several events of one moment, all or none. They have no side row."""
        assert context.side is None, "a side row belongs to a single entry"
        self._journal_clock_jump()
        at = self._clock.now()
        return self._journal.append_step([self._entry(body, at, context) for body in bodies])

    def write_erasure(self, body: SideErased, forgotten: Collection[int]) -> None:
        """Journals that a customer's side rows are deleted, in the commit that deletes them."""
        self._journal_clock_jump()
        self._journal.append_step([self._entry(body, self._clock.now(), NO_CARD)], forgotten=forgotten)

    def _journal_clock_jump(self) -> None:
        if (jump := self._clock.jumped_s()) is not None:
            self._journal.append(self._entry(ClockJumped(round(jump, 3)), self._clock.now(), NO_CARD))

    def _entry(self, body: Body | TillBody, occurred_at: datetime, context: EntryContext) -> Entry:
        reading = self._clock.reading()
        return Entry(
            v=ENTRY_FORMAT,
            id=new_id(int(occurred_at.timestamp() * 1000)),
            kind=kind_of(body),
            occurred_at=occurred_at,
            wall=reading.wall,
            boot=reading.boot,
            monotonic_ms=reading.monotonic_ms,
            running_ms=self.running_ms(),
            body=raw_body(body),
            anchored_at=self._clock.anchored_at,
            card=context.card,
            card_version=context.card_version,
            essentials=self.essentials,
            program=context.program,
            staff=context.staff,
            override=context.override,
            side=None if context.side is None else entry_hash(encode_side(context.side)),
        )


def new_id(unix_ms: int) -> UUID:
    """A UUIDv7 (RFC 9562), ordered by time, with 74 random bits."""
    value = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)
