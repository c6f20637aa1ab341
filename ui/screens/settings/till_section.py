"""Settings of this till, such as how PINs are entered."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.screens.settings.section import Section
from ui.widgets.button_styles import SIDE
from ui.widgets.buttons import Button
from ui.widgets.options import Options
from ui.widgets.text import Text

FACTS = 7


class TillSection(Section):
    """The section; only managers can change it."""

    icon = "store"
    pair_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        words = phrases.labels
        facts = QGridLayout()
        facts.setHorizontalSpacing(theme.px(20))
        facts.setVerticalSpacing(theme.px(4))
        facts.setColumnStretch(1, 1)
        self._facts: list[tuple[Text, Text]] = []
        for row in range(FACTS):
            pair = self.label(), Text(theme, Type.BODY, wrap=True)
            for column, text in enumerate(pair):
                facts.addWidget(text, row, column)
            self._facts.append(pair)
        self.pair_again = Button(theme, SIDE, icon="rotate-ccw")
        phrases.always(lambda: self.pair_again.set_words(words.pair_again_now))
        self.pair_again.chosen.connect(self.pair_asked)
        self.column.addLayout(facts)
        self.column.addWidget(self.pair_again)
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

    def show_facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        """What this till is and how it stands: a name and a value each."""
        for (name, value), (left, right) in zip(facts, self._facts, strict=True):
            left.setText(name)
            right.setText(value)

    @property
    def facts(self) -> dict[str, str]:
        return {left.text(): right.text() for left, right in self._facts}

    def show_preferences(self, now: Preferences) -> None:
        self.keys.show_chosen(now.pin_shuffled)

    def allow(self, why_not: str | None) -> None:
        self._why.setText(why_not or "")
        self._why.setVisible(why_not is not None)
        self.pair_again.refuse(why_not)
        for button in self.keys.buttons:
            button.refuse(None if button.isChecked() else why_not)
