"""What a till logs while it heals, with the time of each line, for whoever has to find out why it takes long."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime


class _Timeline(logging.Handler):
    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now, self._began = now, now()

    def emit(self, record: logging.LogRecord) -> None:
        at = (self._now() - self._began).total_seconds()
        more = [str(getattr(record, name)) for name in ("kind", "detail") if hasattr(record, name)]
        sys.stderr.write(f"{at:8.1f} s {' '.join([record.name, self.format(record), *more])}\n")


@contextmanager
def timeline(now: Callable[[], datetime]) -> Iterator[None]:
    """Writes to stderr what is logged meanwhile; *now* is the clock of whatever logs."""
    root, handler = logging.getLogger(), _Timeline(now)
    level, disabled = root.level, root.manager.disable
    logging.disable(logging.NOTSET)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        logging.disable(disabled)
