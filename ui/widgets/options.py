"""A choice of a few options as buttons; accessible as radio buttons, with arrow keys."""

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.look.theme import Theme, Type
from ui.widgets.button_styles import ButtonStyle
from ui.widgets.buttons import Button

OPTION = ButtonStyle(
    type=Type.LABEL, height=64, icon=24, pad=18, gap=14, edge="line_strong", icon_ink="ink2", shadow=False
)
OPTION_CHOSEN = replace(OPTION, edge="focus", icon_ink="focus")


class Options(QWidget):
    """Options in *columns*. A tap only emits `chosen`; the displayed choice changes by `show_chosen`."""

    chosen = Signal(object)
    refused = Signal(str)  # an unavailable option was tapped; carries the reason

    def __init__(self, theme: Theme, columns: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._columns = theme, columns
        self._values: list[object] = []
        self.buttons: tuple[Button, ...] = ()
        self._chosen: object = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(12))
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def name(self, values: Sequence[tuple[object, str, str]]) -> None:
        """Sets the options: value, text, and an optional second line."""
        if [value for value, _, _ in values] != self._values:
            self._make([value for value, _, _ in values])
        for button, (_, words, second) in zip(self.buttons, values, strict=True):
            button.set_words(words, second)
        self.show_chosen(self._chosen)

    def show_chosen(self, chosen: object) -> None:
        self._chosen = chosen
        for value, button in zip(self._values, self.buttons, strict=True):
            button.setChecked(value == chosen)
            button.set_style(OPTION_CHOSEN if value == chosen else OPTION)
            button.set_icon("circle-check" if value == chosen else "circle")

    def _make(self, values: list[object]) -> None:
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self._values = values
        made = []
        for index, value in enumerate(values):
            button = Button(self._theme, OPTION, icon="circle")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.chosen.connect(partial(self._tapped, value))
            button.refused.connect(self._refuse)
            self._grid.addWidget(button, *divmod(index, self._columns))
            made.append(button)
        self.buttons = tuple(made)

    def _refuse(self, why: str) -> None:
        self.show_chosen(self._chosen)
        self.refused.emit(why)

    def _tapped(self, value: object) -> None:
        self.chosen.emit(value)
        self.show_chosen(self._chosen)
