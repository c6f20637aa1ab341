"""Group commit: requests of a company that arrive while another is processed share the next unit of work.

A company with many tills thus pays for its lock, its queries and the disk once per group, and a request waits at most
for the unit of work under way and its own.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from server.exchange.request_group import NewsFor, Outcome, TillRequest

AT_ONCE_MAX = 64  # requests in one unit of work
ENTRIES_MAX = 1_000  # later requests wait for the next group
THREADS = 8  # companies served at once; the interpreter runs one thread at a time anyway


_Waiting = tuple[TillRequest, "asyncio.Future[Outcome]"]


class GroupCommit:
    """The waiting requests of all companies. Used on the event loop only."""

    def __init__(
        self,
        take: Callable[[UUID, Sequence[TillRequest], NewsFor], list[Outcome]],
        audience: Callable[[UUID], NewsFor],
    ) -> None:
        self._take = take
        self._audience = audience
        self._waiting: dict[UUID, list[_Waiting]] = {}
        self._serving: dict[UUID, asyncio.Task[None]] = {}
        self._limiter: CapacityLimiter | None = None  # created on its event loop

    async def outcome(self, company_id: UUID, request: TillRequest) -> Outcome:
        """Queues the request and returns its outcome."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(company_id, []).append((request, future))
        if company_id not in self._serving:
            self._serving[company_id] = asyncio.create_task(self._serve(company_id))
        return await future

    async def _serve(self, company_id: UUID) -> None:
        self._limiter = self._limiter or CapacityLimiter(THREADS)
        try:
            while group := self._next(company_id):
                requests = [request for request, _ in group]
                outcomes: Sequence[Outcome]
                try:
                    audience = self._audience(company_id)
                    outcomes = await run_sync(self._take, company_id, requests, audience, limiter=self._limiter)
                except Exception as error:  # affects the whole group, such as an unreachable database
                    outcomes = [error] * len(group)
                for (_, future), outcome in zip(group, outcomes, strict=True):
                    if not future.done():  # the caller may have disconnected
                        future.set_result(outcome)
        finally:
            del self._serving[company_id]

    def _next(self, company_id: UUID) -> list[_Waiting]:
        """The requests of the next group, longest waiting first, at most one for each terminal."""
        group: list[_Waiting] = []
        later: list[_Waiting] = []
        terminals: set[UUID] = set()
        entries = 0
        for one in self._waiting.pop(company_id, []):
            request = one[0]
            if request.terminal_id in terminals or len(group) == AT_ONCE_MAX or entries >= ENTRIES_MAX:
                later.append(one)
                continue
            terminals.add(request.terminal_id)
            entries += 0 if request.exchange.page is None else len(request.exchange.page.entries)
            group.append(one)
        if later:
            self._waiting[company_id] = later
        return group
