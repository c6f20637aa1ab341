"""Who listens for hints, by company: what is committed wakes that company's listeners, and nobody else's.

Here a hint is how far the company is. It may come late, twice or never, since tills also ask unprompted.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Protocol
from uuid import UUID

from sync.protocol.messages import HINTS_KEEP_ALIVE_S

LIFE_S = 300.0  # of one stream: proxies, revocations and restarts meet no connection that is older
PAUSE_EACH_S = 0.002  # per listener of a company, between two hints to one of them: a hint costs news, or an exchange


class Carrier(Protocol):
    """Takes hints to the server's other processes, and brings theirs."""

    def tell(self, company_id: UUID, version: int) -> None:
        """Says it to the others; called on the event loop, returns at once."""

    async def run(self, heard: Callable[[UUID, int], None]) -> None:
        """Carries until it is cancelled."""


class Stream:
    """One who listens."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()  # there is news, or it is over
        self.over = asyncio.Event()

    def end(self) -> None:
        """It ends at once, also where it has not begun yet."""
        self.over.set()
        self.woken.set()


class _Company:
    """One company that somebody listens to."""

    def __init__(self) -> None:
        self.version = 0
        self.streams: set[Stream] = set()


class Hints:
    """All who listen to this process. Only `committed` may be called from other threads than the event loop's."""

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

    async def run(self) -> None:
        """Hears and tells the other processes, until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        if self._carrier is not None:
            await self._carrier.run(self._heard)

    def committed(self, company_id: UUID, version: int) -> None:
        """The company is at this version, on disk. From any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and everybody's stream with it
                self._loop.call_soon_threadsafe(self._ours, company_id, version)

    def enter(self, terminal_id: UUID) -> Stream:
        """A terminal is about to listen. It listens once: this ends the stream that it had before."""
        if (older := self._newest.get(terminal_id)) is not None:
            older.end()
        stream = self._newest[terminal_id] = Stream()
        return stream

    def leave(self, terminal_id: UUID, stream: Stream) -> None:
        """Its stream has ended, or was not begun after all."""
        if self._newest.get(terminal_id) is stream:
            del self._newest[terminal_id]

    async def listen(
        self, company_id: UUID, stream: Stream, known: Callable[[], Awaitable[int]]
    ) -> AsyncGenerator[int | None]:
        """The company's version, at once (*known* reads it) and as it changes; None when it has not for a while."""
        self._loop = loop = asyncio.get_running_loop()
        company = self._companies.setdefault(company_id, _Company())
        company.streams.add(stream)
        try:
            self._heard(company_id, await known())  # read after taking the place: what commits meanwhile is heard
            told = -1
            until = loop.time() + self._life_s * random.uniform(0.8, 1.0)  # noqa: S311 - streams that began together end apart
            while not (self._closing or stream.over.is_set()) and loop.time() < until:
                stream.woken.clear()
                if company.version > told:
                    told = company.version
                    yield told
                    await happens(stream.over, PAUSE_EACH_S * len(company.streams))
                elif not await happens(stream.woken, self._keep_alive_s):
                    yield None
        finally:
            company.streams.discard(stream)
            if not company.streams and self._companies.get(company_id) is company:
                del self._companies[company_id]

    def close(self) -> None:
        """Ends every stream at once, and those that begin from now on."""
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
    """Whether it happens in time."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
