"""The transport on a real loopback connection, with faulty and foreign servers."""

import logging
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from random import Random
from time import monotonic
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from sync.exchange.driver import Driver
from sync.exchange.failures import (
    Altered,
    CodeRefused,
    EntryFailed,
    ExchangeFailure,
    FailureKind,
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
from sync.exchange.ports import Ports
from sync.exchange.transport import LASTING, RESPONSE_BYTES_MAX, Answer, HttpTransport, failure_of
from sync.protocol import messages
from sync.protocol.authenticity import MAC_HEADER
from sync.protocol.messages import Cursors, ExchangeRequest, ExchangeResponse, Refused
from tests.support.exchanges import NOON, JournalInMemory, ReplicaInMemory, VirtualClock, a_seal, an_identity
from tests.support.loopback import LoopbackServer, Received, Script, an_answer
from tests.support.proved import TOKEN, an_access, proved, proving

HTML = b"<!doctype html><title>Welcome to our Wi-Fi</title>"


def a_request() -> ExchangeRequest:
    return ExchangeRequest(
        protocol=1,
        terminal=UUID(int=2),
        journal=UUID(int=3),
        last_seq=0,
        head=bytes(32),
        signature=bytes(64),
        cursors=Cursors(),
        clock=VirtualClock().reading(),
    )


RESPONSE = ExchangeResponse(
    protocol=1, seal=a_seal(an_identity(), 0), acked_seq=0, cursors=Cursors(1, 2), more=False, server_time=NOON
)
MESSAGE = messages.encode(RESPONSE)
ANSWER = proving(MESSAGE)


def refusal(kind: str) -> bytes:
    return messages.encode(Refused(kind=kind, text="no"))


def failure_from(script: Script | bytes, deadline_s: float = 20.0) -> ExchangeFailure:
    with LoopbackServer(script) as server:
        transport = HttpTransport(an_access(server.url))
        with pytest.raises(ExchangeFailure) as raised:
            transport.exchange(a_request(), deadline_s)
        transport.close()
        return raised.value


def test_an_exchange_goes_up_with_the_token_and_comes_back_as_a_message() -> None:
    with LoopbackServer(ANSWER) as server:
        transport = HttpTransport(an_access(server.url))
        assert transport.exchange(a_request(), deadline_s=20) == RESPONSE
        transport.close()
    (received,) = server.received
    assert received.line == "POST /sync/v1/exchange HTTP/1.1"
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    assert messages.decode(ExchangeRequest, received.body) == a_request()


def test_exchanges_in_a_row_use_one_connection() -> None:
    with LoopbackServer(ANSWER) as server:
        transport = HttpTransport(an_access(server.url))
        for _ in range(3):
            transport.exchange(a_request(), deadline_s=20)
        transport.close()
    assert (len(server.received), server.connections) == (3, 1)


def test_a_server_behind_a_path_is_found_there() -> None:
    with LoopbackServer(ANSWER) as server:
        transport = HttpTransport(an_access(f"{server.url}/orion"))
        transport.exchange(a_request(), deadline_s=20)
        transport.close()
    assert server.received[0].line == "POST /orion/sync/v1/exchange HTTP/1.1"


def test_a_login_page_of_the_wifi_is_not_our_server() -> None:
    assert isinstance(failure_from(an_answer(HTML, content_type="text/html")), NotOurServer)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1, 2", b"\xff\xfe\x00", an_answer(MESSAGE), b"[" * 100_000])
def test_garbage_is_not_our_server(body: bytes) -> None:
    assert isinstance(failure_from(an_answer(body)), NotOurServer)


def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/login\r\nContent-Length: 0\r\n\r\n"
    assert isinstance(failure_from(moved), NotOurServer)


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"])
def test_a_server_error_is_the_servers_failure_whatever_its_body(status: str) -> None:
    failure = failure_from(an_answer(HTML, status, "text/html"))
    assert isinstance(failure, ServerFailed)
    assert failure.status == int(status[:3])


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (401, refusal(messages.TOKEN_UNKNOWN), TokenUnknown),
        (403, refusal(messages.REVOKED), Revoked),
        (409, refusal(messages.FORKED), Forked),
        (413, HTML, TooLarge),
        (400, refusal(messages.TOO_LARGE), TooLarge),
        (400, refusal(messages.UNSUPPORTED), Unsupported),
        (400, refusal(messages.CODE_REFUSED), CodeRefused),
        (400, refusal(messages.GARBLED), ServerFailed),
        (400, refusal("a word of next year"), ServerFailed),
        (429, HTML, ServerFailed),
        (422, refusal(messages.ENTRY_FAILED), EntryFailed),
        (503, refusal(messages.TRY_LATER), ServerDown),
        (503, HTML, ServerFailed),
        (500, refusal(messages.TRY_LATER), ServerFailed),
        (429, refusal(messages.TRY_LATER), TryLater),
        (401, HTML, NotOurServer),
        (409, b'{"detail": "Conflict"}', NotOurServer),
        (404, b"", NotOurServer),
        (204, b"", NotOurServer),
    ],
)
def test_a_refusal_counts_in_our_servers_words_only(status: int, body: bytes, failure: type[ExchangeFailure]) -> None:
    assert type(failure_of(Answer(status, body))) is failure


