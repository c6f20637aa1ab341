"""The settings for language, colours and motion."""

from functools import partial

from PySide6.QtWidgets import QWidget

from terminal.interface.languages import LANGUAGES
from terminal.machine.preferences import Preferences
from ui.look.theme import Theme
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.options import Options


class LookSection(Section):
    """The section; choices apply at once."""

    icon = "languages"

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        speaks, looks, moves = self.label(), self.label(), self.label()
        phrases.always(lambda: speaks.setText(words.language_of_till))
        phrases.always(lambda: looks.setText(words.light_and_dark))
        phrases.always(lambda: moves.setText(words.motion))
        self.language, self.look, self.still = Options(theme, 2), Options(theme, 1), Options(theme, 2)
        self.language.name([(code, name, "") for code, name in LANGUAGES.items()])
        self.language.chosen.connect(partial(self.chosen.emit, "language"))
        self.look.chosen.connect(partial(self.chosen.emit, "look"))
        self.still.chosen.connect(partial(self.chosen.emit, "still"))
        phrases.always(self._say)
        self.heading(speaks)
        self.column.addWidget(self.language)
        self.heading(looks)
        self.column.addWidget(self.look)
        self.heading(moves)
        self.column.addWidget(self.still)
        self.column.addStretch(1)

    @staticmethod
    def title(words: Labels) -> str:
        return words.language_and_look

    def show_preferences(self, now: Preferences) -> None:
        self.look.show_chosen(now.look)
        self.still.show_chosen(now.still)

    def _say(self) -> None:
        words = self._phrases.labels
        self.language.show_chosen(self._phrases.language)
        self.still.name([(False, words.motion_full, ""), (True, words.less_motion, "")])
        self.look.name([("light", words.light, ""), ("dark", words.dark, ""), ("system", words.as_the_system, "")])
