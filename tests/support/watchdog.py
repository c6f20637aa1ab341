"""A watchdog for a thread's event loop that names the places where it was blocked."""

import sys
import threading
import time
import traceback
from types import TracebackType

from PySide6.QtCore import QAbstractEventDispatcher

LOOKS_S = 0.005  # interval of the checks


class Watchdog:
    """Reports when the event loop does not return to waiting within *limit_s*."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._busy_since: float | None = None
        self._named_for: float | None = None
        self._ends = threading.Event()
        self._watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self.longest_s = 0.0
        self.places: list[str] = []

    def __enter__(self) -> "Watchdog":
        loop = QAbstractEventDispatcher.instance()
        assert loop is not None, "a window's thread has an event loop"
        loop.awake.connect(self._woke)
        loop.aboutToBlock.connect(self._waits)
        self._loop = loop
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waits()
        self._ends.set()
        self._thread.join()
        self._loop.awake.disconnect(self._woke)
        self._loop.aboutToBlock.disconnect(self._waits)

    def _woke(self) -> None:
        if self._busy_since is None:
            self._busy_since = time.monotonic()

    def _waits(self) -> None:
        if self._busy_since is not None:
            self.longest_s = max(self.longest_s, time.monotonic() - self._busy_since)
        self._busy_since = None

    def _watch(self) -> None:
        while not self._ends.wait(LOOKS_S):
            since = self._busy_since
            if since is None or since == self._named_for or time.monotonic() - since < self._limit_s:
                continue
            frame = sys._current_frames().get(self._watched)
            if frame is not None:
                self._named_for = since
                self.places.append("".join(traceback.format_stack(frame, limit=6)))
            del frame  # would keep painters alive
