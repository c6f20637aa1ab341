"""The menu: up to ten entries, chosen by tap or digit. It does not know what they open."""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.threads.hand_scanner import ONE_KEY
from ui.widgets.button_styles import MENU_ENTRY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.key_presses import digit
from ui.widgets.language_row import LanguageRow
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text

SIZE = (900, 736)  # five rows fill it
UPRIGHT = (700, 1240)


class Entry(Struct, frozen=True):
    """An entry of the menu; *why* it is unavailable, if so."""

    icon: str
    title: str
    hint: str
    chosen: Callable[[], None]
    why: str | None = None


class MenuOverlay(Overlay):
    """The menu in two columns, or one on an upright screen, in order of use, with the languages below."""

    language_asked = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, *SIZE, parent)
        self.setProperty(ONE_KEY, True)
        words = phrases.labels
        title = Text(theme, Type.TITLE)
        phrases.always(lambda: title.setText(words.menu))
        speaks = Text(theme, Type.LABEL, "ink2")
        phrases.always(lambda: speaks.setText(words.language_of_till))
        self._languages = LanguageRow(theme, phrases)
        self._languages.asked.connect(self.close_overlay)
        self._languages.asked.connect(self.language_asked)
        entries = QWidget()
        self._grid = QGridLayout(entries)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(6))
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        close = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: close.set_words(words.close))
        close.chosen.connect(self.close_overlay)
        self.inside.addWidget(title)
        self.inside.addSpacing(theme.px(12))
        self.inside.addWidget(Scroll(theme, entries), 1)  # a low window has no room for all rows
        self.inside.addWidget(speaks)
        self.inside.addSpacing(theme.px(6))
        self.inside.addWidget(self._languages)
        self.inside.addSpacing(theme.px(12))
        self.inside.addWidget(close)
        self._buttons: list[Button] = []

    def language(self, code: str) -> Button:
        """The button of a language."""
        return self._languages.language(code)

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def ask(self, entries: tuple[Entry, ...]) -> None:
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        upright = self._over.height() > self._over.width()
        columns = 1 if upright else 2
        self._size = UPRIGHT if upright else SIZE
        self._grid.setColumnStretch(1, columns - 1)
        for index, entry in enumerate(entries):
            button = Button(self._theme, MENU_ENTRY, icon=entry.icon, cap=str((index + 1) % 10))
            button.set_words(entry.title, entry.why or entry.hint)
            button.refuse(entry.why)
            button.chosen.connect(self.close_overlay)
            button.chosen.connect(entry.chosen)
            self._grid.addWidget(button, *divmod(index, columns))
            self._buttons.append(button)
        self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if figure := digit(event):
            place = (int(figure) - 1) % 10  # 0 is the tenth
            if place < len(self._buttons):
                self._buttons[place].click()
            event.accept()
        else:
            super().keyPressEvent(event)
