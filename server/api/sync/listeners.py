"""Tills that listen for hints. A hint carries the news itself if that is small, so that the till need not ask for it.

The read position of a listener is taken from what was sent to it. A till that missed a hint cannot use the next one's
news and asks instead.
"""

import asyncio
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from anyio.to_thread import run_sync

from server.exchange.exchange import Exchanges
from server.exchange.request_group import NewsFor
from server.hints import happens
from sync.protocol.messages import HINT_BYTES_MAX, Cursors, ExchangeResponse, Hint, Listening, encode

AHEAD_MAX = 8  # listeners whose news is made before the sender is answered: each delays the answer by 0.1 ms
ANSWER_MAX_S = 1.0  # how long a hint waits for a pending answer that may carry the same news


class _Ready(NamedTuple):
    """A hint with news that moves a till from cursors `after` to cursors `read`."""

    after: Cursors
    read: Cursors
    version: int
    hint: bytes


@dataclass(slots=True, eq=False)
class Listener:
    """A till connected to the hint stream."""

    company_id: UUID
    terminal_id: UUID
    journal: UUID
    read: Cursors
    can: str  # as its till says
    ready: _Ready | None = None  # set by the committing thread before the stream is notified
    greeted: bool = False  # a stream always begins with a hint

    @property
    def listening(self) -> Listening:
        """The till's journal and read position."""
        read = self.read
        return Listening(journal=self.journal, essentials=read.essentials, bulk=read.bulk, can=self.can)

    def can_use(self, ready: _Ready | None, version: int) -> bool:
        """True if *ready* leads from the till's position to at least *version*."""
        return ready is not None and ready.after == self.read and ready.version >= version


class Listeners:
    """The listeners of this process. Used on the event loop only, except the function that `NewsFor` carries."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._listeners: dict[UUID, dict[UUID, Listener]] = {}  # by company and terminal; the newest stream of each
        self._asking: dict[UUID, asyncio.Event] = {}  # terminals with an exchange under way
        self._readings: dict[UUID, _Reading] = {}  # reads about to begin, by company

    def enter(self, company_id: UUID, terminal_id: UUID, listening: Listening) -> Listener:
        """Registers a till that begins to listen at its read position."""
        read = Cursors(listening.essentials, listening.bulk)
        listener = Listener(company_id, terminal_id, listening.journal, read, listening.can)
        self._listeners.setdefault(company_id, {})[terminal_id] = listener
        return listener

    def leave(self, listener: Listener) -> None:
        """Removes a listener whose stream has ended."""
        here = self._listeners.get(listener.company_id, {})
        if here.get(listener.terminal_id) is listener:
            del here[listener.terminal_id]
            if not here:
                del self._listeners[listener.company_id]

    def audience(self, company_id: UUID) -> NewsFor:
        """The idle listeners of a company, for whom the committing thread makes news. Tills with an exchange under way
        are left out."""
        here = self._listeners.get(company_id, {}).values()
        idle = islice((one for one in here if one.terminal_id not in self._asking), AHEAD_MAX)
        idle_now = {one.terminal_id: (one, one.listening) for one in idle}

        def tell(terminal_id: UUID, news: ExchangeResponse) -> None:
            listener, listening = idle_now[terminal_id]
            listener.ready = _ready(listening, news)

        return NewsFor({terminal_id: listening for terminal_id, (_, listening) in idle_now.items()}, tell)

    def asks(self, terminal_id: UUID) -> None:
        """Notes that a terminal has begun an exchange."""
        self._asking.setdefault(terminal_id, asyncio.Event())

    def answered(self, company_id: UUID, terminal_id: UUID, response: ExchangeResponse | None) -> None:
        """Notes that an exchange has ended; its response, if any, moves the listener's read position."""
        listener = self._listeners.get(company_id, {}).get(terminal_id)
        if listener is not None and response is not None and response.cursors.recent is None and not response.update:
            listener.read = response.cursors
        if (asking := self._asking.pop(terminal_id, None)) is not None:
            asking.set()

    async def hint(self, listener: Listener, version: int) -> bytes | None:
        """The hint for the till about its company's *version*; None if an answer has delivered the news already."""
        if (asking := self._asking.get(listener.terminal_id)) is not None:
            await happens(asking, ANSWER_MAX_S)
        greeted, listener.greeted = listener.greeted, True
        only = encode(Hint(version=version))
        if min(listener.read.essentials, listener.read.bulk) >= version:
            return None if greeted else only
        if listener.terminal_id in self._asking:
            return only
        ready, listener.ready = listener.ready, None
        if not listener.can_use(ready, version):
            ready = await self._read(listener)
        if ready is None or not listener.can_use(ready, version) or len(ready.hint) > HINT_BYTES_MAX:
            return only  # the till asks, or an exchange has delivered it meanwhile
        listener.read = ready.read
        return ready.hint

    async def _read(self, listener: Listener) -> _Ready | None:
        """The till's news, read in one batch with that of its company's other listeners."""
        company_id = listener.company_id
        reading = self._readings.get(company_id)
        if reading is None:
            listening: dict[UUID, Listening] = {}
            reading = self._readings[company_id] = _Reading(listening, asyncio.create_task(self._made(company_id)))
        reading.listening[listener.terminal_id] = listener.listening
        return (await asyncio.shield(reading.made)).get(listener.terminal_id)

    async def _made(self, company_id: UUID) -> dict[UUID, _Ready]:
        """Starts after all listeners woken by the same commit have joined the batch."""
        listening = self._readings.pop(company_id).listening
        return await run_sync(self._read_all, company_id, listening)

    def _read_all(self, company_id: UUID, listening: dict[UUID, Listening]) -> dict[UUID, _Ready]:
        news = self._exchanges.news(company_id, listening)
        return {terminal_id: _ready(listening[terminal_id], one) for terminal_id, one in news.items()}


class _Reading(NamedTuple):
    """A batch read about to begin: the listeners it is for, and its result."""

    listening: dict[UUID, Listening]
    made: "asyncio.Task[dict[UUID, _Ready]]"


def _ready(listening: Listening, news: ExchangeResponse) -> _Ready:
    after, version = Cursors(listening.essentials, listening.bulk), news.seal.version
    return _Ready(after, news.cursors, version, encode(Hint(version=version, after=after, answer=news)))
