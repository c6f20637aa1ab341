"""The number pad. Keyboard keys are handled the same way; PINs must not be shown, logged or stored."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import NUMBER_KEY, SOFT_KEY
from ui.widgets.buttons import Button

DIGITS = "1234567890"  # the order unless shuffled
KEY_HEIGHT_LEAST, KEY_HEIGHT_MAX = 44, 80


class NumberPad(QWidget):
    """A number pad with seven at the top."""

    typed = Signal(str)
    erased = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.px(8))
        for index, digits in enumerate(("7", "8", "9", "4", "5", "6", "1", "2", "3", "00", "0")):
            key = _key(theme, digits)
            key.chosen.connect(partial(self.typed.emit, digits))
            grid.addWidget(key, index // 3, index % 3)
        erase = Button(theme, SOFT_KEY, icon="delete", parent=self)
        phrases.always(lambda: erase.setAccessibleName(phrases.labels.delete_digit))
        erase.chosen.connect(self.erased)
        erase.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        grid.addWidget(erase, 3, 2)
        for row in range(4):
            grid.setRowStretch(row, 1)
        self._let_grow(theme)

    def _let_grow(self, theme: Theme) -> None:
        """Lets the keys grow with the room, up to a limit, and shrink on low screens."""
        for key in self.findChildren(Button):
            key.setMinimumHeight(theme.px(KEY_HEIGHT_LEAST))
            key.setMaximumHeight(theme.px(KEY_HEIGHT_MAX))
            key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(theme.px(4 * KEY_HEIGHT_MAX + 3 * 8))


def _key(theme: Theme, digits: str) -> Button:
    key = Button(theme, NUMBER_KEY)
    key.set_words(digits)
    key.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard has its own digits
    return key
