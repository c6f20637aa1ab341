"""A TCP proxy between a till and its server that can be cut and restored."""

import select
import socket
import threading
from contextlib import suppress

_CHUNK = 65536


class Wire:
    """Forwards connections to a server's port, each on a thread of its own."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._cut = threading.Event()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._thread = threading.Thread(target=self._accept, name="wire", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def cut(self) -> None:
        """Cuts the network: breaks connections and refuses new ones."""
        self._cut.set()

    def mend(self) -> None:
        """Restores the network."""
        self._cut.clear()

    def close(self) -> None:
        """Stops the proxy and its connections."""
        self._closing.set()
        self._listener.close()
        self._thread.join(2)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut.is_set():
                near.close()
                continue
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            try:
                far = socket.create_connection(("127.0.0.1", self._to_port), timeout=5)
            except OSError:
                return
            with far, suppress(OSError):
                self._carry(near, far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        asked = False
        while not (self._cut.is_set() or self._closing.is_set()):
            ready, _, _ = select.select([near, far], [], [], 0.1)
            if near in ready:
                data = near.recv(_CHUNK)
                if not data:
                    return
                asked = True
                far.sendall(data)
            if far in ready:
                data = far.recv(_CHUNK)
                if not data:
                    return
                if asked and not self.delivers():
                    return  # the server has committed, but the till does not get its answer
                asked = False
                near.sendall(data)

    def delivers(self) -> bool:
        """True if a reply of the server is forwarded to the till; tests override it."""
        return True
