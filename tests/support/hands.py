"""A cashier's actions at the till's window, counted."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.support import walk
from tests.support.screen import Screen


class Hands:
    """Counts every scan, tap, amount and key."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.scans = self.taps = self.amounts = self.keys = 0

    @property
    def steps(self) -> int:
        return self.scans + self.taps + self.amounts + self.keys

    def scan(self, text: str) -> None:
        self.scans += 1
        walk.scan(self._screen, text)

    def tap(self, button: QWidget) -> None:
        self.taps += 1
        walk.tap(self._screen, button)

    def type_amount(self, digits: str) -> None:
        """Types an amount on the keyboard."""
        self.amounts += 1
        self._write(digits)

    def key(self, key: Qt.Key | str) -> None:
        """One key, wherever the cursor stands; a letter with Ctrl."""
        self.keys += 1
        if isinstance(key, str):
            held = Qt.KeyboardModifier.ControlModifier
            QTest.keyClick(self._focused(), ord(key.upper()), held)
            walk.settle(self._screen)
        else:
            QTest.keyClick(self._focused(), key)
            walk.settle(self._screen)

    def confirm(self) -> None:
        """Ctrl with Enter."""
        self.keys += 1
        walk.confirm(self._focused())
        walk.settle(self._screen)

    def type_digits(self, digits: str) -> None:
        """Types a printed number, counting every digit."""
        self.keys += len(digits)
        self._write(digits)

    def _write(self, text: str) -> None:
        for letter in text:
            QTest.keyClicks(self._focused(), letter)
        walk.settle(self._screen)

    def _focused(self) -> QWidget:
        return QApplication.focusWidget() or self._screen.window
