"""The menu: up to nine ways on, by finger or by digit. It does not know what they lead to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from terminal.languages import LANGUAGES
from ui.buttons import MENU_ENTRY, SECOND, Button
from ui.overlay import Overlay
from ui.phrases import Phrases
from ui.text import Text
from ui.theme import Theme, Type

_CHOSEN = replace(SECOND, ground="primary", ink="on_primary", edge="")


@dataclass(frozen=True, slots=True)
class Entry:
    """One way on; with *why* it cannot be taken now, and says so."""

    icon: str
    title: str
    hint: str
    chosen: Callable[[], None]
    why: str | None = None


class MenuOverlay(Overlay):
    """Two columns, in the order of use, and the languages under them."""

    language_asked = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, 900, 690, parent)
        words = phrases.labels
        title = Text(theme, Type.TITLE)
        phrases.always(lambda: title.setText(words.menu))
        speaks = Text(theme, Type.LABEL, "ink2")
        phrases.always(lambda: speaks.setText(words.language_of_till))
        languages = QHBoxLayout()
        languages.setSpacing(theme.px(8))
        self._languages: dict[str, Button] = {}
        for code, name in LANGUAGES.items():
            self._languages[code] = each = Button(theme, SECOND)
            each.set_words(name)
            each.chosen.connect(self.close_overlay)
            each.chosen.connect(partial(self.language_asked.emit, code))
            languages.addWidget(each)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.px(12))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        close = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: close.set_words(words.close))
        close.chosen.connect(self.close_overlay)
        self.inside.addWidget(title)
        self.inside.addSpacing(theme.px(18))
        self.inside.addLayout(self._grid)
        self.inside.addStretch(1)
        self.inside.addWidget(speaks)
        self.inside.addSpacing(theme.px(6))
        self.inside.addLayout(languages)
        self.inside.addSpacing(theme.px(18))
        self.inside.addWidget(close)
        phrases.always(lambda: self._mark(phrases.language))
        self._buttons: list[Button] = []

    def language(self, code: str) -> Button:
        """The button of one language."""
        return self._languages[code]

    def _mark(self, language: str) -> None:
        for code, button in self._languages.items():
            button.set_look(_CHOSEN if code == language else SECOND)

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
