"""Listens to the server's hint stream on its own thread and reconnects when it ends.

Hints only speed up exchanges, so any failure of the stream is logged and retried later.
"""

import logging
import random
import socket
import threading
from collections.abc import Callable
from time import monotonic

from sync.exchange.access import Access
from sync.exchange.backoff import backoff_s
from sync.exchange.failures import ExchangeFailure
from sync.exchange.transport import hang_up
from sync.protocol.messages import Hint, Listening

PAUSE_FIRST_S = 0.25  # also after a normal end, as the server may be closing the streams of all tills
LASTED_S = 10.0  # a shorter stream counts as a failure, since a proxy may cut every one

log = logging.getLogger(__name__)


def pause_s(failures: int) -> float:
    """The wait before reconnecting after so many consecutive failures."""
    return backoff_s(PAUSE_FIRST_S, failures, random.SystemRandom().random())


class HintListener:
    """A till's connection to the hint stream."""

    def __init__(self, access: Access, *, pause_s: Callable[[int], float] = pause_s) -> None:
        self._access = access
        self._pause_s = pause_s
        self._gate = threading.Condition()  # guards what follows
        self._closed = False
        self._socket: socket.socket | None = None

    def start(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None:
        """Passes each hint to *heard*, on the listener's thread; *listening* gives the read position at each
        connection."""
        threading.Thread(target=self._run, args=(heard, listening), name="hints", daemon=True).start()

    def close(self) -> None:
        """Stops listening; returns at once. The thread ends too, unless it is blocked in name resolution."""
        with self._gate:
            self._closed = True
            self._gate.notify_all()
            self._hang_up()

    def _run(self, heard: Callable[[Hint], None], listening: Callable[[], Listening | None]) -> None:
        from sync.exchange.hint_stream import hear  # noqa: PLC0415 - httpx takes a tenth of a second to load

        failures = 0
        while not self._closed:
            began = monotonic()
            try:
                hear(self._access, heard, listening=listening(), on_socket=self._connected)
            except ExchangeFailure as failure:
                if not self._closed:
                    log.info("hint stream failed: %s: %s", failure.kind, failure)
            except Exception:  # the thread's outermost handler: a till works without hints
                log.exception("hint stream failed")
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
            hang_up(self._socket)
