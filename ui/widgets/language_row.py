"""A row of buttons with the till's languages, each in its own language."""

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from terminal.interface.languages import LANGUAGES
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import BAR, SECOND, ButtonStyle
from ui.widgets.buttons import Button

_CHOSEN = replace(SECOND, ground="primary", ink="on_primary", edge="")
QUIET_LANGUAGE = replace(BAR, ground="", ink="ink2", shadow=False, centred=True, pad=10)
_QUIET_CHOSEN = replace(QUIET_LANGUAGE, ground="sunken", ink="ink")


class LanguageRow(QWidget):
    """The row; *quiet* is a subdued style for pages with other main contents."""

    asked = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, *, quiet: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._styles: tuple[ButtonStyle, ButtonStyle] = (QUIET_LANGUAGE, _QUIET_CHOSEN) if quiet else (SECOND, _CHOSEN)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        self._buttons: dict[str, Button] = {}
        for code, name in LANGUAGES.items():
            self._buttons[code] = each = Button(theme, self._styles[0])
            each.set_words(name)
            each.setCheckable(True)
            each.chosen.connect(partial(self._tapped, phrases, code))
            row.addWidget(each)
        phrases.always(lambda: self._mark(phrases.language))

    def language(self, code: str) -> Button:
        """The button of one language."""
        return self._buttons[code]

    def _tapped(self, phrases: Phrases, code: str) -> None:
        self._mark(phrases.language)
        self.asked.emit(code)

    def _mark(self, language: str) -> None:
        for code, button in self._buttons.items():
            button.setChecked(code == language)
            button.set_style(self._styles[code == language])
