"""The interfaces the driver works with: a till's journal, replica, transport, clock and others.

The counter implements the first three; tests and the simulation implement them in memory.
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


class TillGone(Exception):
    """The counter that a port asks has ended, and the exchange with it, which is repeated at the next start."""


class ReplicaBegunAnew(Exception):
    """The replica was damaged, and an empty one has taken its place: what it had is to be asked for again."""

    kind = "replica"


@dataclass(frozen=True, slots=True)
class Head:
    """The journal's last link; seq 0 and the genesis hash for an empty journal."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """The positions of the sync: up to where the server has acknowledged entries, and up to where this till has
    read."""

    acked_seq: int
    cursors: Cursors
    seal: Seal | None
    suspects: tuple[Bucket, ...] = ()  # buckets to fetch completely, a few at a time
    differences: tuple[Difference, ...] = ()  # not yet reported to the server


@dataclass(frozen=True, slots=True)
class Signer:
    """The till's identity and signing key, and the server's public key."""

    company_id: UUID
    terminal_id: UUID
    journal_id: UUID
    signing: SigningKey
    server_signing_public: bytes


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """The state of the sync for display. It is not stored; only the replica's marks are."""

    online: bool = False  # the latest exchange succeeded; readers check its age
    succeeded_s: float | None = None  # the clock's monotonic time of the latest success
    problem_kind: str | None = None  # why the latest exchange failed
    pair_again: bool = False  # the server no longer accepts this journal or terminal
    too_old: bool = False  # this program is outdated: its entries are acknowledged at most
    confirmed_at: datetime | None = None  # server time of the latest exchange after which nothing was left
    rows_left: int | None = None  # approximate rows of the feed still to come, while it is read
    loaded: float | None = None  # fraction of a snapshot downloaded, while one is fetched
    offline_since: datetime | None = None  # wall-clock time of the first failure since the latest success
    practice: bool = False  # a practice shop, without a server


@dataclass(frozen=True, slots=True)
class ReadySnapshot:
    """A downloaded replica file with the company's cards up to a version."""

    path: Path
    version: int
    base_seq: int  # it includes this till's entries up to here
    rows: int


class Journal(Protocol):
    """The till's entries. Thread-safe."""

    def head(self) -> Head: ...

    def page_after(
        self, seq: int, entries_max: int, bytes_max: int, parked: frozenset[int] = frozenset()
    ) -> Page | None:
        """The entries after *seq* within the limits, but at least one; None if there is none.

        Entries with a seq in *parked* are marked as parked.
        """


class Replica(Protocol):
    """The confirmed state of the company, written on the driver's thread only."""

    def marks(self) -> Marks: ...

    def apply(self, response: ExchangeResponse) -> None:
        """Applies the response in one unit of work, taking only newer rows; raises a problem or `ReplicaBegunAnew`."""


class Call(Protocol):
    """A request under way."""

    def answer(self) -> ExchangeResponse:
        """Waits for the response; raises an `ExchangeFailure`."""

    def give_up(self) -> None:
        """Discards the response. Effects on the server remain."""


class Transport(Protocol):
    """Carries one exchange at a time; raises the failures of `sync.exchange.failures`."""

    def begin(self, request: ExchangeRequest, deadline_s: float) -> Call:
        """Sends *request* without waiting for the response."""

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        """Sends *request* and waits for the response."""

    def close(self) -> None:
        """Closes the transport, ending an exchange under way at once. Thread-safe."""


class Keys(Protocol):
    """The company's keys that the till works with. Thread-safe."""

    def ids(self) -> tuple[int, int]:
        """The ids of the data key and the pepper."""

    def take(self, sent: bytes) -> None:
        """Decrypts and durably stores newer keys; raises if they are not from our server or cannot be stored."""


class Pool(Protocol):
    """The blanks reserved for this till. Thread-safe."""

    def wanted(self) -> int | None:
        """The number of blanks left if more are needed, else None."""

    def take(self, sent: bytes) -> None:
        """Takes new blanks into memory until the counter stores them; the server sends lost ones again."""


class HintSource(Protocol):
    """A source of hints about the company's version, on its own thread. Missing hints cost latency only."""

    def start(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None: ...

    def close(self) -> None:
        """Stops listening; returns at once. Harmless if never started."""


class Snapshots(Protocol):
    """Fetches a snapshot on its own thread. Without one, the feed takes longer."""

    def start(self, moved: Callable[[float], None], ended: Callable[[ReadySnapshot | None], None]) -> None: ...

    def install(self, ready: ReadySnapshot) -> bool:
        """Makes the snapshot the replica unless that is newer; raises a problem. Called on the driver's thread."""

    def close(self) -> None:
        """Stops fetching; returns at once. Harmless if never started."""


class Clock(Protocol):
    """The till's clocks."""

    def reading(self) -> messages.Clock: ...

    def learned(self, server_time: datetime, sent: messages.Clock, received: messages.Clock) -> None:
        """Learns the server's time, which was read between these two readings."""

    def monotonic_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What one till's exchange works on. A part that a till does without is None."""

    identity: Signer
    journal: Journal
    replica: Replica
    transport: Transport
    clock: Clock
    hints: HintSource | None = None
    keys: Keys | None = None
    snapshots: Snapshots | None = None
    pool: Pool | None = None
    signed_off: Callable[[], None] | None = None  # erases a revoked till's data, once its entries are handed over
