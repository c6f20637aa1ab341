"""The server's log: one JSON object a line on standard error. Never a local variable: one of them may be a secret.

What strangers can cause as often as they like must not fill a disk: of lines that say the same only the first few of a
minute are written, and the next minute's first says how many were left out.
"""

import logging
import sys
import threading
import time
from collections import Counter

import structlog
from structlog.typing import EventDict, WrappedLogger

ALIKE_MAX = 10  # a minute
LINES_MAX = 200  # a minute, of all kinds
_MINUTE_S = 60.0

_log = structlog.get_logger()


class Allowance:
    """How many lines may still be written in this minute. Used from any thread."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._until = 0.0
        self._written: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def take(self, line: str, now_s: float) -> int | None:
        """None where the line is one too many; else how many of its like were left out before it."""
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
    """For whoever builds the app: what is not configured prints local variables with every traceback."""
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
            structlog.processors.format_exc_info,  # plain: the coloured one prints local variables
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is then, not as it was at the start
    )


class _Ours(logging.Handler):
    """Writes what libraries log as lines of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        _log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def take_over() -> None:
    """For a process that only serves: its libraries' warnings go the same way."""
    logging.basicConfig(handlers=[_Ours(level=logging.WARNING)], level=logging.WARNING, force=True)
