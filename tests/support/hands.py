"""A cashier's hands at a till's window, and a count of what they do: what is counted is what a customer waits for."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.support import walk
from tests.support.screen import Screen


class Hands:
    """Every scan, tap, amount and key is one."""

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
        """On the keys of the keyboard; the pad's keys stand for the same digits."""
        self.amounts += 1
        self._write(digits)

    def key(self, key: Qt.Key | str) -> None:
        """One key, wherever the cursor stands."""
        self.keys += 1
        if isinstance(key, str):
            self._write(key)
        else:
            QTest.keyClick(self._focused(), key)
            walk.settle(self._screen)

    def type_digits(self, digits: str) -> None:
        """A number that is printed on the card: as many keys as digits."""
        self.keys += len(digits)
        self._write(digits)

    def _write(self, text: str) -> None:
        for letter in text:
            QTest.keyClicks(self._focused(), letter)
        walk.settle(self._screen)

    def _focused(self) -> QWidget:
        return QApplication.focusWidget() or self._screen.window
