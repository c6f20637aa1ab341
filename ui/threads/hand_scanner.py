"""Filters keyboard events of typing scanners: holds keys back until their speed shows their origin.

A scan's keys reach no field and no shortcut; a person's arrive a little later and in order. What turns out to be the
beginning of a slow scan is taken back where it was typed; a PIN that may be such a beginning is no try until it has
stayed as it is for as long as a scanner stumbles. Nothing typed is logged.
"""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from terminal.scanner.wedge.readings import Typed
from terminal.scanner.wedge.wedge import SLOWEST_S, Into, KeyOwner, KeyPress, Wedge

ONE_KEY = "one_key"  # set on what a digit alone chooses from
PIN_DIGITS = "pin_digits"  # set on what takes a PIN: the number of its digits
PIN_MISSING = "pin_missing"  # and how many of them are not typed yet
PIN_WAITS = "pin_waits"  # set from here on what takes a PIN: True while what was typed is no try yet
_PAST_MAX = 256

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
)
_CTRL, _ALT, _META = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.MetaModifier,
)


class HandScanner(QObject):
    """Filters all key events of the application between `listen` and `stop`."""

    scanned = Signal(object)  # Typed
    learned = Signal(str)  # the layouts that fit all that was read, for the next start

    def __init__(self, wedge: Wedge, seconds: Callable[[], float], application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._wedge, self._seconds = wedge, seconds
        self._held: list[tuple[QWidget, QKeyEvent]] = []  # presses and releases, as they came
        self._past: deque[QWidget | None] = deque(maxlen=_PAST_MAX)  # where each sign before them went; None: nowhere
        self._command: tuple[QWidget, QKeyEvent] | None = None
        self._down: set[int] = set()  # keys whose press was swallowed, so that the release is too
        self._giving_back = False
        self._pin: QWidget | None = None  # what takes a PIN and waits
        self._is_no_pin = False  # more came than it takes: the rest of the scan is swallowed
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._gap)
        self._command_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._command_timer.timeout.connect(self._commanded)

    def listen(self) -> None:
        self._application.installEventFilter(self)

    def learn(self, layouts: tuple[str, ...]) -> None:
        """Learns the layouts through which a card was found."""
        self.learned.emit(" ".join(sorted(self._wedge.learn(layouts))))

    def stop(self) -> None:
        """Stops filtering; held keys are delivered."""
        self._application.removeEventFilter(self)
        self._tell(self._wedge.interrupt())
        self._settle_pin()

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
        if event.isAutoRepeat():  # a finger that stays on a key
            self._tell(self._wedge.interrupt())
            return False
        if _is_number_by_alt(event):  # how some scanners write; typed one by one they would be an amount
            self._drop_command()
            self._down.add(event.key())
            return True
        if event.key() in _ENDS and not event.modifiers() & _CTRL:
            return self._ended(event, at_s)
        if not event.text().isprintable() or not event.text() or _commands(event):
            return self._acted(widget, event)
        self._drop_command()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._tell(self._wedge.press(KeyPress(event.text(), shift, at_s, _into(widget, event.text()))))
        self._held.append((widget, event.clone()))
        self._wait()
        return True

    def _ended(self, event: QKeyEvent, at_s: float) -> bool:
        self._drop_command()
        decision = self._wedge.end(at_s)
        self._tell(decision)
        if decision is KeyOwner.SWALLOWED:
            self._clear_pin()
        if decision is KeyOwner.PERSON and not self._is_no_pin:
            return False
        self._settle_pin()
        self._down.add(event.key())
        return True

    def _acted(self, widget: QWidget, event: QKeyEvent) -> bool:
        """A key that writes nothing. With Ctrl it could be a sign that cannot be seen in a code: so it stands alone."""
        if not event.text() and event.key() in _MODIFIERS:
            return False
        key, keys = event.key(), Qt.Key
        sign = keys.Key_A <= key <= keys.Key_Underscore or keys.Key_0 <= key <= keys.Key_9
        if sign and event.modifiers() & _CTRL and not isinstance(widget, QLineEdit):
            if self._wedge.holds:
                self._down.add(event.key())
                return True
            self._tell(self._wedge.interrupt())
            self._commanded()
            self._command = (widget, event.clone())
            self._down.add(event.key())
            self._command_timer.start(int(SLOWEST_S * 1000) + 1)
            return True
        self._tell(self._wedge.interrupt())
        self._past.clear()
        if key in _ENDS:  # with Ctrl, which no scanner holds
            self._settle_pin()
        return False

    def _commanded(self) -> None:
        """Delivers the key as a person's, as nothing followed."""
        if self._command is not None:
            command, self._command = self._command, None
            self._command_timer.stop()
            self._give_back([command])

    def _drop_command(self) -> None:
        self._command = None
        self._command_timer.stop()

    def _released(self, widget: QWidget, event: QKeyEvent) -> bool:
        if event.key() in self._down:
            self._down.discard(event.key())
            return True
        if any(held.key() == event.key() for _, held in self._held):
            self._held.append((widget, event.clone()))
            return True
        return False

    def _wait(self) -> None:
        self._timer.start(int(self._wedge.patience_s * 1000) + 1)

    def _gap(self) -> None:
        """Handles a gap in typing; queued key events are processed first, as the screen may have stalled."""
        QTimer.singleShot(0, self, self._really_a_gap)

    def _really_a_gap(self) -> None:
        if not self._timer.isActive():
            held = self._wedge.holds
            self._tell(self._wedge.quiet())
            if held and self._wedge.waits:
                self._wait()
            elif not held:
                self._settle_pin()

    def _tell(self, decision: Typed | KeyOwner | None) -> None:
        """Handles a decision about the held keys."""
        if decision is None:
            return
        held, self._held = self._held, []
        self._timer.stop()
        if isinstance(decision, Typed):
            self._swallow(held)
            self._take_back(decision.given)
            self._clear_pin()
            self._settle_pin()
            self.scanned.emit(decision)
            return
        signs = [widget for widget, event in held if event.type() is QEvent.Type.KeyPress]
        takes_pin = _holder(signs[0], PIN_DIGITS) if signs else None
        if takes_pin is not None and len(signs) > int(takes_pin.property(PIN_MISSING)):
            self._pin, self._is_no_pin = takes_pin, True
        if decision is KeyOwner.PERSON and not (takes_pin is not None and self._is_no_pin):
            self._past.extend(signs)
            if takes_pin is not None and self._wedge.is_hasty:
                self._pin = takes_pin
                takes_pin.setProperty(PIN_WAITS, True)
            self._give_back(held)
        else:
            self._past.extend(None for _ in signs)
            self._swallow(held)
            self._clear_pin()
        if self._pin is not None:
            self._wait()

    def _settle_pin(self) -> None:
        """Nothing has followed: what was typed is a person's PIN, or the beginning of one."""
        page, self._pin, self._is_no_pin = self._pin, None, False
        if page is not None and isValid(page):
            page.setProperty(PIN_WAITS, False)

    def _clear_pin(self) -> None:
        """What was typed was a scan."""
        if self._pin is not None and isValid(self._pin):
            self._give_back([(self._pin, _key_event(Qt.Key.Key_Delete, QEvent.Type.KeyPress))])

    def _swallow(self, held: list[tuple[QWidget, QKeyEvent]]) -> None:
        self._down |= {event.key() for _, event in held} - {
            event.key() for _, event in held if event.type() is QEvent.Type.KeyRelease
        }

    def _take_back(self, count: int) -> None:
        """Delivers the last *count* characters where they were typed."""
        typed = [self._past.pop() for _ in range(min(count, len(self._past)))]
        self._past.clear()
        for widget in typed:
            if widget is not None:
                kinds = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
                self._give_back([(widget, _key_event(Qt.Key.Key_Backspace, kind, "\b")) for kind in kinds])

    def _give_back(self, held: list[tuple[QWidget, QKeyEvent]]) -> None:
        self._giving_back = True
        try:
            for widget, event in held:
                if isValid(widget):
                    QApplication.sendEvent(widget, event)
        finally:
            self._giving_back = False


