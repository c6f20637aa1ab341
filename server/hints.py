"""Distribution of hints: a commit wakes the listeners of its company.

A hint is the company's version here. It may come late, twice or not at all, since tills also ask on their own.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from sync.protocol.messages import HINTS_KEEP_ALIVE_S

LIFE_S = 300.0  # life of a stream, so that proxies, revocations and restarts see no older connection
PAUSE_EACH_S = 0.002  # pause per listener between two hints to one of them, as each may cost an exchange


class Carrier(Protocol):
    """Carries hints to and from the server's other processes."""

    def tell(self, company_id: UUID, version: int) -> None:
        """Queues the version for the other processes; called on the event loop, returns at once."""

    async def run(self, heard: Callable[[UUID, int], None]) -> None:
        """Carries hints until cancelled."""


class Stream:
    """One listener's stream."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()  # set by news and by the end
        self.over = asyncio.Event()

    def end(self) -> None:
        """Ends the stream at once, even before its start."""
        self.over.set()
        self.woken.set()


class _Company:
    """A company with listeners."""

    def __init__(self) -> None:
        self.version = 0
        self.streams: set[Stream] = set()


class Hints:
    """The listeners of this process. Only `committed` may be called from other threads than the event loop's."""

    def __init__(
        self, carrier: Carrier | None = None, *, keep_alive_s: float = HINTS_KEEP_ALIVE_S, life_s: float = LIFE_S
    ) -> None:
        self._carrier = carrier
        self._keep_alive_s = keep_alive_s
        self._life_s = life_s
        self._companies: dict[UUID, _Company] = {}
        self._newest: dict[UUID, Stream] = {}  # by terminal
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    @property
    def is_closing(self) -> bool:
        """True once no stream is kept any more."""
        return self._closing

    async def run(self) -> None:
        """Exchanges hints with the other processes until cancelled."""
        self._loop = asyncio.get_running_loop()
        if self._carrier is not None:
            await self._carrier.run(self._heard)

    def committed(self, company_id: UUID, version: int) -> None:
        """Reports the company's durable version. Thread-safe."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop and its streams have ended
                self._loop.call_soon_threadsafe(self._ours, company_id, version)

    def enter(self, terminal_id: UUID) -> Stream:
        """Registers a terminal's stream and ends its former one, as each terminal may have only one."""
        if (older := self._newest.get(terminal_id)) is not None:
            older.end()
        stream = self._newest[terminal_id] = Stream()
        return stream

    def leave(self, terminal_id: UUID, stream: Stream) -> None:
        """Removes a terminal's stream after its end."""
        if self._newest.get(terminal_id) is stream:
            del self._newest[terminal_id]

    async def listen(
        self, company_id: UUID, stream: Stream, known: Callable[[], Awaitable[int]]
    ) -> AsyncGenerator[int | None]:
        """Yields the company's version at once (read by *known*) and at each change; None after a time without
        changes."""
        self._loop = loop = asyncio.get_running_loop()
        company = self._companies.setdefault(company_id, _Company())
        company.streams.add(stream)
        try:
            self._heard(company_id, await known())  # read after registering, so that no commit is missed
            sent = -1
            until = loop.time() + self._life_s * random.uniform(0.8, 1.0)  # noqa: S311 - spreads the ends of streams
            while not (self._closing or stream.over.is_set()) and loop.time() < until:
                stream.woken.clear()
                if company.version > sent:
                    sent = company.version
                    yield sent
                    await happens(stream.over, PAUSE_EACH_S * len(company.streams))
                elif not await happens(stream.woken, self._keep_alive_s):
                    yield None
        finally:
            company.streams.discard(stream)
            if not company.streams and self._companies.get(company_id) is company:
                del self._companies[company_id]

    def close(self) -> None:
        """Ends all present and future streams at once."""
        self._closing = True
        for company in self._companies.values():
            for stream in company.streams:
                stream.end()

    def _ours(self, company_id: UUID, version: int) -> None:
        self._heard(company_id, version)
        if self._carrier is not None:
            self._carrier.tell(company_id, version)

    def _heard(self, company_id: UUID, version: int) -> None:
        company = self._companies.get(company_id)
        if company is not None and version > company.version:
            company.version = version
            for stream in company.streams:
                stream.woken.set()


async def happens(event: asyncio.Event, within_s: float) -> bool:
    """True if *event* is set within the time-out."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
