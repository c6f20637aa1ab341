"""Tills that listen: a hint brings them the news itself where that is little, so that they need not ask for it.

What a till has heard is remembered here, by what was sent to it. A till that has not heard it after all cannot use the
next hint's news, and asks.
"""

import asyncio
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from anyio.to_thread import run_sync

from server.exchange.exchange import Exchanges
from server.exchange.together import NewsFor
from server.hints import happens
from sync.protocol.messages import HINT_BYTES_MAX, Cursors, ExchangeResponse, Hint, Listening, encode

AHEAD_MAX = 8  # of a company, whose news is made before the answer to who brought it: it waits 0.1 ms for each
ANSWER_MAX_S = 1.0  # how long a hint waits for the answer that may tell its till the same


class _Ready(NamedTuple):
    """A hint with news, for a till that has read to `after`; afterwards it has read to `read`."""

    after: Cursors
    read: Cursors
    version: int
    hint: bytes


@dataclass(slots=True, eq=False)
class Listener:
    """One till on its stream."""

    company_id: UUID
    terminal_id: UUID
    journal: UUID
    read: Cursors
    ready: _Ready | None = None  # made by the thread that committed, before the stream hears of it
    greeted: bool = False  # a stream begins with a hint, be it news or not

    @property
    def listening(self) -> Listening:
        """What the till has."""
        return Listening(journal=self.journal, essentials=self.read.essentials, bulk=self.read.bulk)

    def can_use(self, ready: _Ready | None, version: int) -> bool:
        """Whether that is news up to *version* from where the till is."""
        return ready is not None and ready.after == self.read and ready.version >= version


class Listeners:
    """All who listen to this process. Used on the event loop only, but for what an audience is told."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._listeners: dict[UUID, dict[UUID, Listener]] = {}  # by company and terminal, the newest stream of each
        self._asking: dict[UUID, asyncio.Event] = {}  # terminals that an answer is under way to, which tells them more
        self._readings: dict[UUID, _Reading] = {}  # those that have not begun, by company

    def enter(self, company_id: UUID, terminal_id: UUID, listening: Listening) -> Listener:
        """A till begins to listen, and says how far it has read."""
        read = Cursors(listening.essentials, listening.bulk)
        listener = Listener(company_id, terminal_id, listening.journal, read)
        self._listeners.setdefault(company_id, {})[terminal_id] = listener
        return listener

    def leave(self, listener: Listener) -> None:
        """Its stream has ended."""
        here = self._listeners.get(listener.company_id, {})
        if here.get(listener.terminal_id) is listener:
            del here[listener.terminal_id]
            if not here:
                del self._listeners[listener.company_id]

    def audience(self, company_id: UUID) -> NewsFor:
        """Those of the company whose news is made by who commits it. Who is being served hears by the answer."""
        here = self._listeners.get(company_id, {}).values()
        idle = islice((one for one in here if one.terminal_id not in self._asking), AHEAD_MAX)
        told = {one.terminal_id: (one, one.listening) for one in idle}

        def tell(terminal_id: UUID, news: ExchangeResponse) -> None:
            listener, listening = told[terminal_id]
            listener.ready = _ready(listening, news)

        return NewsFor({terminal_id: listening for terminal_id, (_, listening) in told.items()}, tell)

    def asks(self, terminal_id: UUID) -> None:
        """A till has begun an exchange."""
        self._asking.setdefault(terminal_id, asyncio.Event())

    def answered(self, company_id: UUID, terminal_id: UUID, response: ExchangeResponse | None) -> None:
        """It has been told something by it, if the exchange came to that, and need not hear it again."""
        listener = self._listeners.get(company_id, {}).get(terminal_id)
        if listener is not None and response is not None and response.cursors.recent is None and not response.update:
            listener.read = response.cursors
        if (asking := self._asking.pop(terminal_id, None)) is not None:
            asking.set()

    async def hint(self, listener: Listener, version: int) -> bytes | None:
        """What the till hears of its company's being at *version*; None where an answer has told it by now."""
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
            return only  # it asks, or an exchange has told it meanwhile
        listener.read = ready.read
        return ready.hint

    async def _read(self, listener: Listener) -> _Ready | None:
        """Its news, read together with that of all of its company who want theirs at this moment."""
        company_id = listener.company_id
        reading = self._readings.get(company_id)
        if reading is None:
            wanted: dict[UUID, Listening] = {}
            reading = self._readings[company_id] = _Reading(wanted, asyncio.create_task(self._made(company_id)))
        reading.wanted[listener.terminal_id] = listener.listening
        return (await asyncio.shield(reading.made)).get(listener.terminal_id)

    async def _made(self, company_id: UUID) -> dict[UUID, _Ready]:
        """It begins when all whom the same commit has woken have said what they want."""
        wanted = self._readings.pop(company_id).wanted
        return await run_sync(self._read_all, company_id, wanted)

    def _read_all(self, company_id: UUID, wanted: dict[UUID, Listening]) -> dict[UUID, _Ready]:
        news = self._exchanges.news(company_id, wanted)
        return {terminal_id: _ready(wanted[terminal_id], one) for terminal_id, one in news.items()}


class _Reading(NamedTuple):
    """One that will begin: for whom, and what comes of it."""

    wanted: dict[UUID, Listening]
    made: "asyncio.Task[dict[UUID, _Ready]]"


def _ready(listening: Listening, news: ExchangeResponse) -> _Ready:
    after, version = Cursors(listening.essentials, listening.bulk), news.seal.version
    return _Ready(after, news.cursors, version, encode(Hint(version=version, after=after, answer=news)))
