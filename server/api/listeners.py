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

from server.hints import happens
from server.ledger.exchange import Exchanges
from server.ledger.visits import Audience
from sync.messages import HINT_BYTES_MAX, Cursors, ExchangeResponse, Hint, Listening, encode

AHEAD_MAX = 8  # of a company, whose news is made before the answer to who brought it: each holds that up a little
ANSWER_MAX_S = 1.0  # how long a hint waits for the answer that may tell its till the same


class _Ready(NamedTuple):
    """A hint with news, for a till that has read to `after`."""

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


class Listeners:
    """All who listen to this process. Used on the event loop only, but for what an audience is told."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._listeners: dict[UUID, dict[UUID, Listener]] = {}  # by company and terminal, the newest stream of each
        self._asking: dict[UUID, asyncio.Event] = {}  # terminals that an answer is under way to, which tells them more

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

    def audience(self, company_id: UUID) -> Audience:
        """Those of the company whose news is made by who commits it. Who is being served hears by the answer."""
        here = self._listeners.get(company_id, {}).values()
        idle = (one for one in here if one.terminal_id not in self._asking)
        told = {one.terminal_id: (one, one.read) for one in islice(idle, AHEAD_MAX)}

        def tell(terminal_id: UUID, news: ExchangeResponse) -> None:
            listener, after = told[terminal_id]
            listener.ready = _ready(after, news, news.seal.version)

        return Audience({terminal_id: listener.listening for terminal_id, (listener, _) in told.items()}, tell)

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
        after = listener.read
        if min(after.essentials, after.bulk) >= version:
            return None if greeted else only
        if listener.terminal_id in self._asking:
            return only
        ready, listener.ready = listener.ready, None
        if ready is None or ready.after != after or ready.version < version:
            news = await run_sync(self._exchanges.news, listener.company_id, listener.terminal_id, listener.listening)
            if news is None or listener.read != after:  # an exchange has told it meanwhile
                return only
            ready = _ready(after, news, max(version, news.seal.version))
        if len(ready.hint) > HINT_BYTES_MAX:
            return only
        listener.read = ready.read
        return ready.hint


def _ready(after: Cursors, news: ExchangeResponse, version: int) -> _Ready:
    return _Ready(after, news.cursors, version, encode(Hint(version=version, after=after, answer=news)))
