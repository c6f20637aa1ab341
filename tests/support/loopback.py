"""A loopback HTTP server scripted byte by byte, for faults of servers, proxies and portals."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """A received request."""

    line: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[socket.socket, Received], None]


def an_answer(body: bytes, status: str = "200 OK", content_type: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class LoopbackServer:
    """Runs the script for each request; `ended` is set after the test, for scripts that hang."""

    def __init__(self, script: Script | bytes, tls: ssl.SSLContext | None = None) -> None:
        self._script: Script = script if callable(script) else lambda connection, _: connection.sendall(script)
        self.received: list[Received] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self.asked = threading.Event()
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):  # most have ended already
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            with plain, self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as connection:
                connection.settimeout(10)
                self._converse(connection)
        except OSError:
            return  # the client disconnected

    def _converse(self, connection: socket.socket) -> None:
        incoming = connection.makefile("rb")
        while line := incoming.readline().decode().strip():
            headers: dict[str, str] = {}
            while header := incoming.readline().decode().strip():
                name, _, value = header.partition(": ")
                headers[name.lower()] = value
            received = Received(line, headers, incoming.read(int(headers.get("content-length", 0))))
            self.received.append(received)
            self.asked.set()
            self._script(connection, received)