def test_every_word_of_a_refusal_has_its_failure() -> None:
    """Except `garbled`, which concerns our own page and is handled like a failure of the server."""
    words = {messages.FORKED, messages.REVOKED, messages.TOKEN_UNKNOWN, messages.TOO_LARGE}
    words |= {messages.CODE_REFUSED, messages.UNSUPPORTED, messages.TRY_LATER, messages.ENTRY_FAILED}
    assert {failure_of(Answer(400, refusal(word))).kind for word in words} == {FailureKind(word) for word in words}


@pytest.mark.slow
def test_an_answer_without_proof_is_told_apart_from_a_foreign_one() -> None:
    assert isinstance(failure_from(an_answer(MESSAGE)), Altered)
    for mac in ("", "\u00e9", "0" * 64):
        said = an_answer(MESSAGE).replace(b"\r\n", f"\r\n{MAC_HEADER}: {mac}\r\n".encode("latin-1"), 1)
        assert isinstance(failure_from(said), Altered)


def test_what_a_till_takes_as_said_without_proof_ends_with_that_exchange() -> None:
    """A new failure that a till acts on for good must ask for proof."""
    passing = {FailureKind.UNREACHABLE, FailureKind.SERVER_FAILED, FailureKind.SERVER_DOWN, FailureKind.TOO_LARGE}
    passing |= {FailureKind.NOT_OUR_SERVER, FailureKind.ALTERED, FailureKind.CODE_REFUSED, FailureKind.TRY_LATER}
    assert set(FailureKind) - {failure.kind for failure in LASTING} == passing


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        HttpTransport(an_access(f"http://127.0.0.1:{port}")).exchange(a_request(), deadline_s=20)


def test_a_name_that_is_none_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        HttpTransport(an_access("http://no..such.invalid")).exchange(a_request(), deadline_s=20)


def test_something_that_speaks_no_http_is_no_answer() -> None:
    assert isinstance(failure_from(b"220 mail.example ESMTP\r\n\r\n"), Unreachable)


def cut(connection: socket.socket, received: Received) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def cut_in_the_middle(connection: socket.socket, received: Received) -> None:
    connection.sendall(proved(received, MESSAGE)[:-20])
    connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("script", [cut, cut_in_the_middle])
def test_a_connection_cut_before_the_end_is_no_answer(script: Script) -> None:
    assert isinstance(failure_from(script), Unreachable)


def test_after_a_cut_connection_the_next_exchange_opens_another() -> None:
    def cut_once(connection: socket.socket, received: Received) -> None:
        if len(server.received) == 1:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            ANSWER(connection, received)

    with LoopbackServer(cut_once) as server:
        transport = HttpTransport(an_access(server.url))
        with pytest.raises(Unreachable):
            transport.exchange(a_request(), deadline_s=20)
        assert transport.exchange(a_request(), deadline_s=20) == RESPONSE
        transport.close()


def test_an_endless_answer_is_read_no_further_than_any_of_ours_goes() -> None:
    sent = 0

    def pour(connection: socket.socket, received: Received) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        while True:
            sent += connection.send(bytes(1 << 16))

    assert isinstance(failure_from(pour), NotOurServer)
    assert sent < 4 * RESPONSE_BYTES_MAX


