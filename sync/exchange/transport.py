"""Exchanges and pairing over HTTP, and the httpx set-up they share with hints. Tokens must not appear in logs or reprs.

A message is used only with its code of authenticity, and so is a refusal that has lasting consequences.
Requests run on their own thread, so that a caller can stop waiting at any time (deadline or close) even while that
thread is blocked in name resolution, a connection or a slow response.
"""

import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from sync.exchange.access import Access, AccessCall, PairingCall
from sync.exchange.addresses import is_loopback
from sync.exchange.failures import (
    Altered,
    CodeRefused,
    EntryFailed,
    ExchangeFailure,
    Forked,
    NotOurServer,
    Revoked,
    ServerDown,
    ServerFailed,
    TokenUnknown,
    TooLarge,
    TryLater,
    Unreachable,
    Unsupported,
)
from sync.protocol import messages
from sync.protocol.authenticity import MAC_HEADER
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
SILENCE_S = 15.0  # longest silence within or before a response
KEEP_S = 4.0  # below the 5 s after which web servers close idle connections
RESPONSE_BYTES_MAX = 8 * FEED_BYTES_MAX  # a page of the feed, with room for newer servers
# A till acts on these beyond this one exchange: it sets an entry aside, hands its journal over, or asks to be paired.
LASTING: tuple[type[ExchangeFailure], ...] = (EntryFailed, Forked, Revoked, TokenUnknown, Unsupported)

M = TypeVar("M", bound=Struct)


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw HTTP response."""

    status: int
    body: bytes
    mac: str = ""


class HttpTransport:
    """A till's connection to its company's server."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._connection = _Connection(access.server_url)
        self._gate = threading.Lock()  # guards what follows
        self._call: _Call | None = None
        self._closed = False

    def exchange(self, request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        """Sends *request* and returns the response; raises a failure within the deadline."""
        return self.begin(request, deadline_s).answer()

    def begin(self, request: ExchangeRequest, deadline_s: float) -> "CallInProgress":
        """Sends *request* without waiting for the response."""
        with self._gate:
            if self._closed:
                raise Unreachable("closed")
            assert self._call is None, "one exchange at a time"
            body = messages.encode(request)
            asked = self._access.call(f"POST {EXCHANGE_PATH}", body)
            self._call = _Call(self._connection, EXCHANGE_PATH, body, asked.headers, deadline_s)
            self._call.begin()
            return CallInProgress(self, self._call, asked)

    def over(self, call: "_Call") -> None:
        """Ends *call*, so that the next one can begin."""
        with self._gate:
            self._call = None
            if call.given_up:  # its thread may still be blocked and closes that connection itself
                self._connection = _Connection(self._access.server_url)

    def close(self) -> None:
        """Ends an exchange under way and refuses new ones. Thread-safe."""
        with self._gate:
            self._closed = True
            if self._call is not None:
                self._call.give_up()
            else:
                self._connection.close()


class CallInProgress:
    """An exchange under way."""

    def __init__(self, transport: HttpTransport, call: "_Call", asked: AccessCall) -> None:
        self._transport = transport
        self._call = call
        self._asked = asked

    def answer(self) -> ExchangeResponse:
        """The response; raises a failure within the deadline."""
        try:
            return believed(ExchangeResponse, self._call.answer(), self._asked)
        finally:
            self._transport.over(self._call)

    def give_up(self) -> None:
        """Stops waiting for the response."""
        self._call.give_up()
        self._transport.over(self._call)


def pair(server_url: str, request: PairRequest, key: bytes, deadline_s: float) -> PairResponse:
    """Exchanges a one-time code, which has this key, for an identity; raises a failure within the deadline.

    Repeating is harmless.
    """
    connection, body = _Connection(server_url), messages.encode(request)
    asked = PairingCall(key, f"POST {PAIR_PATH}", body)
    call = _Call(connection, PAIR_PATH, body, asked.headers, deadline_s)
    call.begin()
    try:
        answer = call.answer()
        message = _read(PairResponse, answer)  # a refusal needs no proof: another try does what it would keep from
        if not asked.is_answer(answer.status, answer.body, answer.mac):
            raise Altered("the answer to pairing")
        return message
    finally:
        if not call.given_up:
            connection.close()


def believed(kind: type[M], answer: Answer, asked: AccessCall) -> M:
    """The message, if our server gave this answer to this request; raises the failure that it means otherwise.

    Of what is not proved only refusals without lasting consequences are taken as said.
    """
    is_proved = asked.is_answer(answer.status, answer.body, answer.mac)
    try:
        message = _read(kind, answer)
    except TokenUnknown as unknown:  # has its own proof, as there is no key in common with an unknown terminal
        if not asked.is_unknown(messages.decode(messages.Refused, answer.body).signature):
            raise Altered(unknown.kind) from unknown
        raise
    except LASTING as failure:
        if not is_proved:
            raise Altered(failure.kind) from failure
        raise
    if not is_proved:
        raise Altered("status 200")
    return message


def _read(kind: type[M], answer: Answer) -> M:
    if answer.status != 200:
        raise failure_of(answer)
    try:
        return messages.decode(kind, answer.body)
    except messages.Garbled as error:
        raise NotOurServer("status 200, but not a message of our server") from error


def failure_of(answer: Answer) -> ExchangeFailure:
    """The failure that a status other than 200 means. Refusals count only as messages of our server."""
    if answer.status == 413:
        return TooLarge()  # often sent by a proxy, as HTML
    if answer.status == 503 and _kind_in(answer) == TryLater.kind:
        return ServerDown()
    if answer.status >= 500 or answer.status == 408:
        return ServerFailed(answer.status)
    try:
        refused = messages.decode(messages.Refused, answer.body)
    except messages.Garbled:
        if answer.status == 429:
            return ServerFailed(answer.status)  # sent by a proxy
        return NotOurServer(f"status {answer.status} without a refusal of our server")
    if refused.kind == EntryFailed.kind:
        return EntryFailed(refused.seq)
    for turned_away in (Forked, Revoked):
        if refused.kind == turned_away.kind:
            return turned_away(signature=refused.signature, salvaged_seq=refused.salvaged_seq)
    refusals: tuple[type[ExchangeFailure], ...] = (TokenUnknown, Unsupported, CodeRefused, TooLarge, TryLater)
    known = {str(refusal.kind): refusal for refusal in refusals}
    return known[refused.kind]() if refused.kind in known else ServerFailed(answer.status)


def _kind_in(answer: Answer) -> str | None:
    try:
        return messages.decode(messages.Refused, answer.body).kind
    except messages.Garbled:
        return None


def failure_on_the_way(error: Exception) -> ExchangeFailure:
    """The failure for an error before or during a response."""
    if _is_about_the_certificate(error):
        return NotOurServer("the server's certificate is not trusted")
    return Unreachable(type(error).__name__)


def open_client(server_url: str, headers: dict[str, str]) -> "httpx.Client":
    """An HTTP client with one connection to the company's server."""
    import httpx  # noqa: PLC0415 - takes a tenth of a second to load

    return httpx.Client(
        base_url=server_url,
        # Without compression, the size can be limited while reading.
        headers={"Accept-Encoding": "identity"} | headers,
        limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S),
        trust_env=not is_loopback(_host(server_url)),  # a proxy cannot reach this machine's loopback address
    )


