"""Exchanges and pairing over HTTP, and how httpx is set up for both and for hints. No log, text or repr says a token.

Requests are made on a thread of their own, so that whoever waits can stop waiting at any moment: for a deadline or a
close, whatever that thread hangs in (a name that does not resolve, a connection, an answer that drips).
"""

import ssl
import threading
from contextlib import closing
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from sync.exchange.addresses import is_loopback
from sync.exchange.failures import (
    CodeRefused,
    ExchangeFailure,
    Forked,
    NotOurServer,
    Revoked,
    ServerFailed,
    TokenUnknown,
    TooLarge,
    TryLater,
    Unreachable,
    Unsupported,
)
from sync.protocol import messages
from sync.protocol.messages import (
    EXCHANGE_PATH,
    FEED_BYTES_MAX,
    PAIR_PATH,
    ExchangeRequest,
    ExchangeResponse,
    PairRequest,
    PairResponse,
)

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
SILENCE_S = 15.0  # between two pieces of an answer, or before its first
KEEP_S = 4.0  # web servers close an idle connection after 5 s; a request must not meet that
RESPONSE_BYTES_MAX = 8 * FEED_BYTES_MAX  # a page of the feed, its envelope, and room for a newer server

M = TypeVar("M", bound=Struct)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whoever it was."""

    status: int
    body: bytes


class HttpTransport:
    """A till's way to its company server."""

    def __init__(self, server_url: str, token: str) -> None:
        self._server_url = server_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection = _Connection(server_url, self._headers)
        self._gate = threading.Lock()  # guards what follows
        self._call: _Call | None = None
        self._closed = False

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        """Send *request*; the response, or a failure within the deadline."""
        return self.begin(request, deadline_s).answer()

    def begin(self, request: ExchangeRequest, deadline_s: float) -> "CallInProgress":
        """Sends *request* without waiting for anything."""
        with self._gate:
            if self._closed:
                raise Unreachable("closed")
            assert self._call is None, "one exchange at a time"
            self._call = _Call(self._connection, EXCHANGE_PATH, messages.encode(request), deadline_s)
            self._call.begin()
            return CallInProgress(self, self._call)

    def over(self, call: "_Call") -> None:
        """The call has ended: there may be another."""
        with self._gate:
            self._call = None
            if call.given_up:  # its connection is in whatever state it hangs in, and that thread's to close
                self._connection = _Connection(self._server_url, self._headers)

    def close(self) -> None:
        """End an exchange under way at once; there will be no other. From any thread."""
        with self._gate:
            self._closed = True
            if self._call is not None:
                self._call.give_up()
            else:
                self._connection.close()


class CallInProgress:
    """An exchange on its way."""

    def __init__(self, transport: HttpTransport, call: "_Call") -> None:
        self._transport = transport
        self._call = call

    def answer(self) -> ExchangeResponse:
        """The response, or a failure within the deadline."""
        try:
            return _read(ExchangeResponse, self._call.answer())
        finally:
            self._transport.over(self._call)

    def give_up(self) -> None:
        """Nobody waits for it any more."""
        self._call.give_up()
        self._transport.over(self._call)


def pair(server_url: str, request: PairRequest, deadline_s: float) -> PairResponse:
    """Trade a one-time code for an identity, or a failure within the deadline. Asking again is harmless."""
    connection = _Connection(server_url, {})
    call = _Call(connection, PAIR_PATH, messages.encode(request), deadline_s)
    call.begin()
    try:
        return _read(PairResponse, call.answer())
    finally:
        if not call.given_up:
            connection.close()


def _read(kind: type[M], answer: Answer) -> M:
    if answer.status != 200:
        raise failure_of(answer)
    try:
        return messages.decode(kind, answer.body)
    except messages.Garbled as error:
        raise NotOurServer("status 200 without a message of ours") from error


def failure_of(answer: Answer) -> ExchangeFailure:
    """What an answer other than 200 means. A refusal counts only in our server's own words."""
    if answer.status == 413:
        return TooLarge()  # often said by a proxy, in HTML
    if answer.status >= 500 or answer.status == 408:
        return ServerFailed(answer.status)
    try:
        refused = messages.decode(messages.Refused, answer.body)
    except messages.Garbled:
        if answer.status == 429:
            return ServerFailed(answer.status)  # a proxy's way to say so
        return NotOurServer(f"status {answer.status} without a word of ours")
    for turned_away in (Forked, Revoked):
        if refused.kind == turned_away.kind:
            return turned_away(signature=refused.signature, salvaged_seq=refused.salvaged_seq)
    refusals: tuple[type[ExchangeFailure], ...] = (TokenUnknown, Unsupported, CodeRefused, TooLarge, TryLater)
    known = {str(refusal.kind): refusal for refusal in refusals}
    return known[refused.kind]() if refused.kind in known else ServerFailed(answer.status)


