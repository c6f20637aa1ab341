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


class _Company:
    """One company that somebody listens to."""

    def __init__(self) -> None:
        self.version = 0
        self.listeners = 0
        self.news = asyncio.Event()  # a new one for each version


class Hints:
    """All who listen to this process. Only `committed` may be called from other threads than the event loop's."""

    def __init__(
        self, carrier: Carrier | None = None, *, keep_alive_s: float = HINTS_KEEP_ALIVE_S, life_s: float = LIFE_S
    ) -> None:
        self._carrier = carrier
        self._keep_alive_s = keep_alive_s
        self._life_s = life_s
        self._companies: dict[UUID, _Company] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = asyncio.Event()

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

    async def listen(self, company_id: UUID, known: Callable[[], Awaitable[int]]) -> AsyncGenerator[int | None]:
        """The company's version, at once (*known* reads it) and as it changes; None when it has not for a while."""
        self._loop = loop = asyncio.get_running_loop()
        company = self._companies.setdefault(company_id, _Company())
        company.listeners += 1
        try:
            self._heard(company_id, await known())  # read after taking the place: what commits meanwhile is heard
            told = -1
            until = loop.time() + self._life_s * random.uniform(0.8, 1.0)  # noqa: S311 - streams that began together end apart
            while not self._closing.is_set() and loop.time() < until:
                if company.version > told:
                    told = company.version
                    yield told
                    await happens(self._closing, PAUSE_EACH_S * company.listeners)
                elif not await happens(company.news, self._keep_alive_s):
                    yield None
        finally:
            company.listeners -= 1
            if not company.listeners:
                del self._companies[company_id]

    def close(self) -> None:
        """Ends every stream at once, and those that begin from now on."""
        self._closing.set()
        for company in self._companies.values():
            company.news.set()

    def _ours(self, company_id: UUID, version: int) -> None:
        self._heard(company_id, version)
        if self._carrier is not None:
            self._carrier.tell(company_id, version)

    def _heard(self, company_id: UUID, version: int) -> None:
        company = self._companies.get(company_id)
        if company is not None and version > company.version:
            company.version = version
            company.news.set()
            company.news = asyncio.Event()


async def happens(event: asyncio.Event, within_s: float) -> bool:
    """Whether it happens in time."""
    try:
        async with asyncio.timeout(within_s):
            return await event.wait()
    except TimeoutError:
        return False
