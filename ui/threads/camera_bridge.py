"""Passes the camera thread's frames, scans and problems to the window."""

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
    """Called by the camera thread; emits signals to the window, only with the newest frame but with every scan."""

    picture = Signal(object, bool)  # QImage, and True if two cards are equally likely
    hinted = Signal(object)  # Hint or None, on changes
    read = Signal(object)  # Scan
    scanned = Signal(str)
    broken = Signal(object)  # ProblemView
    awake = Signal()  # the decoders are loaded
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

    def frame(self, report: FrameReport) -> None:
        """Called on the camera thread. Replaces a frame that is not shown yet, so that a slow screen does not fall
        behind."""
        picture = to_picture(report.frame)
        if picture is not None and self._newest.put((picture, report)):
            self._frame_came.emit()

    def scan(self, scan: Scan) -> None:
        """Called on the camera thread."""
        self.read.emit(scan)
        self.scanned.emit(scan.text)

    def end(self, error: Exception | None) -> None:
        """Called on the camera thread. The end of a film is no error: its last picture stays."""
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
            picture, report = newest
            if report.hint is not self._hint:
                self._hint = report.hint
                self.hinted.emit(report.hint)
            self.picture.emit(picture, isinstance(report.chosen, Ambiguous))


def to_picture(frame: "Frame") -> QImage | None:
    """Converts a frame (BGR, BGRA or gray bytes) to a QImage; None for other formats."""
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
