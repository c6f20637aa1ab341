"""The hint listener on a real loopback connection: valid and invalid hints, and stopping."""

import logging
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic

import pytest

from sync.exchange import hint_listener, hint_stream
from sync.exchange.backoff import BACKOFF_MAX_S, backoff_s
from sync.exchange.failures import ExchangeFailure, NotOurServer, Revoked, ServerFailed, Unreachable
from sync.exchange.hint_listener import HintListener, pause_s
from sync.exchange.hint_stream import BYTES_MAX, hear
from sync.protocol import messages
from sync.protocol.messages import Hint, Refused
from tests.support.loopback import LoopbackServer, Received, Script, an_answer
from tests.support.proved import TOKEN, an_access, with_proofs

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
HTML = b"<!doctype html><title>Welcome to our Wi-Fi</title>"
HEARD_WITHIN_S = 20


def hint(version: int) -> bytes:
    return b'data: {"version":%d}\n\n' % version


def cut(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def in_turn(*answers: bytes, then: Callable[[socket.socket], object] = cut) -> Script:
    """One of the answers for each request, each cut afterwards; then *then*."""
    left = list(answers)

    def script(connection: socket.socket, received: Received) -> None:
        connection.sendall(with_proofs(received, left.pop(0) if left else STREAM))
        cut(connection) if left else then(connection)

    return script


@dataclass
class Ear:
    """A listener without pauses, and the hints it received."""

    listener: HintListener
    failures: list[int] = field(default_factory=list)
    heard: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)

    def next(self) -> int:
        return self.heard.get(timeout=HEARD_WITHIN_S)


@contextmanager
def listening(server: LoopbackServer) -> Iterator[Ear]:
    def no_pause(failures: int) -> float:
        ear.failures.append(failures)
        return 0.0

    ear = Ear(HintListener(an_access(server.url), pause_s=no_pause))
    ear.listener.start(lambda hint: ear.heard.put(hint.version), lambda: None)
    try:
        yield ear
    finally:
        ear.listener.close()


def ears() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "hints"]


def failure_from(answer: bytes) -> ExchangeFailure:
    with LoopbackServer(in_turn(answer)) as server, pytest.raises(ExchangeFailure) as raised:
        hear(an_access(server.url), lambda hint: None, listening=None, on_socket=lambda opened: None)
    return raised.value


