"""Actions at a till's window through real widgets, waiting for the answers."""

import time
from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from terminal.interface.asks import Status
from terminal.scanner.scans import Scan
from terminal.scanner.wedge.wedge import KeyPress
from tests.support.screen import Screen
from ui.screens.staff.name_tiles import StaffTiles
from ui.window.frame import Frame, Middle, Page

LENA, ANNA = ("Lena Moreau", "4711"), ("Anna Rossi", "7391")  # a cashier and a manager, with their PINs
_ENDS = {"\r": Qt.Key.Key_Return, "\n": Qt.Key.Key_Enter, "\t": Qt.Key.Key_Tab}
WAIT_MS = 10_000
LOOK_MS = 5
ROUNDS_MAX = 10  # a till that asks again and again by itself is never quiet


@cache
def _clock() -> QTimer:
    """A shared timer, because a timer freed by the garbage collector on the counter's thread would crash the
    program."""
    return QTimer(interval=LOOK_MS)


def until(condition: Callable[[], bool]) -> None:
    """Lets the event loop run until *condition* holds. What *condition* raises ends the wait."""
    loop, tick = QEventLoop(), _clock()
    ends = time.monotonic() + WAIT_MS / 1000
    raised: list[Exception] = []

    def look() -> None:
        try:
            is_over = time.monotonic() > ends or condition()
        except Exception as error:  # Qt would print it and look again, without an end
            raised.append(error)
            is_over = True
        if is_over:
            loop.quit()

    waits_already = tick.isActive()  # for another condition, one of whose events led here
    tick.timeout.connect(look)
    tick.start()
    try:
        loop.exec()
    finally:
        if not waits_already:
            tick.stop()
        tick.timeout.disconnect(look)
    if raised:
        raise raised[0]
    if not condition():
        raise TimeoutError("the screen did not come to the state that was waited for")


def settle(screen: Screen) -> None:
    """Waits until all requests are answered, including those made because of answers."""
    screen.conversation.till.refresh()
    for _ in range(ROUNDS_MAX):
        if _is_quiet(screen):
            return


def _is_quiet(screen: Screen) -> bool:
    """True if nothing was asked because of the answers to all that was asked before."""
    asked: list[object] = []
    answers: list[object] = []
    screen.thread.asked.connect(asked.append)
    screen.thread.ask(Status(), answers.append, answers.append)
    until(lambda: bool(answers))
    QApplication.processEvents()
    screen.thread.asked.disconnect(asked.append)
    return len(asked) == 1


def type_keys(widget: QWidget, text: str) -> None:
    """Digits and the letters of a field; on the till's window a letter is held with Ctrl, as the buttons say."""
    for letter in text:
        if isinstance(widget, Frame) and letter.isalpha():
            choose_key(widget, letter)
        else:
            QTest.keyClicks(widget, letter)


def choose_key(widget: QWidget, sign: str) -> None:
    """A letter or digit held with Ctrl, as the buttons say."""
    QTest.keyClick(widget, ord(sign.upper()), Qt.KeyboardModifier.ControlModifier)


def confirm(widget: QWidget) -> None:
    """Ctrl with Enter: what is typed or asked counts."""
    QTest.keyClick(widget, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def choose_person(tiles: StaffTiles, name: str) -> None:
    """Chooses the only person of that name; one who is locked out is not chosen."""
    [person] = [person for person in tiles.people if person.name == name]
    tiles.choose(person.id)


def come_on_shift(screen: Screen, who: tuple[str, str] = LENA) -> None:
    name, pin = who
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, name)
    type_keys(screen.window.screens.shift_page, pin)
    until(lambda: screen.window.page is Page.SERVE)
    settle(screen)


def scan(screen: Screen, text: str) -> None:
    """Holds a code before the camera."""
    screen.camera.scan(Scan(text, 0.0))
    settle(screen)


def buy(screen: Screen, amount: str) -> None:
    """Gives the card in front the points of *amount*, typed in cents on the keyboard."""
    type_keys(screen.window, amount)
    settle(screen)
    confirm(screen.window)
    settle(screen)


def allow(screen: Screen, who: tuple[str, str] = ANNA) -> None:
    """Enters a manager's PIN in the approval overlay."""
    name, pin = who
    override = screen.window.screens.override_overlay
    choose_person(override.tiles, name)
    type_keys(override, pin)
    confirm(override)
    settle(screen)


def tap(screen: Screen, button: QWidget) -> None:
    """Taps the middle of a visible button."""
    assert button.isVisible(), "nobody can tap what is not shown"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(screen)


def shows(screen: Screen, middle: Middle) -> bool:
    """True if *middle* is shown on the serving page."""
    return screen.window.page is Page.SERVE and screen.window.middle is middle


def press(key: KeyPress, at_s: float) -> None:
    """Presses and releases a scanner's key where the focus is, at that moment."""
    target = QApplication.focusWidget()
    assert target is not None
    shift = Qt.KeyboardModifier.ShiftModifier if key.shift else Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, _ENDS.get(key.sign, ord(key.sign.upper()[0])), shift, key.sign)
        event.setTimestamp(round(at_s * 1000))
        QCoreApplication.sendEvent(target, event)
