"""Tills that listen: a hint brings them the news itself where that is little, so that they need not ask for it.

What a till has heard is remembered here, by what was sent to it. A till that has not heard it after all cannot use the
next hint's news, and asks.
"""

from dataclasses import dataclass
from uuid import UUID

from anyio.to_thread import run_sync

from server.ledger.exchange import Exchanges
from sync.messages import HINT_BYTES_MAX, Cursors, ExchangeResponse, Hint, Listening, encode


@dataclass(slots=True, eq=False)
class Listener:
    """One till on its stream."""

    company_id: UUID
    terminal_id: UUID
    journal: UUID
    read: Cursors


class Listeners:
    """All who listen to this process. Used on the event loop only."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._listeners: dict[UUID, Listener] = {}  # by terminal, the newest stream of each
        self._asking: set[UUID] = set()  # terminals that an answer is under way to, which tells them more

    def enter(self, company_id: UUID, terminal_id: UUID, listening: Listening) -> Listener:
        """A till begins to listen, and says how far it has read."""
        read = Cursors(listening.essentials, listening.bulk)
        listener = self._listeners[terminal_id] = Listener(company_id, terminal_id, listening.journal, read)
        return listener

    def leave(self, listener: Listener) -> None:
        """Its stream has ended."""
        if self._listeners.get(listener.terminal_id) is listener:
            del self._listeners[listener.terminal_id]

    def asks(self, terminal_id: UUID) -> None:
        """A till has begun an exchange."""
        self._asking.add(terminal_id)

    def answered(self, terminal_id: UUID, response: ExchangeResponse | None) -> None:
        """It has been told something by it, if the exchange came to that, and need not hear it again."""
        self._asking.discard(terminal_id)
        listener = self._listeners.get(terminal_id)
        if listener is not None and response is not None and response.cursors.recent is None and not response.update:
            listener.read = response.cursors

    async def hint(self, listener: Listener, version: int) -> bytes:
        """What the till hears of its company's being at *version*."""
        after = listener.read
        if min(after.essentials, after.bulk) >= version or listener.terminal_id in self._asking:
            return encode(Hint(version=version))
        listening = Listening(journal=listener.journal, essentials=after.essentials, bulk=after.bulk)
        news = await run_sync(self._exchanges.news, listener.company_id, listener.terminal_id, listening)
        if news is None or listener.read != after:  # an exchange has told it meanwhile
            return encode(Hint(version=version))
        hint = encode(Hint(version=max(version, news.seal.version), after=after, answer=news))
        if len(hint) > HINT_BYTES_MAX:
            return encode(Hint(version=version))
        listener.read = news.cursors
        return hint