def failure_on_the_way(error: Exception) -> ExchangeFailure:
    """What it means that no answer came, or not all of it."""
    if _is_about_the_certificate(error):
        return NotOurServer("a certificate that is not believed")
    return Unreachable(type(error).__name__)


def open_client(server_url: str, headers: dict[str, str]) -> "httpx.Client":
    """A client with one connection to the company's server."""
    import httpx  # noqa: PLC0415 - a tenth of a second that the counter's start does not wait for

    return httpx.Client(
        base_url=server_url,
        # Identity: what is read is what was sent, so its size can be bounded while it comes.
        headers={"Accept-Encoding": "identity"} | headers,
        limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S),
        trust_env=not is_loopback(_host(server_url)),  # a shop's proxy leads out of the shop, not back here
    )


def _open_way(server_url: str) -> "httpx.HTTPTransport":
    """The same connection without the client around it: redirects, cookies and forms cost a third of an exchange."""
    import httpx  # noqa: PLC0415 - as above

    is_here = is_loopback(_host(server_url))
    limits = httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S)
    return httpx.HTTPTransport(trust_env=not is_here, limits=limits, proxy=None if is_here else _proxy(server_url))


def _proxy(server_url: str) -> str | None:
    """The proxy that the system has this server be asked through."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - as above

    if proxy_bypass(_host(server_url)):
        return None
    proxies = getproxies()
    return proxies.get(urlsplit(server_url).scheme) or proxies.get("all")


def _host(server_url: str) -> str:
    return urlsplit(server_url).hostname or ""


class _Connection:
    """One kept connection and the thread that uses it; both are made at the first call, since httpx loads slowly.

    A call that is given up takes its connection along: its thread closes it, as soon as it gets out of where it hangs.
    """

    def __init__(self, server_url: str, headers: dict[str, str]) -> None:
        self._server_url = server_url
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"} | headers
        self._way: httpx.HTTPTransport | None = None
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()  # None: there will be no other
        self._thread: threading.Thread | None = None

    def begin(self, call: "_Call") -> None:
        """Has the thread make *call*, which hears of the outcome."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sync-request", daemon=True)
            self._thread.start()
        self._calls.put(call)

    def close(self) -> None:
        """Ends the thread and the connection once no call is under way; returns at once."""
        self._calls.put(None)

    def _run(self) -> None:
        try:
            while (call := self._calls.get()) is not None and not call.given_up:
                try:
                    call.end(self._post(call))
                except Exception as error:  # it belongs to whoever waits
                    call.end(error)
                if call.given_up:
                    return
        finally:
            if self._way is not None:
                self._way.close()

    def _post(self, call: "_Call") -> Answer:
        import httpx  # noqa: PLC0415 - as above

        silence_s = min(SILENCE_S, call.deadline_s)
        timeout = httpx.Timeout(silence_s, connect=min(CONNECT_S, call.deadline_s)).as_dict()
        try:
            self._way = self._way or _open_way(self._server_url)
            asked = httpx.Request(
                "POST",
                f"{self._server_url}{call.path}",
                headers=self._headers,
                content=call.body,
                extensions={"timeout": timeout},
            )
            response = self._way.handle_request(asked)
            with closing(response):
                received = bytearray()
                for piece in response.iter_raw():
                    received += piece
                    if call.given_up:
                        raise Unreachable("given up")
                    if len(received) > RESPONSE_BYTES_MAX:
                        raise NotOurServer("more than any answer of ours")
                return Answer(response.status_code, bytes(received))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # a host no name can have is a UnicodeError
            raise failure_on_the_way(error) from error


class _Call:
    """One request under way."""

    def __init__(self, connection: _Connection, path: str, body: bytes, deadline_s: float) -> None:
        self.path = path
        self.body = body
        self.deadline_s = max(deadline_s, 0.001)  # httpx takes none of 0, and time may be up already
        self.given_up = False
        self._connection = connection
        self._outcome: Answer | Exception | None = None
        self._over = threading.Event()
        self._gate = threading.Lock()  # an outcome and giving up exclude each other

    def begin(self) -> None:
        """Has its connection's thread make the request."""
        self._connection.begin(self)

    def answer(self) -> Answer:
        """What came back; raises the failure instead, at the deadline at the latest."""
        if not self._over.wait(self.deadline_s):
            self.give_up()
        outcome = self._outcome
        if isinstance(outcome, Answer):
            return outcome
        raise outcome if outcome is not None else Unreachable("no answer in time, or closed")

    def give_up(self) -> None:
        """End the wait; from any thread. What the server may have done with the request stays done."""
        with self._gate:
            self.given_up = self._outcome is None
            self._over.set()

    def end(self, outcome: Answer | Exception) -> None:
        """The connection's thread has got this far; nobody hears it who has given up."""
        with self._gate:
            if not self.given_up:
                self._outcome = outcome
                self._over.set()


def _is_about_the_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
