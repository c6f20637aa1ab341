"""What the driver is handed, and what it tells: the shapes of a till's journal, replica, transport and clock.

Nothing here does anything. The counter implements the first three for real, tests and the simulation in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sync.protocol import messages
from sync.protocol.chain import SigningKey
from sync.protocol.messages import (
    Bucket,
    Cursors,
    Difference,
    ExchangeRequest,
    ExchangeResponse,
    Hint,
    Listening,
    Page,
    Seal,
)


@dataclass(frozen=True, slots=True)
class Head:
    """The journal's last link; seq 0 and the genesis when it has no rows."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the server has confirmed this till, and how far this till has read the server."""

    acked_seq: int
    cursors: Cursors
    seal: Seal | None
    suspects: tuple[Bucket, ...] = ()  # buckets to be fetched whole, a few at a time
    differences: tuple[Difference, ...] = ()  # that the server has not heard of


@dataclass(frozen=True, slots=True)
class Signer:
    """Who this till is, and whom it believes."""

    company_id: UUID
    terminal_id: UUID
    journal_id: UUID
    signing: SigningKey
    server_signing_public: bytes


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the latest exchanges tell a reader. Nothing of it outlives the program; the replica's marks do."""

    online: bool = False  # the latest exchange succeeded; the reader judges its age
    succeeded_s: float | None = None  # the clock's monotonic time of the latest success
    problem_kind: str | None = None  # why the latest exchange failed
    pair_again: bool = False  # the server does not take this journal or terminal any more
    too_old: bool = False  # this program is only acknowledged, or not understood at all
    confirmed_at: datetime | None = None  # server time of the latest exchange with nothing more
    rows_left: int | None = None  # of the feed, roughly, while it is being read
    loaded: float | None = None  # the part of a snapshot that has come, while one is being fetched
    offline_since: datetime | None = None  # the wall clock at the first failure since the latest success
    practice: bool = False  # there is no server, and never will be: a shop to practise in


@dataclass(frozen=True, slots=True)
class ReadySnapshot:
    """A replica file on disk that holds the company's cards up to a version."""

    path: Path
    version: int
    base_seq: int  # this till's entries up to here are in it
    rows: int


class Journal(Protocol):
    """The till's entries, read from any thread."""

    def head(self) -> Head: ...

    def page_after(
        self, seq: int, entries_max: int, bytes_max: int, parked: frozenset[int] = frozenset()
    ) -> Page | None:
        """The entries after *seq* within the limits, but at least one; None when there is none.

        Entries named in *parked* are marked so.
        """


class Replica(Protocol):
    """The company's state as last confirmed, written by the driver's thread only."""

    def marks(self) -> Marks: ...

    def apply(self, response: ExchangeResponse) -> None:
        """Everything the response says, as one unit of work, rows only where they are newer; or a problem, raised."""


class Call(Protocol):
    """A request that is on its way."""

    def answer(self) -> ExchangeResponse:
        """Waits for the response; or a failure, raised."""

    def give_up(self) -> None:
        """Nobody wants the response any more. What the server may have done with the request stays done."""


class Transport(Protocol):
    """Carries one exchange at a time; raises `sync.exchange.failures`."""

    def begin(self, request: ExchangeRequest, deadline_s: float) -> Call:
        """Sends *request* without waiting for anything."""

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        """The same, and its answer."""

    def close(self) -> None:
        """May be called from another thread; an exchange under way ends at once."""


class Keys(Protocol):
    """The keys of the company that a till works with, from any thread."""

    def ids(self) -> tuple[int, int]:
        """Of the data key and the pepper."""

    def take(self, sent: bytes) -> None:
        """Opens and keeps newer ones, durable on return; raises when they are not our server's, or cannot be kept."""


class Pool(Protocol):
    """The blanks that only this till may hand out, from any thread."""

    def wanted(self) -> int | None:
        """How many it has, once they are so few that it wants more; else None."""

    def take(self, sent: bytes) -> None:
        """Some have come. Kept in memory only, until the counter takes them in: lost ones are sent again."""


class HintSource(Protocol):
    """Hears how far the company is, on a thread of its own. Hearing nothing costs latency only."""

    def start(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None: ...

    def close(self) -> None:
        """Hear no more; returns at once. Also when it was never started."""


class Snapshots(Protocol):
    """Fetches a snapshot on a thread of its own. Getting none costs time only: the feed has everything."""

    def start(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None: ...

    def install(self, ready: ReadySnapshot) -> bool:
        """Makes it the replica, unless that has more already; or a problem, raised. On the driver's thread."""

    def close(self) -> None:
        """Fetch no more; returns at once. Also when it was never started."""


class Clock(Protocol):
    """The till's clocks."""

    def reading(self) -> messages.Clock: ...

    def learned(self, server_time: datetime, sent: messages.Clock, received: messages.Clock) -> None:
        """The server said its time somewhere between these two readings."""

    def monotonic_s(self) -> float: ...