def test_a_certificate_that_nobody_vouches_for_is_not_our_server(tmp_path: Path) -> None:
    with LoopbackServer(ANSWER, tls=signed_by_itself(tmp_path)) as server, pytest.raises(NotOurServer):
        HttpTransport(an_access(server.url)).exchange(a_request(), deadline_s=20)
    assert server.received == []


def signed_by_itself(folder: Path) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "both.pem").write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


# Waiting ends at the deadline, and when the till is closed.


def silence(server: LoopbackServer, connection: socket.socket) -> None:
    server.ended.wait(20)


def half_an_answer(server: LoopbackServer, connection: socket.socket) -> None:
    connection.sendall(an_answer(MESSAGE)[: len(MESSAGE) // 2])
    server.ended.wait(20)


def drops(server: LoopbackServer, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not server.ended.wait(0.01):  # never silent for long, so only the total deadline applies
        connection.sendall(b" ")


Hanging = Callable[[LoopbackServer, socket.socket], None]


@pytest.mark.slow
@pytest.mark.parametrize("still_hanging", [True, False])
@pytest.mark.parametrize("hang", [silence, half_an_answer, drops])
def test_an_answer_that_does_not_end_is_given_up_at_the_deadline_and_the_next_one_is_heard(
    hang: Hanging, still_hanging: bool
) -> None:
    def hang_once(connection: socket.socket, received: Received) -> None:
        if len(server.received) == 1:
            hang(server, connection)
        else:
            ANSWER(connection, received)

    others = threading.enumerate()
    with LoopbackServer(hang_once) as server:
        transport = HttpTransport(an_access(server.url))
        began = monotonic()
        with pytest.raises(Unreachable):
            transport.exchange(a_request(), deadline_s=0.3)
        assert monotonic() - began < 5
        for thread in [] if still_hanging else threading.enumerate():
            if thread.name == "sync-request" and thread not in others:
                thread.join(20)
                assert not thread.is_alive()
        assert transport.exchange(a_request(), deadline_s=20) == RESPONSE
        transport.close()


@pytest.mark.parametrize("hang", [silence, half_an_answer, drops])
def test_a_till_that_is_closed_waits_for_no_answer(hang: Hanging) -> None:
    with LoopbackServer(lambda connection, _: hang(server, connection)) as server:
        transport = HttpTransport(an_access(server.url))
        failures: list[ExchangeFailure] = []

        def exchange() -> None:
            try:
                transport.exchange(a_request(), deadline_s=60)
            except ExchangeFailure as failure:
                failures.append(failure)

        waiting = threading.Thread(target=exchange)
        waiting.start()
        assert server.asked.wait(20)
        began = monotonic()
        transport.close()
        waiting.join(20)
        assert monotonic() - began < 1
        assert [failure.kind for failure in failures] == ["unreachable"]


def test_a_driver_with_a_hanging_exchange_stops_within_a_second() -> None:
    me, clock = an_identity(), VirtualClock()
    with LoopbackServer(lambda connection, _: silence(server, connection)) as server:
        transport = HttpTransport(an_access(server.url))
        ports = Ports(me, JournalInMemory(me), ReplicaInMemory(), transport, clock)
        driver = Driver(ports, rng=Random(1), on_status=lambda status: None)
        driver.start()
        assert server.asked.wait(20)
        began = monotonic()
        driver.stop()
        assert monotonic() - began < 1
        assert "sync" not in {thread.name for thread in threading.enumerate()}


def test_a_closed_transport_exchanges_no_more() -> None:
    with LoopbackServer(ANSWER) as server:
        transport = HttpTransport(an_access(server.url))
        transport.close()
        with pytest.raises(Unreachable):
            transport.exchange(a_request(), deadline_s=20)
    assert server.received == []


# Secrets and start-up.


def test_the_token_stands_in_no_log_text_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(proving(refusal(messages.FORKED), "409 Conflict")) as server:
        transport = HttpTransport(an_access(server.url))
        with pytest.raises(Forked) as raised:
            transport.exchange(a_request(), deadline_s=20)
        transport.close()
    assert server.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert caplog.records
    assert TOKEN not in caplog.text + repr(transport) + repr(vars(transport)["_connection"]) + repr(raised.value)


@pytest.mark.slow
def test_the_counter_can_load_the_transport_without_waiting_for_httpx() -> None:
    question = "import sync.exchange.transport, sync.exchange.driver, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", question], check=False).returncode == 0
