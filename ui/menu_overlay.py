"""The menu: up to nine ways on, by finger or by digit. It does not know what they lead to."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.buttons import MENU_ENTRY, SECOND, Button
from ui.overlay import Overlay
from ui.phrases import Phrases
from ui.text import Text
from ui.theme import Theme, Type


@dataclass(frozen=True, slots=True)
class Entry:
    """One way on; with *why* it cannot be taken now, and says so."""

    icon: str
    title: str
    hint: str
    chosen: Callable[[], None]
    why: str | None = None


class MenuOverlay(Overlay):
    """Two columns, in the order of use."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, 900, 560, parent)
        title = Text(theme, Type.TITLE)
        title.setText(phrases.labels.menu)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.px(12))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        close = Button(theme, SECOND, cap="Esc")
        close.set_words(phrases.labels.close)
        close.chosen.connect(self.close_overlay)
        self.inside.addWidget(title)
        self.inside.addSpacing(theme.px(18))
        self.inside.addLayout(self._grid)
        self.inside.addStretch(1)
        self.inside.addWidget(close)
        self._buttons: list[Button] = []

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def ask(self, entries: tuple[Entry, ...]) -> None:
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for index, entry in enumerate(entries):
            button = Button(self._theme, MENU_ENTRY, icon=entry.icon, cap=str(index + 1))
            button.set_words(entry.title, entry.why or entry.hint)
            button.refuse(entry.why)
            button.chosen.connect(self.close_overlay)
            button.chosen.connect(entry.chosen)
            self._grid.addWidget(button, index // 2, index % 2)
            self._buttons.append(button)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() != Qt.Key.Key_Escape and event.text() and event.text() in "123456789":
            if int(event.text()) <= len(self._buttons):
                self._buttons[int(event.text()) - 1].click()
            event.accept()
        else:
            super().keyPressEvent(event)
