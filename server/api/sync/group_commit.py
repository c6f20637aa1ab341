"""Whose turn it is: visits that come while a company is being served are served together, in the next unit of work.

So a company with many tills pays for its lock, its queries and the disk once for all who waited, and nobody waits for
more than the unit of work under way and the next.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from server.exchange.together import NewsFor, Outcome, TillRequest

AT_ONCE_MAX = 64  # visits in one unit of work
ENTRIES_MAX = 1_000  # after so many, those behind wait for the next
THREADS = 8  # companies served at once; the interpreter runs one of them at a time anyway


_Waiting = tuple[TillRequest, "asyncio.Future[Outcome]"]


class GroupCommit:
    """The visits of all companies. Used on the event loop only."""

    def __init__(
        self,
        take: Callable[[UUID, Sequence[TillRequest], NewsFor], list[Outcome]],
        audience: Callable[[UUID], NewsFor],
    ) -> None:
        self._take = take
        self._audience = audience
        self._waiting: dict[UUID, list[_Waiting]] = {}
        self._serving: dict[UUID, asyncio.Task[None]] = {}
        self._limiter: CapacityLimiter | None = None  # made on the loop that it belongs to

    async def outcome(self, company_id: UUID, visit: TillRequest) -> Outcome:
        """What becomes of the visit, once it has had its turn."""
        mine: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(company_id, []).append((visit, mine))
        if company_id not in self._serving:
            self._serving[company_id] = asyncio.create_task(self._serve(company_id))
        return await mine

    async def _serve(self, company_id: UUID) -> None:
        self._limiter = self._limiter or CapacityLimiter(THREADS)
        try:
            while turn := self._next(company_id):
                visits = [visit for visit, _ in turn]
                outcomes: Sequence[Outcome]
                try:
                    audience = self._audience(company_id)
                    outcomes = await run_sync(self._take, company_id, visits, audience, limiter=self._limiter)
                except Exception as error:  # the same for all of them, such as a database that does not answer
                    outcomes = [error] * len(turn)
                for (_, mine), outcome in zip(turn, outcomes, strict=True):
                    if not mine.done():  # whoever asked may have gone
                        mine.set_result(outcome)
        finally:
            del self._serving[company_id]

    def _next(self, company_id: UUID) -> list[_Waiting]:
        """Those who are served together now, the longest waiting first; of each terminal only one."""
        turn: list[_Waiting] = []
        later: list[_Waiting] = []
        terminals: set[UUID] = set()
        entries = 0
        for one in self._waiting.pop(company_id, []):
            visit = one[0]
            if visit.terminal_id in terminals or len(turn) == AT_ONCE_MAX or entries >= ENTRIES_MAX:
                later.append(one)
                continue
            terminals.add(visit.terminal_id)
            entries += 0 if visit.request.page is None else len(visit.request.page.entries)
            turn.append(one)
        if later:
            self._waiting[company_id] = later
        return turn
