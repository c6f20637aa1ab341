"""The setting for the customer window."""

from functools import partial

from PySide6.QtWidgets import QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.options import Options


class CustomerSection(Section):
    """The section; choices apply at once."""

    icon = "monitor"

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        hint = self.paragraph()
        phrases.always(lambda: hint.setText(words.customer_window_hint))
        self.where = Options(theme, 1)
        self.where.chosen.connect(partial(self.chosen.emit, "customer_window"))
        phrases.always(self._say)
        self.column.addWidget(hint)
        self.column.addWidget(self.where)
        self.column.addStretch(1)

    @staticmethod
    def title(words: Labels) -> str:
        return words.customer_window

    def show_preferences(self, now: Preferences) -> None:
        self.where.show_chosen(now.customer_window)

    def _say(self) -> None:
        words = self._phrases.labels
        self.where.name(
            [
                ("auto", words.customer_window_auto, words.customer_window_auto_hint),
                ("window", words.customer_window_own, words.customer_window_own_hint),
                ("off", words.sound_off, words.customer_window_off_hint),
            ]
        )
