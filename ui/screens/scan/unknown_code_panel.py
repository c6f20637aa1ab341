"""The panel for a code that is no known card: what it seems to be, and choices for what to do."""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import RADIUS_CARD, Theme, Type
from ui.widgets.button_styles import CHOICE, CHOICE_GOLD
from ui.widgets.buttons import Button
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Ground, Text

HEAD = 132
CHOICE_LEAST = 116  # height for a title and a hint of two lines


class Choice(Struct, frozen=True):
    """A choice."""

    icon: str
    title: str
    hint: str
    chosen: Callable[[], None]
    gold: bool = False


class UnknownCodePanel(QWidget):
    """A headline on night blue, and up to six ways on with Ctrl and the keys 1 to 6."""

    shown = Signal(str)  # the text shown

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px = theme.px
        head = Ground(theme, "night", RADIUS_CARD)
        head.setFixedHeight(px(HEAD))
        self._icon = IconLabel(theme, "circle-help", 42, "gold", well=72)
        self._title = Text(theme, Type.TITLE, "on_night", wrap=True)
        self._text = Text(theme, Type.LEAD, "on_night2", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._text)
        words.addStretch(1)
        row = QHBoxLayout(head)
        row.setContentsMargins(px(32), 0, px(24), 0)
        row.setSpacing(px(24))
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(px(14))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(14))
        column.addWidget(head)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._buttons: list[Button] = []

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._fit()

    def _fit(self) -> None:
        """Reduces the height of the choices on low windows."""
        px, rows = self._theme.px, -(-len(self._buttons) // 2)
        if rows:
            room = self.height() - px(HEAD) - rows * px(14)
            for button in self._buttons:
                button.setFixedHeight(max(px(CHOICE_LEAST), min(px(CHOICE.height), room // rows)))

    def show_code(self, icon: str, title: str, text: str, choices: tuple[Choice, ...]) -> None:
        self._icon.show_icon(icon, "gold")
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title}. {text}")
        self.shown.emit(self.accessibleName())
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for index, choice in enumerate(choices):
            look = CHOICE_GOLD if choice.gold else CHOICE
            button = Button(self._theme, look, icon=choice.icon, cap=f"Ctrl {index + 1}")
            button.set_words(choice.title, choice.hint)
            button.chosen.connect(choice.chosen)
            self._grid.addWidget(button, index // 2, index % 2)
            self._buttons.append(button)
        self._fit()

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def choose(self, number: int) -> None:
        """Chooses by key; ignored without such a choice."""
        if 1 <= number <= len(self._buttons):
            self._buttons[number - 1].click()
