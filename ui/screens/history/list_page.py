"""A page that lists transactions of several cards under a sentence."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.history.history_page import HEAD, LINE
from ui.screens.history.transaction_list import HistoryList
from ui.widgets.back_page import BackPage
from ui.widgets.text import Text


class ListPage(BackPage):
    """A title, a sentence and lines."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self._theme = theme
        self._message = Text(theme, Type.LEAD, "ink2", wrap=True)
        self.lines = HistoryList(theme, phrases)
        self.body.addWidget(self._message)
        self.body.addWidget(self.lines, 1)

    @property
    def message(self) -> str:
        return self._message.text()

    def tell(self, words: str) -> None:
        self._message.setText(words)

    def show_hint(self, shown: bool) -> None:
        """Shows or hides the hint on how to use the lines."""
        self._message.setVisible(shown)

    def lines_in(self, window: QSize) -> int:
        """The number of lines that fit in a *window* of this size."""
        return self.lines.lines_in(window.height() - self._theme.px(HEAD + LINE))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.lines.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.lines.choose()
        elif key == Qt.Key.Key_PageUp and self.lines.newer.why is None:
            self.lines.newer_asked.emit()
        elif key == Qt.Key.Key_PageDown and self.lines.older.why is None:
            self.lines.older_asked.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
