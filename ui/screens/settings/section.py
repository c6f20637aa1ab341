"""The base of the settings page's sections: title, icon, layout, and the signal for choices.

A section shows preferences and emits choices. It must not store or open anything.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from terminal.machine.preferences import Preferences
from ui.look.theme import Theme, Type
from ui.phrases.labels import Labels
from ui.phrases.phrases import Phrases
from ui.widgets.text import Text


class Section(QWidget):
    """A section, created with its page; `opened` and `left` tell when it is visible."""

    icon = "settings"
    chosen = Signal(str, object)  # a field of `Preferences` and its new value

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, theme.px(4), 0)
        self.column.setSpacing(theme.px(12))

    @staticmethod
    def title(words: Labels) -> str:
        """The title in the list of sections."""
        raise NotImplementedError

    def show_preferences(self, now: Preferences) -> None:
        """Shows the current preferences."""

    def allow(self, why_not: str | None) -> None:
        """Sets why choices that need a manager are refused, or None; reset each time the page is opened."""

    def opened(self) -> None:
        """Called when the section becomes visible."""

    def left(self) -> None:
        """Called when the section is no longer visible."""

    def heading(self, words: Text) -> None:
        """Adds the heading of a group."""
        if self.column.count():
            self.column.addSpacing(self._theme.px(12))
        self.column.addWidget(words)

    def label(self) -> Text:
        return Text(self._theme, Type.LABEL, "ink2")

    def paragraph(self) -> Text:
        return Text(self._theme, Type.BODY, "ink2", wrap=True)
