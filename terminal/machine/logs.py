"""What the till tells support, on standard error: one JSON object a line. Never a local variable, so never a PIN.

The standard library's logging: structlog, as the server has it, brings a tenth of a second of imports to every start.
"""

import logging
import os
import sys
from datetime import UTC, datetime

import msgspec

LEVEL_VARIABLE = "ORION_LOG"
VALUES = ("kind", "detail", "log_id")  # what a line may say beside its words, given as `extra`


def configure() -> None:
    """Called by the program's entry; once more changes the level only."""
    root = logging.getLogger()
    root.setLevel(logging.getLevelNamesMapping().get(os.environ.get(LEVEL_VARIABLE, "").upper(), logging.WARNING))
    if not any(isinstance(one, StandardError) for one in root.handlers):
        root.addHandler(StandardError())


class StandardError(logging.Handler):
    """Standard error as it is then, not as it was at the start; a program with a window only may have none."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            try:
                sys.stderr.write(_line(record) + "\n")
            except (OSError, ValueError):  # it was closed: a log that nobody reads holds nothing up
                self.handleError(record)


def _line(record: logging.LogRecord) -> str:
    said = {name: str(value) for name in VALUES if (value := getattr(record, name, None)) is not None}
    said |= {
        "event": record.getMessage(),
        "logger": record.name,
        "level": record.levelname.lower(),
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
    }
    if record.exc_info:
        said["exception"] = logging.Formatter().formatException(
            record.exc_info
        )  # a plain traceback: lines of code only
    return msgspec.json.encode(said).decode()