def hang_up(opened: socket.socket) -> None:
    """Ends a read of *opened* in another thread. A TLS object's own shutdown would disturb that reader."""
    with suppress(OSError):  # it is already closed
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


def _open_way(server_url: str) -> "httpx.HTTPTransport":
    """The same connection as a bare transport: redirects, cookies and forms of a client cost a third of an exchange."""
    import httpx  # noqa: PLC0415 - as above

    is_here = is_loopback(_host(server_url))
    limits = httpx.Limits(max_connections=1, keepalive_expiry=KEEP_S)
    return httpx.HTTPTransport(trust_env=not is_here, limits=limits, proxy=None if is_here else _proxy(server_url))


def _proxy(server_url: str) -> str | None:
    """The system's proxy for this server, if any."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - as above

    if proxy_bypass(_host(server_url)):
        return None
    proxies = getproxies()
    return proxies.get(urlsplit(server_url).scheme) or proxies.get("all")


def _host(server_url: str) -> str:
    return urlsplit(server_url).hostname or ""


class _Connection:
    """A persistent connection and the thread that uses it, both created at the first call, since httpx loads slowly.

    A call that is given up abandons its connection, which the thread closes as soon as it is unblocked.
    """

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._way: httpx.HTTPTransport | None = None
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()  # None ends the thread
        self._thread: threading.Thread | None = None

    def begin(self, call: "_Call") -> None:
        """Queues *call* for the thread, which reports the outcome to it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sync-request", daemon=True)
            self._thread.start()
        self._calls.put(call)

    def close(self) -> None:
        """Ends the thread and the connection after the current call; returns at once."""
        self._calls.put(None)

    def _run(self) -> None:
        try:
            while (call := self._calls.get()) is not None and not call.given_up:
                try:
                    call.end(self._post(call))
                except Exception as error:  # raised in the caller's thread
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
                headers=call.headers,
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
                        raise NotOurServer("the response exceeds its size limit")
                mac = response.headers.get(MAC_HEADER, "")
                return Answer(response.status_code, bytes(received), mac)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # an invalid host name raises UnicodeError
            raise failure_on_the_way(error) from error


class _Call:
    """One HTTP request under way."""

    def __init__(
        self, connection: _Connection, path: str, body: bytes, headers: dict[str, str], deadline_s: float
    ) -> None:
        self.path = path
        self.body = body
        self.headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"} | headers
        self.deadline_s = max(deadline_s, 0.001)  # httpx refuses a time-out of 0
        self.given_up = False
        self._connection = connection
        self._outcome: Answer | Exception | None = None
        self._over = threading.Event()
        self._gate = threading.Lock()  # guards the outcome against giving up

    def begin(self) -> None:
        """Starts the request on its connection's thread."""
        self._connection.begin(self)

    def answer(self) -> Answer:
        """The response; raises the failure, at the deadline at the latest."""
        if not self._over.wait(self.deadline_s):
            self.give_up()
        outcome = self._outcome
        if isinstance(outcome, Answer):
            return outcome
        raise outcome if outcome is not None else Unreachable("no answer in time, or closed")

    def give_up(self) -> None:
        """Ends the wait. Thread-safe. Effects on the server remain."""
        with self._gate:
            self.given_up = self._outcome is None
            self._over.set()

    def end(self, outcome: Answer | Exception) -> None:
        """Sets the outcome, unless the call was given up."""
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