def test_hints_are_asked_for_with_the_token_and_heard_as_they_come() -> None:
    with (
        LoopbackServer(
            in_turn(STREAM + hint(41) + b":\n\n" + hint(42), then=lambda _: server.ended.wait(20))
        ) as server,
        listening(server) as ear,
    ):
        assert [ear.next(), ear.next()] == [41, 42]
        ear.listener.close()
    assert server.received[0].line == "GET /sync/v1/hints HTTP/1.1"
    assert server.received[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.received[0].headers["accept"] == "text/event-stream"


def test_kinds_of_events_that_a_newer_server_sends_are_passed_over() -> None:
    with (
        LoopbackServer(in_turn(STREAM + b"event: snapshot\ndata: ready\n\n" + hint(3))) as server,
        listening(server) as ear,
    ):
        assert ear.next() == 3


NO_HINTS = {
    "a login page of the wifi": an_answer(HTML, content_type="text/html"),
    "a redirect to it": b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\nContent-Length: 0\r\n\r\n",
    "a server without hints": an_answer(b'{"detail":"Not Found"}', "404 Not Found"),
    "an answer that is no stream": an_answer(b'{"version":1}'),
    "an event that is no hint": STREAM + b"data: {}\n\n",
    "an event of no text": STREAM + b"data: \xff\xfe\n\n",
    "a version that is no number": STREAM + b'data: {"version":"9"}\n\n',
    "a server that fails": an_answer(HTML, "502 Bad Gateway", "text/html"),
    "something that speaks no http": b"220 mail.example ESMTP\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.slow
@pytest.mark.parametrize("what", NO_HINTS)
def test_after_whatever_is_no_stream_of_hints_it_asks_again(what: str) -> None:
    with LoopbackServer(in_turn(NO_HINTS[what], STREAM + hint(7))) as server, listening(server) as ear:
        assert ear.next() == 7
    assert ear.failures[0] == 1


@pytest.mark.parametrize(
    ("what", "failure"),
    [
        ("a login page of the wifi", NotOurServer),
        ("a redirect to it", NotOurServer),
        ("an answer that is no stream", NotOurServer),
        ("an event that is no hint", NotOurServer),
        ("a server that fails", ServerFailed),
        ("something that speaks no http", Unreachable),
    ],
)
def test_what_is_no_stream_is_told_apart_as_in_an_exchange(what: str, failure: type[ExchangeFailure]) -> None:
    assert type(failure_from(NO_HINTS[what])) is failure


HINTS = STREAM + hint(41) + b":\n\n" + hint(42) + hint(43)


def heard_of(change: Callable[[bytes], bytes]) -> list[int]:
    """The versions heard of a stream that was changed on the way, whatever its end."""
    heard: list[int] = []

    def script(connection: socket.socket, received: Received) -> None:
        connection.sendall(change(with_proofs(received, HINTS)))
        cut(connection)

    with LoopbackServer(script) as server, suppress(ExchangeFailure):
        hear(an_access(server.url), lambda hint: heard.append(hint.version), listening=None, on_socket=lambda _: None)
    return heard


@pytest.mark.slow
def test_hints_in_another_order_left_out_or_twice_end_the_stream() -> None:
    def in_order(*order: int) -> Callable[[bytes], bytes]:
        def change(stream: bytes) -> bytes:
            head, *events = stream.replace(b":\n\n", b"").split(b"id: ")
            return head + b"".join(b"id: " + events[at] for at in order)

        return change

    assert heard_of(in_order(0, 1, 2)) == [41, 42, 43]
    assert heard_of(in_order(1, 0, 2)) == heard_of(in_order(2)) == []
    assert heard_of(in_order(0, 2)) == heard_of(in_order(0, 0, 1)) == [41]


def test_the_hints_of_another_stream_are_not_heard() -> None:
    streams: list[bytes] = []

    def first_again(stream: bytes) -> bytes:
        streams.append(stream)
        return streams[0]

    assert heard_of(first_again) == [41, 42, 43]
    assert heard_of(first_again) == []


@pytest.mark.slow
def test_of_a_stream_changed_in_any_place_only_what_stands_before_is_heard() -> None:
    """Also where the change cuts an event in two, or makes a comment of it."""
    for at in range(len(STREAM), len(HINTS) + 3 * len("id: \n") + 3 * 64, 7):
        heard = heard_of(lambda stream, at=at: stream[:at] + bytes([stream[at] ^ 1]) + stream[at + 1 :])  # type: ignore[misc]
        assert heard == [41, 42, 43][: len(heard)]


def test_a_refusal_is_told_in_our_servers_words() -> None:
    body = messages.encode(Refused(kind=messages.REVOKED, text="no"))
    assert type(failure_from(an_answer(body, "403 Forbidden"))) is Revoked


@pytest.mark.slow
def test_streams_that_end_soon_count_as_failures_or_a_proxy_would_have_it_ask_for_ever() -> None:
    with LoopbackServer(in_turn(*[STREAM + hint(n) for n in range(5)])) as server, listening(server) as ear:
        assert [ear.next() for _ in range(5)] == [0, 1, 2, 3, 4]
    assert ear.failures[:4] == [1, 2, 3, 4]


def test_it_waits_longer_from_failure_to_failure_and_never_longer_than_a_minute() -> None:
    longest = [backoff_s(hint_listener.PAUSE_FIRST_S, failures, 1.0) for failures in range(30)]
    assert all(earlier <= later for earlier, later in pairwise(longest)) and longest[-1] == BACKOFF_MAX_S
    assert longest[29] / 2 <= pause_s(29) <= longest[29]


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        hear(an_access(f"http://127.0.0.1:{port}"), lambda hint: None, listening=None, on_socket=lambda opened: None)


def test_a_stream_without_a_hint_is_read_no_further_than_any_of_ours_goes() -> None:
    sent = 0

    def pour(connection: socket.socket, received: Received) -> None:
        nonlocal sent
        connection.sendall(STREAM)
        while True:
            sent += connection.send(b"data" * 1024)

    with LoopbackServer(pour) as server, pytest.raises(NotOurServer):
        hear(an_access(server.url), lambda hint: None, listening=None, on_socket=lambda opened: None)
    assert sent < 1000 * BYTES_MAX  # including the system's buffers


def test_a_refusal_without_an_end_is_given_up_too() -> None:
    def pour(connection: socket.socket, received: Received) -> None:
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n")
        while True:
            connection.send(bytes(4096))

    with LoopbackServer(pour) as server, pytest.raises(NotOurServer):
        hear(an_access(server.url), lambda hint: None, listening=None, on_socket=lambda opened: None)


def test_a_stream_that_drips_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hint_stream, "LIFE_MAX_S", 0.1)

    def drip(connection: socket.socket, received: Received) -> None:
        connection.sendall(STREAM)
        for _ in range(2000):
            if server.ended.wait(0.01):
                return
            connection.sendall(b":\n\n")

    with LoopbackServer(drip) as server, pytest.raises(Unreachable):
        hear(an_access(server.url), lambda hint: None, listening=None, on_socket=lambda opened: None)


def test_silence_ends_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hint_stream, "SILENCE_S", 0.1)

    def fall_silent(connection: socket.socket, received: Received) -> None:
        connection.sendall(with_proofs(received, STREAM + hint(1)))
        server.ended.wait(20)

    heard: list[Hint] = []
    with LoopbackServer(fall_silent) as server, pytest.raises(Unreachable):
        hear(an_access(server.url), heard.append, listening=None, on_socket=lambda opened: None)
    assert heard == [Hint(version=1)]


