"""Position, size and screen of the till's window, restored at the next start."""

import binascii
from base64 import b64decode, b64encode

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from ui.threads.saved_preferences import SavedPreferences

FIRST = (1366, 768)
CALM_MS = 1000  # a moved window's place is stored after this time
_MOVED = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange)


class WindowGeometry(QObject):
    """Stores the window's place when it rests and at the end, so that it survives a power cut."""

    def __init__(self, window: QWidget, choices: SavedPreferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._choices = window, choices
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self.keep)
        full = QShortcut(QKeySequence(Qt.Key.Key_F11), window)
        full.setContext(Qt.ShortcutContext.ApplicationShortcut)
        full.activated.connect(self.turn_full)

    def show(self) -> None:
        """Shows the window as it was left; at first or if its screen is gone, as large as the screen."""
        window = self._window
        if not self._restored():
            window.resize(*FIRST)
            window.setWindowState(Qt.WindowState.WindowMaximized)
        window.show()
        window.installEventFilter(self)

    def turn_full(self) -> None:
        """Toggles full screen."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def keep(self) -> None:
        self._calm.stop()
        if not self._window.isMinimized():
            place = bytes(self._window.saveGeometry().data())
            self._choices.choose(window=b64encode(place).decode("ascii"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in _MOVED:
            self._calm.start()
        elif event.type() is QEvent.Type.Close:
            self.keep()
        return False

    def _restored(self) -> bool:
        kept = self._choices.now.window
        if kept is None:
            return False
        try:
            place = QByteArray(b64decode(kept, validate=True))
        except (ValueError, binascii.Error):
            return False
        return self._window.restoreGeometry(place)
