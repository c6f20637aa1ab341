"""Filters keyboard events of typing scanners: holds keys back until their pace shows who typed them.

A scan's keys reach no field or shortcut; a person's keys arrive 50 ms late, in order. Keys must not be logged.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from terminal.scanner.wedge.wedge import KeyOwner, KeyPress, Typed, Wedge

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class HandScanner(QObject):
    """Filters all key events of the application between `listen` and `stop`."""

    scanned = Signal(object)  # Typed

    def __init__(self, wedge: Wedge, seconds: Callable[[], float], application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._wedge, self._seconds = wedge, seconds
        self._held: list[tuple[QWidget, QKeyEvent]] = []  # presses and releases in order
        self._down: set[int] = set()  # keys whose press was swallowed, so that the release is too
        self._giving_back = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._gap)

    def listen(self) -> None:
        self._application.installEventFilter(self)

    def learn(self, layout: str) -> None:
        """Learns the layout through which a card was found."""
        self._wedge.learn(layout)

    def stop(self) -> None:
        """Stops filtering; held keys are delivered."""
        self._application.removeEventFilter(self)
        self._tell(self._wedge.quiet())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if self._giving_back or not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if event.type() is QEvent.Type.KeyPress:
            return self._pressed(watched, event)
        if event.type() is QEvent.Type.KeyRelease:
            return self._released(watched, event)
        return False

    def _pressed(self, widget: QWidget, event: QKeyEvent) -> bool:
        at_s = event.timestamp() / 1000 if event.timestamp() else self._seconds()
        if event.isAutoRepeat():  # a key held down
            self._tell(self._wedge.quiet())
            return False
        if event.key() in _ENDS:
            decision = self._wedge.end(at_s)
            self._tell(decision)
            if isinstance(decision, Typed) or decision is KeyOwner.SWALLOWED:
                self._down.add(event.key())
                return True
            return False
        if not event.text().isprintable() or not event.text() or event.modifiers() & _COMMANDS:
            if event.text() or event.key() not in _MODIFIERS:
                self._tell(self._wedge.quiet())
            return False
        sign = KeyPress(event.text(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier), at_s)
        self._tell(self._wedge.press(sign))
        self._held.append((widget, event.clone()))
        self._timer.start(int(self._wedge.patience_s * 1000) + 1)
        return True

    def _released(self, widget: QWidget, event: QKeyEvent) -> bool:
        if event.key() in self._down:
            self._down.discard(event.key())
            return True
        if any(held.key() == event.key() for _, held in self._held):
            self._held.append((widget, event.clone()))
            return True
        return False

    def _gap(self) -> None:
        """Handles a gap in typing; queued key events are processed first, as the screen may have stalled."""
        QTimer.singleShot(0, self, self._really_a_gap)

    def _really_a_gap(self) -> None:
        if not self._timer.isActive():
            self._tell(self._wedge.quiet())

    def _tell(self, decision: Typed | KeyOwner | None) -> None:
        """Handles a decision about the held keys."""
        if decision is None:
            return
        held, self._held = self._held, []
        self._timer.stop()
        if isinstance(decision, Typed):
            self._down |= {event.key() for _, event in held} - {
                event.key() for _, event in held if event.type() is QEvent.Type.KeyRelease
            }
            self.scanned.emit(decision)
        elif decision is KeyOwner.PERSON:
            self._give_back(held)

    def _give_back(self, held: list[tuple[QWidget, QKeyEvent]]) -> None:
        self._giving_back = True
        try:
            for widget, event in held:
                if isValid(widget):
                    QApplication.sendEvent(widget, event)
        finally:
            self._giving_back = False
