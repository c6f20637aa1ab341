"""A till's calls to the server: one at a time, with the next one sent while the previous response is being written.

A call begun ahead leaves nothing to remember over a restart: the till asks again from the state on its disk.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from msgspec import structs

from sync.exchange import requests
from sync.exchange.engine import SendExchange, Sent
from sync.exchange.failures import ExchangeFailure, Unsupported
from sync.exchange.page_limits import FULL
from sync.exchange.ports import Call, Marks, Ports
from sync.protocol.messages import ExchangeRequest, ExchangeResponse

EXCHANGE_DEADLINE_S = 60.0  # uploading a full page at 128 kbit/s takes half of it
EVERYTHING = SendExchange(FULL, frozenset())  # what the engine sends after no failure


@dataclass(frozen=True, slots=True)
class PlannedExchange:
    """One exchange: what the engine asked for, the request, and its call once begun."""

    sending: SendExchange
    request: ExchangeRequest
    sent: Sent
    call: Call | None = None


class Calls:
    """A till's calls to its company's server, made on the driver's thread."""

    def __init__(self, ports: Ports, protocol: int) -> None:
        self._ports = ports
        self._newest = self._speaks = protocol
        self._ahead: PlannedExchange | None = None

    def next(self, sending: SendExchange, marks: Marks, *, digest: bool) -> PlannedExchange:
        """The next exchange: the one begun ahead if it still fits, else one that is still to be sent."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.call is not None:
            if ahead.sending == sending and (ahead.sent.after, ahead.sent.cursors) == (marks.acked_seq, marks.cursors):
                return ahead
            ahead.call.give_up()
        made = self._made(sending, marks, digest=digest)
        left = None if self._ports.pool is None else self._ports.pool.wanted()
        return made if left is None else replace(made, request=structs.replace(made.request, pool=left))

    def answer(self, exchange: PlannedExchange, until: float) -> ExchangeResponse:
        """The response, falling back to the previous protocol version for an older server until that is updated.

        Waits until *until* at most, in seconds of the monotonic clock.
        """
        request, deadline_s = exchange.request, self.deadline_s(until)
        call = exchange.call or self._ports.transport.begin(request, deadline_s)
        try:
            response = call.answer()
        except Unsupported:
            second_try, self._speaks = self._speaks == self._newest, self._newest
            if not second_try:
                raise
            older = structs.replace(request, protocol=self._newest - 1)
            response = self._ports.transport.exchange(older, deadline_s)
            self._speaks = older.protocol
        if response.update and request.protocol < self._newest:  # the server was updated: use the newest protocol again
            self._speaks = self._newest
            return self._ports.transport.exchange(structs.replace(request, protocol=self._newest), deadline_s)
        return response

    def begin_next(self, exchange: PlannedExchange, response: ExchangeResponse, until: float) -> None:
        """Sends the next page of the journal, if there is one, while *response* is being written to disk."""
        is_plain = exchange.sending == EVERYTHING and not (response.update or response.keys)
        if is_plain and exchange.sent.after < response.acked_seq < self._ports.journal.head().seq:
            marks = Marks(response.acked_seq, response.cursors, response.seal)
            made = self._made(exchange.sending, marks, digest=False)
            with suppress(ExchangeFailure):  # the transport was closed
                call = self._ports.transport.begin(made.request, self.deadline_s(until))
                self._ahead = replace(made, call=call)

    def deadline_s(self, until: float) -> float:
        """Seconds that a call begun now may take."""
        return min(EXCHANGE_DEADLINE_S, until - self._ports.clock.monotonic_s())

    def _made(self, sending: SendExchange, marks: Marks, *, digest: bool) -> PlannedExchange:
        page = None
        if sending.limits is not None:
            limits = sending.limits
            page = self._ports.journal.page_after(marks.acked_seq, limits.entries, limits.bytes, sending.parked)
        keys = (0, 0) if self._ports.keys is None else self._ports.keys.ids()
        request = requests.request(
            self._ports.identity,
            self._ports.journal,
            self._ports.clock,
            page,
            cursors=marks.cursors,
            seal=marks.seal,
            keys=keys,
            protocol=self._speaks,
        )
        if digest or marks.suspects or marks.differences:
            request = structs.replace(
                request, digest=True, fetch=marks.suspects, differences=marks.differences
            )  # left out as a rule, because an empty exchange must stay cheap
        return PlannedExchange(sending, request, Sent(marks.acked_seq, marks.cursors, len(page.entries) if page else 0))
