"""Places the customer window: full screen on the screen without the till, in a window, or nowhere."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, SignalInstance
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

from ui.threads.saved_preferences import SavedPreferences

if TYPE_CHECKING:
    from ui.window.customer_window import CustomerWindow

FIRST = (1024, 600)


class Screens(Protocol):
    """The system's screens, which may be plugged in and out."""

    @property
    def screenAdded(self) -> SignalInstance: ...  # noqa: N802 - Qt's names

    @property
    def screenRemoved(self) -> SignalInstance: ...  # noqa: N802

    def screens(self) -> Sequence[QScreen]: ...


class CustomerScreen(QObject):
    """Keeps the customer window in place as the choice, the plugged screens or the till's position change."""

    def __init__(
        self,
        till: QWidget,
        open_window: Callable[[], "CustomerWindow"],
        choices: SavedPreferences,
        screens: Screens,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._till, self._open_window, self._choices, self._screens = till, open_window, choices, screens
        self._window: CustomerWindow | None = None  # made once, then shown or hidden
        self._stopped = False
        self._soon = QTimer(self, singleShot=True, interval=0)  # screens change one by one
        self._soon.timeout.connect(self.settle)
        screens.screenAdded.connect(self._soon.start)
        screens.screenRemoved.connect(self._soon.start)
        choices.changed.connect(lambda _now: self._soon.start())
        till.installEventFilter(self)

    def settle(self) -> None:
        """Shows the window where it belongs now, or hides it."""
        if self._stopped or not self._till.isVisible():
            return
        choice = self._choices.now.customer_window
        screen = other_screen(self._screens.screens(), self._till.screen())
        if choice == "off" or (choice == "auto" and screen is None):
            self._close()
            return
        window = self._window or self._make()
        if screen is not None:
            window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
            window.setScreen(screen)
            window.setGeometry(screen.geometry())
            window.showFullScreen()
        elif window.isFullScreen() or not window.isVisible():  # the second screen is gone
            window.setWindowFlag(Qt.WindowType.FramelessWindowHint, False)
            window.showNormal()
            window.resize(*FIRST)

    def stop(self) -> None:
        self._stopped = True
        self._soon.stop()
        self._close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is not self._till:
            if event.type() is QEvent.Type.WindowActivate:  # some desktops give it the focus anyway
                self._till.activateWindow()
        elif event.type() in (QEvent.Type.ScreenChangeInternal, QEvent.Type.Show, QEvent.Type.WindowStateChange):
            self._soon.start()
        elif event.type() is QEvent.Type.Close:
            self.stop()
        return False

    @property
    def window(self) -> "CustomerWindow | None":
        """The visible customer window, or None."""
        return self._window if self._window is not None and self._window.isVisible() else None

    def _make(self) -> "CustomerWindow":
        self._window = window = self._open_window()
        window.installEventFilter(self)
        window.closed.connect(lambda: self._choices.choose(customer_window="off"))
        return window

    def _close(self) -> None:
        if self._window is not None:
            self._window.hide()


def other_screen(screens: Sequence[QScreen], till: QScreen | None) -> QScreen | None:
    """The first screen without the till."""
    return next((screen for screen in screens if screen is not till), None)
