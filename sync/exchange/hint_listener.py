"""Listens for hints on a thread of its own, and goes on trying when there are none.

A hint is only a reason to exchange: whatever is wrong with the stream, the till does without it and tries again later.
"""

import logging
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from sync.exchange.engine import backoff_s
from sync.exchange.failures import ExchangeFailure
from sync.protocol.messages import Hint, Listening

PAUSE_FIRST_S = 0.25  # also after a stream that ended well: its server may be ending those of all tills
LASTED_S = 10.0  # a stream that ended earlier counts as a failure, or some proxy would have us ask for ever

log = logging.getLogger(__name__)


def pause_s(failures: int) -> float:
    """How long to wait before the next try, after so many failures in a row."""
    return backoff_s(PAUSE_FIRST_S, failures, random.SystemRandom().random())


class HintListener:
    """A till's ear."""

    def __init__(self, server_url: str, token: str, *, pause_s: Callable[[int], float] = pause_s) -> None:
        self._server_url = server_url
        self._token = token
        self._pause_s = pause_s
        self._gate = threading.Condition()  # guards what follows
        self._closed = False
        self._socket: socket.socket | None = None

    def start(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None:
        """Tells *heard* each hint from now on, on the listener's thread; each stream begins with *listening*."""
        threading.Thread(target=self._run, args=(heard, listening), name="hints", daemon=True).start()

    def close(self) -> None:
        """Hear no more; returns at once. The thread ends too, unless it hangs in a name: nothing can end that wait."""
        with self._gate:
            self._closed = True
            self._gate.notify_all()
            self._hang_up()

    def _run(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None:
        from sync.exchange.hint_stream import hear  # noqa: PLC0415 - httpx: a tenth of a second that no start waits for

        failures = 0
        while not self._closed:
            began = monotonic()
            try:
                hear(self._server_url, self._token, heard, listening=listening(), on_socket=self._connected)
            except ExchangeFailure as failure:
                if not self._closed:
                    log.info("no hints: %s: %s", failure.kind, failure)
            except Exception:  # a thread begins here, and a till without hints still exchanges
                log.exception("no hints")
            failures = 0 if monotonic() - began >= LASTED_S else failures + 1
            with self._gate:
                self._gate.wait_for(lambda: self._closed, self._pause_s(failures))

    def _connected(self, opened: socket.socket) -> None:
        with self._gate:
            self._socket = opened
            if self._closed:
                self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # TLS's own would pull its state from a reader
