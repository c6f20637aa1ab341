"""Small tasks that may wait for a disk, each on its own thread."""

import logging
import threading
import uuid
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

log = logging.getLogger(__name__)


class Errands(QObject):
    """Runs small tasks, each on its own thread; results are delivered on the window's thread."""

    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ended.connect(_call, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], None], on_end: Callable[[bool], None]) -> None:
        """Runs *work*, then calls *on_end* with True if it succeeded; errors are logged."""

        def do() -> None:
            try:
                work()
            except Exception:
                log.exception("an errand failed, log id %s", new_log_id())
                self._ended.emit(lambda: on_end(False))
            else:
                self._ended.emit(lambda: on_end(True))

        threading.Thread(target=do, name="errand", daemon=True).start()


def _call(tell: Callable[[], None]) -> None:
    tell()


def new_log_id() -> str:
    """A new id that connects a log line with its sentence on screen."""
    return uuid.uuid4().hex[:8]
