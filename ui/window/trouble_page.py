"""The page shown when the till cannot open: one sentence, and what to do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY
from ui.widgets.buttons import Button
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Text


class TroublePage(QWidget):
    """Shown instead of the counter until a retry succeeds."""

    again_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px, words = theme.px, phrases.labels
        title = Text(theme, Type.PAGE_TITLE, wrap=True)
        phrases.always(lambda: title.setText(words.cannot_start))
        self._message = Text(theme, Type.LEAD, "ink2", wrap=True)
        self.again = again = Button(theme, MAIN_PRIMARY, icon="rotate-ccw", cap="Enter")
        phrases.always(lambda: again.set_words(words.try_again))
        again.setFixedWidth(px(340))
        again.chosen.connect(self._try)
        inside = QWidget()
        inside.setMaximumWidth(px(760))
        column = QVBoxLayout(inside)
        column.setSpacing(px(16))
        column.addStretch(1)
        column.addWidget(IconLabel(theme, "triangle-alert", 42, "warn", well=88, ground="warn_soft"))
        column.addWidget(title)
        column.addWidget(self._message)
        column.addSpacing(px(12))
        column.addWidget(again)
        column.addStretch(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(32), 0, px(32), 0)
        row.addStretch(1)
        row.addWidget(inside, 8)
        row.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _try(self) -> None:
        self.again.work(True)
        self.again_asked.emit()

    def show_problem(self, words: str) -> None:
        self.again.work(False)
        self._message.setText(words)
        self.setAccessibleName(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.again.click()
        else:
            super().keyPressEvent(event)

    @property
    def message(self) -> str:
        return self._message.text()
