"""Settings of this till, such as how PINs are entered."""

from functools import partial

from PySide6.QtWidgets import QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.options import Options
from ui.widgets.text import Text


class TillSection(Section):
    """The section; only managers can change it."""

    icon = "store"

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        keys, hint = self.label(), self.paragraph()
        self._why = Text(theme, Type.LABEL, "warn", wrap=True)
        phrases.always(lambda: keys.setText(words.pin_keys))
        phrases.always(lambda: hint.setText(words.pin_keys_hint))
        self.keys = Options(theme, 2)
        phrases.always(
            lambda: self.keys.name([(False, words.pin_keys_in_order, ""), (True, words.pin_keys_shuffled, "")])
        )
        self.keys.chosen.connect(partial(self.chosen.emit, "pin_shuffled"))
        self.column.addWidget(self._why)
        self.column.addWidget(keys)
        self.column.addWidget(hint)
        self.column.addWidget(self.keys)
        self.column.addStretch(1)

    @staticmethod
    def title(words: Labels) -> str:
        return words.this_till

    def show_preferences(self, now: Preferences) -> None:
        self.keys.show_chosen(now.pin_shuffled)

    def allow(self, why_not: str | None) -> None:
        self._why.setText(why_not or "")
        self._why.setVisible(why_not is not None)
        for button in self.keys.buttons:
            button.refuse(None if button.isChecked() else why_not)
