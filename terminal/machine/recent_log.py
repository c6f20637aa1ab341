"""The latest log lines, for a file that support may read: time, level, message and code location.

Values may be personal, so only a message's constant words and a log id are kept.
"""

import logging
import re
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from msgspec import Struct

KEPT_MAX = 200
FRAMES_MAX = 12
_LOG_ID = re.compile(r"[0-9a-f]{8,16}")
_WORDS = ("kind", "log_id")  # given as `extra`: a problem's kind, and the log id shown on screen


class LogLine(Struct, frozen=True, omit_defaults=True):
    """One log line without personal data."""

    at: str
    level: str
    said: str
    kind: str = ""
    log_id: str = ""
    error: str = ""  # the exception's class
    frames: tuple[str, ...] = ()  # such as "counter.py:132 handle", innermost last


class RecentLog(logging.Handler):
    """A handler that keeps the latest lines in memory, or passes each to *keep*."""

    def __init__(self, keep: Callable[[LogLine], None] | None = None) -> None:
        super().__init__(logging.WARNING)
        self._lines: deque[LogLine] = deque(maxlen=KEPT_MAX)
        self.keep = keep or self._lines.append

    def listen(self) -> None:
        """Starts to receive log records."""
        logging.getLogger().addHandler(self)

    @property
    def lines(self) -> tuple[LogLine, ...]:
        return tuple(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        words = record.args if isinstance(record.args, tuple) else ()
        ids = [word for word in words if isinstance(word, str) and _LOG_ID.fullmatch(word)]
        error, frames = _trouble(record.exc_info)
        texts = {name: value for name in _WORDS if isinstance(value := getattr(record, name, None), str)}
        values = {"log_id": "".join(ids[:1])} | texts
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self.keep(LogLine(at, record.levelname.lower(), str(record.msg), error=error, frames=frames, **values))


def _trouble(
    info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None,
) -> tuple[str, tuple[str, ...]]:
    """The exception's class and code locations, without its message."""
    if info is None or info[0] is None:
        return "", ()
    frames = traceback.extract_tb(info[2])[-FRAMES_MAX:]
    return info[0].__name__, tuple(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
