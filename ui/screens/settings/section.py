"""What the sections of the settings page have in common: a title, an icon, room, and what was chosen in them.

A section shows preferences and says what was touched. It keeps nothing, opens nothing, and knows no other section.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.widgets.text import Text


class Section(QWidget):
    """Made once, with its page; `opened` and `left` tell when it is looked at."""

    icon = "settings"
    chosen = Signal(str, object)  # a field of `Preferences`, and what it shall be

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, theme.px(4), 0)
        self.column.setSpacing(theme.px(12))

    @staticmethod
    def title(words: Labels) -> str:
        """In the list of sections."""
        raise NotImplementedError

    def show_preferences(self, now: Preferences) -> None:
        """What is chosen now."""

    def allow(self, why_not: str | None) -> None:
        """Whether what needs a manager may be chosen now, or why not. Whoever opens the page asks anew."""

    def opened(self) -> None:
        """It is looked at from now on."""

    def left(self) -> None:
        """It is not looked at any more."""

    def heading(self, words: Text) -> None:
        """Room above, then the words: the beginning of a group."""
        if self.column.count():
            self.column.addSpacing(self._theme.px(12))
        self.column.addWidget(words)

    def label(self) -> Text:
        return Text(self._theme, Type.LABEL, "ink2")

    def paragraph(self) -> Text:
        return Text(self._theme, Type.BODY, "ink2", wrap=True)
