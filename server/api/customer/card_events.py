"""Streams that tell an open card page that its card has changed, as server-sent events.

Each says the card's version only; the page then asks for itself. A company's changes are read once for all its open
pages, by the hints that wake tills.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.accounts.rights import Right
from server.companies import companies
from server.customers import card_versions
from server.edge import problem_json, security_headers, visitors
from server.edge.asks import Installation
from server.edge.problem_json import HttpProblem
from server.edge.routes import Route, Visit
from server.hints import Hints, Stream, happens
from server.refusals import Refused
from server.translations import Translator

PATH = "/api/customer/v1/{slug}/card/events"
KEEP_ALIVE_S = 15.0
LIFE_S = 300.0  # then the page begins another, so that sessions and codes that have ended are seen
OF_CARD_MAX, OF_PROCESS_MAX = 5, 2000
READ_EVERY_S = 0.25  # at most, for a company
AGAIN_S = 20  # after which a page that got no stream looks by itself
_READS = 2000  # changed cards at a time
_ROUTE = Route(method="GET", path=PATH, right=Right.STOREFRONT, handler=lambda _: None, title="", visit=Visit.HOLDER)


class CardEvents:
    """The open card pages of this process."""

    def __init__(self, installation: Installation, hints: Hints) -> None:
        self._here, self._hints = installation, hints
        self._watches: dict[UUID, _Watch] = {}

    async def answer(self, request: Request) -> Response:
        """Begins a stream for who holds a card."""
        try:
            company_id, card_id, clock = await run_sync(self._held, request)
        except HttpProblem as problem:
            return problem_json.response(problem, Translator("en"))
        watch = self._watches.get(company_id)
        count = sum(one.count for one in self._watches.values())
        if count >= OF_PROCESS_MAX or (watch is not None and len(watch.pages.get(card_id, ())) >= OF_CARD_MAX):
            busy = HttpProblem("down", retry_after_s=AGAIN_S)
            return problem_json.response(busy, Translator("en"))
        headers = dict(security_headers.headers(is_https=self._here.place.is_https))
        told = self._told(company_id, card_id, clock)
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)

    def _held(self, request: Request) -> tuple[UUID, UUID, int]:
        place, slug = self._here.place, str(request.path_params["slug"])
        with self._here.units.read() as conn:
            try:
                company = companies.by_slug(conn, slug)
            except Refused:
                raise HttpProblem("unknown") from None
            kept = visitors.kept(request, place, slug)
            held = visitors.visitor(conn, _ROUTE, kept, company, self._here.now()).held
            return company.id, held, companies.version(conn, company.id)

    async def _told(self, company_id: UUID, card_id: UUID, clock: int) -> AsyncGenerator[str]:
        loop = asyncio.get_running_loop()
        watch = self._watches.get(company_id)
        if watch is None:
            watch = self._watches[company_id] = _Watch(self._here, self._hints, company_id, clock)
        page = watch.enter(card_id)  # before its version is read, so that no change is missed
        ends, sent = loop.time() + LIFE_S, -1
        try:
            page.version = max(page.version, await run_sync(self._version, watch.company_id, card_id))
            while not watch.over and loop.time() < ends:
                page.woken.clear()
                if page.version > sent:
                    sent = page.version
                    yield f'data: {{"version": {sent}}}\n\n'
                elif not await happens(page.woken, KEEP_ALIVE_S):
                    yield ": here\n\n"
        finally:
            watch.leave(card_id, page)
            if not watch.pages and self._watches.get(watch.company_id) is watch:
                del self._watches[watch.company_id]
                watch.end()

    def _version(self, company_id: UUID, card_id: UUID) -> int:
        with self._here.units.read() as conn:
            return card_versions.of_card(conn, company_id, card_id)


class _Page:
    """One open page."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.version = 0


class _Watch:
    """Follows a company's cards for its open pages, until the last one is closed."""

    def __init__(self, installation: Installation, hints: Hints, company_id: UUID, clock: int) -> None:
        self.company_id = company_id
        self.pages: dict[UUID, set[_Page]] = {}  # by card
        self.over = False
        self._here, self._hints = installation, hints
        self._read = clock  # the version up to which changes were read
        self._stream = Stream()
        self._task = asyncio.create_task(self._follow())

    @property
    def count(self) -> int:
        return sum(map(len, self.pages.values()))

    def enter(self, card_id: UUID) -> _Page:
        page = _Page()
        self.pages.setdefault(card_id, set()).add(page)
        return page

    def leave(self, card_id: UUID, page: _Page) -> None:
        self.pages[card_id].discard(page)
        if not self.pages[card_id]:
            del self.pages[card_id]

    def end(self) -> None:
        self._stream.end()

    async def _follow(self) -> None:
        try:
            while not (self._stream.over.is_set() or self._hints.is_closing):
                async with aclosing(self._hints.listen(self.company_id, self._stream, self._clock)) as versions:
                    async for version in versions:
                        if version is not None and version > self._read:
                            await self._tell()
                            await happens(self._stream.over, READ_EVERY_S)
        finally:
            self.over = True
            for page in [one for pages in self.pages.values() for one in pages]:
                page.woken.set()

    async def _clock(self) -> int:
        return await run_sync(self._read_clock)

    def _read_clock(self) -> int:
        with self._here.units.read() as conn:
            return companies.version(conn, self.company_id)

    async def _tell(self) -> None:
        """Wakes the pages of the cards that have changed."""
        changed, self._read = await run_sync(self._changed, self._read)
        for card_id, version in changed.items():
            for page in self.pages.get(card_id, ()):
                page.version = max(page.version, version)
                page.woken.set()

    def _changed(self, read: int) -> tuple[dict[UUID, int], int]:
        found: dict[UUID, int] = {}
        with self._here.units.read() as conn:
            clock = companies.version(conn, self.company_id)
            while True:
                part = card_versions.since(conn, self.company_id, read, _READS)
                found |= part
                if len(part) < _READS:
                    return found, clock
                read = max(part.values())
