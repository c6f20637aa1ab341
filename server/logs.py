"""The server's log: JSON lines on standard error, without local variables, as these may be secrets.

So that strangers cannot fill the disk, only the first few equal lines of a minute are written; the first one of a
later minute has the number of those left out.
"""

import logging
import sys
import threading
import time
from collections import Counter

import structlog
from structlog.typing import EventDict, WrappedLogger

ALIKE_MAX = 10  # equal lines per minute
LINES_MAX = 200  # lines per minute
_MINUTE_S = 60.0

_log = structlog.get_logger()


class Allowance:
    """The number of lines that may still be written in this minute. Thread-safe."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._until = 0.0
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def take(self, line: str, now_s: float) -> int | None:
        """The number of equal lines left out before this one; None if this one must be left out too."""
        with self._gate:
            if now_s >= self._until:
                self._until = now_s + _MINUTE_S
                self._written.clear()
            if self._written[line] >= ALIKE_MAX or self._written.total() >= LINES_MAX:
                self._left_out[line if len(self._left_out) < LINES_MAX else ""] += 1
                return None
            self._written[line] += 1
            return self._left_out.pop(line, 0)


def configure() -> None:
    """Configures structlog; its default prints local variables in tracebacks."""
    allowance = Allowance()

    def few(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        left_out = allowance.take(str(line.get("event")), time.monotonic())
        if left_out is None:
            raise structlog.DropEvent
        return {**line, "left_out": left_out} if left_out else line

    structlog.configure(
        processors=[
            few,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # the coloured formatter prints local variables
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the stream at the time of logging
    )


class _Ours(logging.Handler):
    """Passes the log records of libraries on to our log."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def take_over() -> None:
    """Sends libraries' warnings to our log; for processes that only serve."""
    logging.basicConfig(handlers=[_Ours(level=logging.WARNING)], level=logging.WARNING, force=True)