def _into(widget: QWidget, sign: str) -> Into:
    if isinstance(widget, QLineEdit):
        return Into.FIELD
    if sign not in "0123456789" or _set_around(widget, ONE_KEY):
        return Into.PAGE
    return Into.PIN if _set_around(widget, PIN_DIGITS) else Into.DIGITS


def _set_around(widget: QWidget, name: str) -> int:
    """The property of the widget or what it stands in; 0 if none has it."""
    holder = _holder(widget, name)
    return 0 if holder is None else int(holder.property(name))


def _holder(widget: QWidget, name: str) -> QWidget | None:
    """The widget, or what it stands in, that has the property."""
    each: QWidget | None = widget
    while each is not None and not each.property(name):
        each = each.parentWidget()
    return each


def _key_event(key: Qt.Key, kind: QEvent.Type, text: str = "") -> QKeyEvent:
    return QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)


def _commands(event: QKeyEvent) -> bool:
    """Ctrl, or the system's own key; Ctrl with Alt is AltGr, which writes."""
    held = event.modifiers()
    return bool(held & _META) or bool(held & _CTRL and not held & _ALT)


def _is_number_by_alt(event: QKeyEvent) -> bool:
    """A key with Alt that writes what it writes without: nothing is composed, and nothing is meant to be typed."""
    held = event.modifiers()
    if not held & _ALT or held & _CTRL or not event.text():
        return False
    return event.text().isdigit() or event.text().upper() == chr(event.key() & 0xFFFF).upper()