@pytest.mark.parametrize(
    "begun", [b"", b"HTTP/1.1 200 OK\r\n", STREAM, STREAM + hint(1), STREAM + hint(1) + b"data: {"]
)
def test_it_ends_at_once_when_it_is_told_wherever_the_stream_is(begun: bytes) -> None:
    def fall_silent(connection: socket.socket, received: Received) -> None:
        connection.sendall(with_proofs(received, begun))
        server.ended.wait(20)

    with LoopbackServer(fall_silent) as server, listening(server) as ear:
        assert server.asked.wait(20)
        (thread,) = ears()
        began = monotonic()
        ear.listener.close()
        thread.join(20)
        assert monotonic() - began < 1
        assert not thread.is_alive()


def test_it_ends_at_once_while_it_waits_to_ask_again() -> None:
    waits = threading.Event()

    def an_hour(failures: int) -> float:
        waits.set()
        return 3600.0

    with LoopbackServer(in_turn()) as server:
        listener = HintListener(an_access(server.url), pause_s=an_hour)
        listener.start(lambda hint: None, lambda: None)
        assert waits.wait(20)
        (thread,) = ears()
        listener.close()
        thread.join(20)
        assert not thread.is_alive()


def test_it_can_be_closed_before_it_has_begun() -> None:
    with LoopbackServer(in_turn()) as server:
        listener = HintListener(an_access(server.url))
        listener.close()
        listener.start(lambda hint: None, lambda: None)
        for thread in ears():
            thread.join(20)
    assert server.received == []


def test_a_fault_in_who_is_told_ends_that_stream_only() -> None:
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()

    def on_hint(hint: Hint) -> None:
        heard.put(1 // hint.version)

    with LoopbackServer(in_turn(STREAM + hint(0), STREAM + hint(1))) as server:
        listener = HintListener(an_access(server.url), pause_s=lambda failures: 0.0)
        listener.start(on_hint, lambda: None)
        assert heard.get(timeout=HEARD_WITHIN_S) == 1
        listener.close()


def test_the_token_stands_in_no_log_text_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(in_turn(an_answer(HTML, "401 Unauthorized"), STREAM + hint(1))) as server:
        with listening(server) as ear:
            assert ear.next() == 1
        for thread in ears():
            thread.join(20)
    assert "hint stream failed" in caplog.text
    assert TOKEN not in caplog.text + repr(ear.listener)


@pytest.mark.slow
def test_the_counter_can_load_it_without_waiting_for_httpx() -> None:
    question = "import sync.exchange.hint_listener, sys; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", question], check=False).returncode == 0
