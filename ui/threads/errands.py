"""Small work that may wait for a disk, each on a thread of its own."""

import logging
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)


class Errands(QObject):
    """Small work that may wait for a disk, each on a thread of its own; what came of it is told on the window's."""

    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ended.connect(_call, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], None], told: Callable[[bool], None]) -> None:
        """*told* hears whether it was done; why not stands in the log."""

        def do() -> None:
            try:
                work()
            except Exception:
                log.exception("an errand failed, log id %s", new_log_id())
                self._ended.emit(lambda: told(False))
            else:
                self._ended.emit(lambda: told(True))

        threading.Thread(target=do, name="errand", daemon=True).start()


def _call(tell: Callable[[], None]) -> None:
    tell()


def new_log_id() -> str:
    """What the log line of a bug and its sentence on the screen share."""
    return uuid.uuid4().hex[:8]
