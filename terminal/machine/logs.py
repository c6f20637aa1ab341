"""The till's log: JSON lines on standard error, without local variables, which could contain a PIN.

Uses the standard library's logging, because importing structlog would slow every start by a tenth of a second.
"""

import logging
import os
import sys
from datetime import UTC, datetime

import msgspec

LEVEL_VARIABLE = "ORION_LOG"
VALUES = ("kind", "detail", "log_id")  # optional fields of a line, given as `extra`


def configure() -> None:
    """Configures logging; repeated calls only change the level."""
    root = logging.getLogger()
    root.setLevel(logging.getLevelNamesMapping().get(os.environ.get(LEVEL_VARIABLE, "").upper(), logging.WARNING))
    if not any(isinstance(one, StandardError) for one in root.handlers):
        root.addHandler(StandardError())


class StandardError(logging.Handler):
    """A handler that looks up standard error at each line; a program with only a window may have none."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            try:
                sys.stderr.write(_line(record) + "\n")
            except (OSError, ValueError):  # closed: logging must not fail the program
                self.handleError(record)


def _line(record: logging.LogRecord) -> str:
    fields = {name: str(value) for name in VALUES if (value := getattr(record, name, None)) is not None}
    fields |= {
        "event": record.getMessage(),
        "logger": record.name,
        "level": record.levelname.lower(),
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
    }
    if record.exc_info:
        fields["exception"] = logging.Formatter().formatException(record.exc_info)  # a plain traceback, without values
    return msgspec.json.encode(fields).decode()
