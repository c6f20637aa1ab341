"""Makes an entry of what happened: its id, the times, who did it, and on what knowledge. Then it is journalled."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty.transactions import Body
from sync.protocol.chain import entry_hash
from sync.protocol.entries import (
    ENTRY_FORMAT,
    CardReference,
    ClockJumped,
    Entry,
    Side,
    TillBody,
    TillStarted,
    encode_side,
    kind_of,
    raw_body,
)
from terminal.machine.clock import Clock
from terminal.storage.journal import Journal, Written

PROGRAM = "orion-terminal 0.1"


class Recorder:
    """The only way into the journal."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self.essentials = 0  # how far rules and staff are known; the counter keeps it

    def begin(self) -> None:
        """Says that the till was started, where this boot has not written yet: running time counts on from here."""
        last = self._journal.last
        if last is not None and last.boot != self._clock.reading().boot:
            self.write(TillStarted(PROGRAM))

    def running_ms(self) -> int:
        """How long this journal's till has run in all."""
        last = self._journal.last
        if last is None:
            return 0
        reading = self._clock.reading()
        since = reading.monotonic_ms - last.monotonic_ms if reading.boot == last.boot else 0
        return last.running_ms + max(0, since)

    def write(
        self,
        body: Body | TillBody,
        *,
        entry_id: UUID | None = None,
        card: CardReference | None = None,
        card_version: int | None = None,
        program: int = 0,
        staff: UUID | None = None,
        override: UUID | None = None,
        side: Side | None = None,
    ) -> Written:
        """Journals what happened now; on return it is on disk."""
        self._look_at_the_clock()
        entry = self._entry(
            body,
            self._clock.now(),
            entry_id=entry_id,
            card=card,
            card_version=card_version,
            program=program,
            staff=staff,
            override=override,
            side=None if side is None else entry_hash(encode_side(side)),
        )
        return self._journal.append(entry, side)

    def write_step(self, bodies: Sequence[Body], **context: Any) -> list[Written]:
        """Journals what was done in one step, at one moment: all of it or nothing; *context* as for `write`."""
        self._look_at_the_clock()
        at = self._clock.now()
        return self._journal.append_step([self._entry(body, at, **context) for body in bodies])

    def _look_at_the_clock(self) -> None:
        if (jump := self._clock.jumped_s()) is not None:
            self._journal.append(self._entry(ClockJumped(round(jump, 3)), self._clock.now()))

    def _entry(
        self,
        body: Body | TillBody,
        occurred_at: datetime,
        *,
        entry_id: UUID | None = None,
        card: CardReference | None = None,
        card_version: int | None = None,
        program: int = 0,
        staff: UUID | None = None,
        override: UUID | None = None,
        side: bytes | None = None,
    ) -> Entry:
        reading = self._clock.reading()
        return Entry(
            v=ENTRY_FORMAT,
            id=entry_id or new_id(int(occurred_at.timestamp() * 1000)),
            kind=kind_of(body),
            occurred_at=occurred_at,
            wall=reading.wall,
            boot=reading.boot,
            monotonic_ms=reading.monotonic_ms,
            running_ms=self.running_ms(),
            body=raw_body(body),
            anchored_at=self._clock.anchored_at,
            card=card,
            card_version=card_version,
            essentials=self.essentials,
            program=program,
            staff=staff,
            override=override,
            side=side,
        )


def new_id(unix_ms: int) -> UUID:
    """A UUIDv7 (RFC 9562): ordered by time, with 74 random bits."""
    value = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)
