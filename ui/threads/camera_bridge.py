"""What the camera's thread hands to the window: the newest frame, every scan, the camera's troubles."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from terminal.interface.views import ProblemView
from terminal.problems import Problem
from terminal.scanner.scans import FrameReport, Hint, Newest, Scan
from terminal.scanner.seen import Ambiguous
from ui.threads.errands import new_log_id

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame

log = logging.getLogger(__name__)


class CameraBridge(QObject):
    """What the camera's thread calls, and what the window hears of it: the newest frame only, every scan."""

    picture = Signal(object, bool)  # QImage, and whether two cards are as near
    hinted = Signal(object)  # Hint or None, when it changes
    read = Signal(object)  # Scan: how it was read
    scanned = Signal(str)
    broken = Signal(object)  # ProblemView
    awake = Signal()  # the decoders are loaded, the camera is opened next
    _frame_came = Signal()

    def __init__(
        self,
        tell: Callable[[Problem], ProblemView],
        bug: Callable[[str], ProblemView],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tell, self._bug = tell, bug
        self._newest: Newest[tuple[QImage, FrameReport]] = Newest()
        self._hint: Hint | None = None
        self._frame_came.connect(self._show_newest, Qt.ConnectionType.QueuedConnection)

    def frame(self, look: FrameReport) -> None:
        """On the camera's thread. A frame not shown yet is replaced, so a slow screen never falls behind."""
        picture = to_picture(look.frame)
        if picture is not None and self._newest.put((picture, look)):
            self._frame_came.emit()

    def scan(self, scan: Scan) -> None:
        """On the camera's thread."""
        self.read.emit(scan)
        self.scanned.emit(scan.text)

    def end(self, error: Exception | None) -> None:
        """On the camera's thread. A film that is over is no trouble: its last picture stays."""
        if isinstance(error, Problem):
            self.broken.emit(self._tell(error))
        elif error is not None:
            log_id = new_log_id()
            log.error("the camera stopped, log id %s", log_id, exc_info=error)
            self.broken.emit(self._bug(log_id))

    @Slot()
    def _show_newest(self) -> None:
        newest = self._newest.take()
        if newest is not None:
            picture, look = newest
            if look.hint is not self._hint:
                self._hint = look.hint
                self.hinted.emit(look.hint)
            self.picture.emit(picture, isinstance(look.chosen, Ambiguous))


def to_picture(frame: "Frame") -> QImage | None:
    """A frame as Qt draws it: BGR, BGRA or gray bytes; None for anything else."""
    if frame.dtype.name != "uint8" or frame.size == 0 or frame.ndim not in (2, 3):
        return None
    channels = 1 if frame.ndim == 2 else frame.shape[2]
    formats = {1: QImage.Format.Format_Grayscale8, 3: QImage.Format.Format_BGR888, 4: QImage.Format.Format_RGB32}
    if channels not in formats:
        return None
    if not frame.flags.c_contiguous:
        frame = frame.copy()
    height, width = frame.shape[:2]
    return QImage(frame.data, width, height, width * channels, formats[channels]).copy()
