"""The button that starts practice in its own window."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.look.theme import Theme
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.button_styles import MAIN_PRIMARY
from ui.widgets.buttons import Button


class PracticeSection(Section):
    """The section; starting the program is done by others."""

    icon = "graduation-cap"
    asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        hint, self._message = self.paragraph(), self.paragraph()
        self.start = Button(theme, MAIN_PRIMARY, icon="graduation-cap")
        phrases.always(lambda: hint.setText(words.practice_hint))
        phrases.always(lambda: self.start.set_words(words.practice_start))
        self.start.chosen.connect(self.asked)
        self.column.addWidget(hint)
        self.column.addSpacing(theme.px(12))
        self.column.addWidget(self.start)
        self.column.addWidget(self._message)
        self.column.addStretch(1)

    @staticmethod
    def title(words: Labels) -> str:
        return words.practice

    def opened(self) -> None:
        self._message.setText("")

    def tell(self, words: str) -> None:
        self._message.setText(words)

    @property
    def message(self) -> str:
        return self._message.text()
