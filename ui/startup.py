"""The order of the start: first the main screen, then the camera, then the till and the other screens, then the rest.

Steps run one after the other, because the interpreter imports one module at a time, whatever the threads.
"""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.threads.camera_bridge import CameraBridge
from ui.threads.counter_thread import CounterThread

UNSEEN_MS = 300  # then the window is covered or minimised, and the start continues anyway
BLIND_MS = 150  # most cameras take longer to open, without using the interpreter
SLOW_MS = 3000  # longest wait for the decoders to load


class StartupSteps(Struct, frozen=True):
    """The steps in order."""

    start_scanning: Callable[[], None]
    furnish: Callable[[], None]
    rest: Callable[[], None]


class Startup(QObject):
    """Opens the camera after the window is painted, the till and other screens after the first picture, and then the
    rest.

    Each step also starts after a time-out or failure of the one before.
    """

    def __init__(self, window: QWidget, camera: CameraBridge, thread: CounterThread, steps: StartupSteps) -> None:
        super().__init__(window)
        self._window, self._thread, self._steps = window, thread, steps
        self._looking = self._seen = self._opening = self._resting = False
        window.installEventFilter(self)
        window.update()
        QTimer.singleShot(UNSEEN_MS, self, self._begin_to_look)
        camera.awake.connect(lambda: QTimer.singleShot(BLIND_MS, self, self._open))
        camera.picture.connect(self._see)
        camera.broken.connect(self._see)
        for outcome in (thread.opened, thread.unpaired, thread.broken, thread.signed_off):
            outcome.connect(self._begin_the_rest)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """A zero timer fires after pending painting is done."""
        if watched is not self._window or self._opening:
            return False
        if isinstance(event, QPaintEvent) and not self._looking:
            QTimer.singleShot(0, self, self._begin_to_look)
        elif self._seen and event.type() is QEvent.Type.UpdateRequest:
            QTimer.singleShot(0, self, self._open)
        return False

    def _begin_to_look(self) -> None:
        if not self._looking:
            self._looking = True
            self._steps.start_scanning()
            QTimer.singleShot(SLOW_MS, self, self._open)

    def _see(self) -> None:
        self._seen = True

    def _open(self) -> None:
        if not self._opening:
            self._opening = True
            self._window.removeEventFilter(self)
            self._thread.start()
            self._steps.furnish()

    def _begin_the_rest(self) -> None:
        if not self._resting:
            self._resting = True
            self._steps.rest()
