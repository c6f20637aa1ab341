"""Detection of finished painting."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class Painting(QObject):
    """Calls *painted* whenever the window has painted its changes."""

    def __init__(self, window: QWidget, painted: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._painted = window, painted
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is not self._window or event.type() is not QEvent.Type.UpdateRequest:
            return False
        self._window.event(event)  # paints before it returns
        self._painted()
        return True
