"""Apple's push service on this machine: HTTP/2 over TLS with a client certificate, and whatever it may answer."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from tests.support.wallets import certificates

WAITS_S = 20.0  # for anything, so that no test hangs


@dataclass(frozen=True)
class Pushed:
    """A push as it came."""

    token: str
    headers: dict[str, str]
    subject: str  # of the client's certificate


@dataclass
class FakeApns:
    """Takes pushes; *answers* says otherwise for some tokens, *faults* are used up one after the other."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # "goaway", "goaway_first", "hang_up", "stall"
    taken: list[Pushed] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self.stalled = threading.Event()  # a push is waiting for its answer
        self.released = threading.Event()
        self.pushed = threading.Event()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def tokens(self) -> list[str]:
        return [one.token for one in self.taken]

    def serve(self, connection: ssl.SSLSocket) -> None:
        """Answers one connection until it ends."""
        subject = str(connection.getpeercert())
        h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        h2.initiate_connection()
        connection.sendall(h2.data_to_send())
        asked: dict[int, dict[str, str]] = {}
        if self.faults[:1] == ["goaway_first"]:
            self.faults.pop(0)
            h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=0)
            connection.sendall(h2.data_to_send())
            return
        while data := connection.recv(65_536):
            for event in h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    asked[event.stream_id] = {str(name): str(value) for name, value in event.headers}
                if not isinstance(event, StreamEnded):
                    continue
                if not self._answered(h2, event.stream_id, asked.pop(event.stream_id), subject):
                    connection.sendall(h2.data_to_send())
                    return
            connection.sendall(h2.data_to_send())

    def _answered(self, h2: H2Connection, stream: int, headers: dict[str, str], subject: str) -> bool:
        """Answers a push; False if the connection ends."""
        token = headers[":path"].rpartition("/")[2]
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "hang_up":
            return False
        if fault == "stall":
            self.stalled.set()
            self.released.wait(WAITS_S)
        status, body = self.answers.get(token, (200, {}))
        if status == 200:
            self.taken.append(Pushed(token, headers, subject))
            self.pushed.set()
        h2.send_headers(stream, [(":status", str(status))])
        h2.send_data(stream, json.dumps(body).encode() if body else b"", end_stream=True)
        if fault == "goaway":
            h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=stream)
            return False
        return True


@contextmanager
def running(folder: Path) -> Iterator[FakeApns]:
    """The service at a free port."""
    context, fake = certificates.server_context(folder), FakeApns()
    threads: list[threading.Thread] = []
    open_ones: list[socket.socket] = []

    def answer(raw: socket.socket) -> None:
        with suppress(OSError, ProtocolError):
            raw.settimeout(WAITS_S)
            with context.wrap_socket(raw, server_side=True) as connection:
                open_ones.append(connection)
                fake.connections += 1
                fake.serve(connection)

    def accept() -> None:
        while True:
            try:
                raw, _ = listening.accept()
            except OSError:
                return  # closed
            thread = threading.Thread(target=answer, args=(raw,), daemon=True)
            threads.append(thread)
            thread.start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        fake.port = listening.getsockname()[1]
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield fake
        finally:
            fake.released.set()
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for one in open_ones:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
    for thread in (accepting, *threads):
        thread.join(WAITS_S)
