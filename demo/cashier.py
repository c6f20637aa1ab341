"""The automatic cashier of the demo: finds what is visible in the till's window, taps and types there through Qt
events, and waits for results.

It has no knowledge of rules or customers. If an expected result does not appear in time, the demo ends with a sentence.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from terminal.interface.asks import Status, Sync
from terminal.interface.views import Reply, StatusView
from terminal.scanner.wedge.wedge import GAP_S
from ui.bootstrap import Application
from ui.window.frame import Page
from ui.window.window import Window

DEADLINE_S = 20.0
LOOK_EVERY_MS = 5
KEY_EVERY_MS = round(GAP_S * 1000) + 15


class Stuck(Exception):
    """The till did not show what was expected; the message says what."""


class Cashier(QObject):
    """A cashier who works at one till."""

    def __init__(self, counter: Application, shots: Path) -> None:
        super().__init__()
        self._counter = counter
        self._shots = shots
        self._shot = 0
        self._asked: object = None
        self._answer: StatusView | None = None
        self._leaving = False
        self.status: StatusView | None = None  # the latest status the till has shown
        counter.thread.answered.connect(self._answered, Qt.ConnectionType.QueuedConnection)

    @property
    def window(self) -> Window:
        return self._counter.window

    # -- waiting ----------------------------------------------------------------------------------------------

    def until(self, seen: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
        """Runs the event loop until *seen* returns True; *what* completes the message "waited in vain for …".

        Raises KeyboardInterrupt after `leave`.
        """
        loop, deadline = QEventLoop(), QTimer(singleShot=True, interval=round(deadline_s * 1000))
        tick = QTimer(interval=LOOK_EVERY_MS)
        tick.timeout.connect(lambda: loop.quit() if self._leaving or seen() else None)
        deadline.timeout.connect(loop.quit)
        tick.start()
        deadline.start()
        loop.exec()
        tick.stop()
        if self._leaving:
            raise KeyboardInterrupt
        if not seen():
            raise Stuck(f"waited in vain for {what}")

    def leave(self) -> None:
        """Ends the day at the next thing to wait for. May be called from a signal's handler."""
        self._leaving = True

    def settle(self) -> None:
        """Waits until all requests to the counter are answered, including follow-up requests."""
        if self.window.page is Page.PAIR:  # no counter yet
            QApplication.processEvents()
            return
        for _ in range(2):
            self.ask(Status())

    def ask(self, ask: Status | Sync, deadline_s: float = DEADLINE_S) -> StatusView:
        """The till's status after all earlier requests; `Sync` exchanges first."""
        self._asked, self._answer = ask, None
        self._counter.thread.ask(ask)
        self.until(lambda: self._answer is not None, "the counter's answer", deadline_s)
        assert self._answer is not None, "`until` returned without an answer"
        return self._answer

    @Slot(object, object)
    def _answered(self, ask: object, reply: Reply) -> None:
        if reply.status is not None:
            self.status = reply.status
        if ask is self._asked:
            self._answer = reply.status

    # -- hands ------------------------------------------------------------------------------------------------

    def tap(self, widget: QWidget) -> None:
        """Taps the middle of a visible widget that is not covered."""
        place = widget.mapTo(self.window, widget.rect().center())
        under = self.window.childAt(place)
        if not widget.isVisible() or under is None or not (under is widget or widget.isAncestorOf(under)):
            raise Stuck(f"“{widget.accessibleName()}” cannot be tapped where it should be")
        QTest.mouseClick(self.window.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.settle()

    def tap_words(self, words: str, inside: QWidget | None = None) -> None:
        """Taps the button labelled *words*."""
        self.tap(self.button(words, inside))

    def button(self, words: str, inside: QWidget | None = None) -> QAbstractButton:
        """The visible button labelled *words*, or whose label starts with it."""
        buttons = (inside or self.window).findChildren(QAbstractButton)
        seen = [one for one in buttons if one.isVisible() and words in (one.text(), one.accessibleName())]
        seen = seen or [one for one in buttons if one.isVisible() and one.accessibleName().startswith(words)]
        if not seen:
            raise Stuck(f"there is no button “{words}” on the screen")
        return seen[0]

    def type(self, text: str) -> None:
        """Types into the focused field at a person's speed; faster typing counts as a hand-held scanner."""
        for letter in text:
            QTest.keyClick(self.window.windowHandle(), ord(letter))
            QTest.qWait(KEY_EVERY_MS)
        self.settle()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window.windowHandle(), key)
        self.settle()

    def confirm(self) -> None:
        """Presses Ctrl+Enter, which confirms."""
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.settle()

    # -- eyes -------------------------------------------------------------------------------------------------

    def shot(self, name: str) -> None:
        """Saves a picture of the window."""
        self.settle()
        self._save(self.next_shot(name))

    def next_shot(self, name: str) -> Path:
        """The file of the next picture."""
        self._shot += 1
        return self._shots / f"{self._shot:02}-{name}.png"

    def shot_of_trouble(self) -> str:
        """Saves a picture of where the demo got stuck; returns the file's name."""
        file = self.next_shot("stuck")
        self._save(file)
        return file.name

    def _save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not self.window.grab().save(str(file)):
            raise Stuck(f"the picture {file.name} could not be saved")
