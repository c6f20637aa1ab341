"""Connections of the web server: how long a request may take to arrive, and how many there are at once.

uvicorn has a deadline for connections that rest between two requests, and none for a request that does not come whole.
A connection beyond the limit takes the place of the one that has been waiting longest, so strangers who send nothing
crowd out each other and no till.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX = 8_192  # more than a till each for the largest chain; each costs about 20 KiB
FILES_FOR_THE_REST = 256  # database, snapshots that are being sent, libraries, and what is accepted in one go
ACCEPTED_AT_ONCE = 64
QUEUED_MAX = 1_024  # connections that the system holds while the program is busy


class _Awaits(Enum):
    """What a connection waits for."""

    HEADER = auto()
    BODY = auto()
    NEXT = auto()  # it has been answered, and rests
    NOTHING = auto()  # it is being answered


class Places:
    """The connections of one process: those that wait, the longest waiting first, and those that are being answered."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Connection, None] = {}
        self._answered: set[Connection] = set()

    def enter(self, connection: "Connection") -> bool:
        """Whether there is a place, which may be another's that is sent away."""
        if len(self._waiting) + len(self._answered) >= self._limit:
            if not self._waiting:
                return False
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end()
        self._waiting[connection] = None
        return True

    def move(self, connection: "Connection", awaits: _Awaits) -> None:
        """It waits for something else from now on."""
        self.leave(connection)
        if awaits is _Awaits.NOTHING:
            self._answered.add(connection)
        else:
            self._waiting[connection] = None

    def leave(self, connection: "Connection") -> None:
        """It has ended."""
        self._waiting.pop(connection, None)
        self._answered.discard(connection)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many seconds the other end has for each thing that it has to do."""

    header: float = 10.0
    body: float = 60.0  # as long as a till waits for an answer: a full page at 128 kbit/s takes most of it
    unread: float = 30.0  # an answer or a hint that nobody takes off the line


class Connection(H11Protocol):
    """One connection, with a deadline for everything that the other end has to do."""

    places: Places
    deadlines: Deadlines

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._awaits = _Awaits.HEADER
        self._is_in = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A stranger, until a whole request has come."""
        super().connection_made(transport)
        self._is_in = self.places.enter(self)
        if self._is_in:
            self._deadline = self.loop.call_later(self.deadlines.header, self.end)
        else:
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Its place is free."""
        self._is_in = False
        self.places.leave(self)
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece of a request: the deadline stays until the part that is awaited is whole."""
        if self._is_in:
            super().data_received(data)
            self._look()

    def on_response_complete(self) -> None:
        """Answered; the next request may have come in the meantime."""
        super().on_response_complete()
        if self._awaits is _Awaits.NOTHING and self._theirs() is _Awaits.HEADER:
            self._wait_for(_Awaits.NEXT, None)
        self._look_if_more()

    def pause_writing(self) -> None:
        """The other end reads nothing."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.deadlines.unread, self.end)

    def resume_writing(self) -> None:
        """It reads again."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if self.flow is not None:
            super().resume_writing()

    def end(self) -> None:
        """Closed at once, without a word: nobody has asked for one."""
        self._is_in = False
        if self.transport is not None:
            self.transport.abort()

    def _look_if_more(self) -> None:
        if self._theirs() is not _Awaits.HEADER:
            self._look()  # a request was waiting behind the one that has been answered

    def _look(self) -> None:
        theirs = self._theirs()
        if theirs is not self._awaits and self._is_in:
            self._wait_for(
                theirs, {_Awaits.HEADER: self.deadlines.header, _Awaits.BODY: self.deadlines.body}.get(theirs)
            )

    def _theirs(self) -> _Awaits:
        states = {h11.IDLE: _Awaits.HEADER, h11.SEND_BODY: _Awaits.BODY}
        return states.get(self.conn.their_state, _Awaits.NOTHING)

    def _wait_for(self, awaits: _Awaits, within_s: float | None) -> None:
        self._cancel()
        self._awaits = awaits
        self.places.move(self, awaits)
        if within_s is not None:
            self._deadline = self.loop.call_later(within_s, self.end)

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def limited_to(limit: int, within: Deadlines = Deadlines()) -> type[Connection]:
    """Connections of one process, at most *limit* of them."""

    class Limited(Connection):
        """As uvicorn makes them: it hands nothing of ours to a connection."""

        places = Places(limit)
        deadlines = within

    return Limited


def raise_file_limit() -> int:
    """Has the system allow as many open files as it will; how many connections may be open with that."""
    try:
        import resource  # noqa: PLC0415 - not every system has it
    except ImportError:
        return 512  # Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS_MAX + FILES_FOR_THE_REST
    enough = hard == resource.RLIM_INFINITY or hard > wanted
    reachable = wanted if enough else hard
    if soft != resource.RLIM_INFINITY and soft < reachable:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
        soft = reachable
    files = wanted if soft == resource.RLIM_INFINITY else soft
    return max(min(CONNECTIONS_MAX, files - FILES_FOR_THE_REST), files // 4)
