"""Connections of the web server: deadlines for incoming requests, and a limit on their number.

uvicorn limits only the idle time between requests, and not the time for a request to arrive. A connection beyond the
limit replaces the one that has waited longest, so that strangers who send nothing displace each other and not tills.
"""

import asyncio
import random
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX = 8_192  # enough for the largest chain's tills; each costs about 20 KiB
WAIT_LONGER = "orion.wait_longer"  # in a request's scope: gives its body so many seconds more
FILES_FOR_THE_REST = 256  # database, snapshots being sent, libraries, and connections just accepted
ACCEPTED_AT_ONCE = 64
QUEUED_MAX = 1_024  # connections the system queues while the program is busy


class _Awaits(Enum):
    """What a connection waits for."""

    HEADER = auto()
    BODY = auto()
    NEXT = auto()  # the next request, idle after an answer
    NOTHING = auto()  # nothing, as it is being answered


class Places:
    """The connections of one process: the waiting ones, longest wait first, and those being answered."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[Connection, None] = {}
        self._answered: set[Connection] = set()

    def enter(self, connection: "Connection") -> bool:
        """Registers a connection, closing the longest waiting one if needed; False if there is no room."""
        if len(self._waiting) + len(self._answered) >= self._limit:
            if not self._waiting:
                return False
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.end()
        self._waiting[connection] = None
        return True

    def move(self, connection: "Connection", awaits: _Awaits) -> None:
        """Records what a connection waits for now."""
        self.leave(connection)
        if awaits is _Awaits.NOTHING:
            self._answered.add(connection)
        else:
            self._waiting[connection] = None

    def leave(self, connection: "Connection") -> None:
        """Removes a closed connection."""
        self._waiting.pop(connection, None)
        self._answered.discard(connection)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The time allowed to the peer, in seconds."""

    header: float = 10.0
    body: float = 60.0  # as long as a till waits for an answer; enough for a full page at 128 kbit/s
    unread: float = 30.0  # for reading an answer or a hint


class Connection(H11Protocol):
    """A connection with a deadline for everything expected from its peer."""

    places: Places
    deadlines: Deadlines

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._awaits = _Awaits.HEADER
        self._is_in = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Registers the connection, which may be a stranger's."""
        super().connection_made(transport)
        self._is_in = self.places.enter(self)
        if self._is_in:
            self._deadline = self.loop.call_later(self._header_s(), self.end)
        else:
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Frees the connection's place."""
        self._is_in = False
        self.places.leave(self)
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Processes received bytes; the deadline stays until the expected part is complete."""
        if self._is_in:
            super().data_received(data)
            self._update()
            if self.scope is not None and self._awaits is _Awaits.BODY:
                cast("dict[str, Any]", self.scope)[WAIT_LONGER] = self._wait_longer

    def on_response_complete(self) -> None:
        """Waits for the next request, which may have arrived already."""
        super().on_response_complete()
        if self._awaits is _Awaits.NOTHING and self._theirs() is _Awaits.HEADER:
            self._wait_for(_Awaits.NEXT, None)
        self._update_if_pipelined()

    def pause_writing(self) -> None:
        """Starts the deadline for reading, as the peer does not read."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self.deadlines.unread, self.end)

    def resume_writing(self) -> None:
        """Ends the deadline for reading."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if self.flow is not None:
            super().resume_writing()

    def end(self) -> None:
        """Closes the connection at once, without an answer."""
        self._is_in = False
        if self.transport is not None:
            self.transport.abort()

    def _wait_longer(self, seconds: float) -> None:
        """Called for a sender who is known to send a large body."""
        if self._is_in and self._awaits is _Awaits.BODY:
            self._wait_for(_Awaits.BODY, seconds)

    def _update_if_pipelined(self) -> None:
        if self._theirs() is not _Awaits.HEADER:
            self._update()  # the next request had arrived already

    def _update(self) -> None:
        theirs = self._theirs()
        if theirs is not self._awaits and self._is_in:
            self._wait_for(theirs, {_Awaits.HEADER: self._header_s(), _Awaits.BODY: self.deadlines.body}.get(theirs))

    def _theirs(self) -> _Awaits:
        states = {h11.IDLE: _Awaits.HEADER, h11.SEND_BODY: _Awaits.BODY}
        return states.get(self.conn.their_state, _Awaits.NOTHING)

    def _wait_for(self, awaits: _Awaits, within_s: float | None) -> None:
        self._cancel()
        self._awaits = awaits
        self.places.move(self, awaits)
        if within_s is not None:
            self._deadline = self.loop.call_later(within_s, self.end)

    def _header_s(self) -> float:
        """Strangers that came together are sent away one by one, so that they do not come back together."""
        return self.deadlines.header * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def limited_to(limit: int, within: Deadlines = Deadlines()) -> type[Connection]:
    """A connection class for one process, limited to *limit* connections."""

    class Limited(Connection):
        """The class passed to uvicorn, which constructs connections itself."""

        places = Places(limit)
        deadlines = within

    return Limited


def raise_file_limit() -> int:
    """Raises the soft limit of open files; returns how many connections that allows."""
    try:
        import resource  # noqa: PLC0415 - not on every system
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
