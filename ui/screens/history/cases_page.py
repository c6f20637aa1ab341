"""The list of cases, those to decide first."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import CaseView
from ui.look.theme import Theme, Type
from ui.phrases.cases import CasePhrases
from ui.phrases.phrases import Phrases
from ui.screens.history.history_page import HEAD, LINE
from ui.widgets.back_page import BackPage
from ui.widgets.button_styles import CASE_LINE, CASE_LINE_MARKED, SECOND
from ui.widgets.buttons import Button
from ui.widgets.text import Text

LINES_MAX = 10
_GAP = 8
_ICONS = {"open": "scale", "waiting": "hourglass", "sent": "clock-3", "decided": "circle-check", "settled": "check"}


class CasesPage(BackPage):
    """A sentence and a line for each case."""

    chosen = Signal(object)  # the case's id
    newer_asked = Signal()
    older_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self._theme, self._words, self._say = theme, phrases.labels, CasePhrases(phrases)
        self._cases: tuple[CaseView, ...] = ()
        self._marked = -1
        phrases.always(lambda: self.set_title(phrases.labels.cases))
        self._message = Text(theme, Type.LEAD, "ink2", wrap=True)
        self.newer, self.older = Button(theme, SECOND, cap="PgUp"), Button(theme, SECOND, cap="PgDn")
        self.newer.chosen.connect(self.newer_asked)
        self.older.chosen.connect(self.older_asked)
        lines = QVBoxLayout()
        lines.setSpacing(theme.px(_GAP))
        self._buttons = [Button(theme, CASE_LINE, icon="scale") for _ in range(LINES_MAX)]
        for index, button in enumerate(self._buttons):
            button.chosen.connect(partial(self._tapped, index))
            lines.addWidget(button)
        ways = QHBoxLayout()
        ways.setSpacing(theme.px(12))
        for button in (self.newer, self.older):
            button.setFixedHeight(theme.px(64))
            ways.addWidget(button)
        self.body.addWidget(self._message)
        self.body.addLayout(lines)
        self.body.addStretch(1)
        self.body.addLayout(ways)
        self.show_cases((), "")

    @property
    def lines(self) -> tuple[Button, ...]:
        """The lines shown."""
        return tuple(self._buttons[: len(self._cases)])

    @property
    def message(self) -> str:
        return self._message.text()

    def lines_in(self, window: QSize) -> int:
        """The number of lines that fit in a *window* of this size, with the page buttons below."""
        px = self._theme.px
        height = window.height() - px(HEAD + LINE + 76)
        return max(2, min(LINES_MAX, height // px(CASE_LINE.height + _GAP)))

    def show_cases(
        self, cases: tuple[CaseView, ...], currency: str, *, newer: bool = False, older: bool = False
    ) -> None:
        """Shows a page of cases."""
        words, self._cases = self._words, cases
        self._message.setText(words.cases_hint if cases else words.cases_none)
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(cases))
            if index < len(cases):
                case = cases[index]
                button.set_icon(_ICONS.get(case.state, "scale"))
                button.set_words(self._say.title(case), self._say.second(case, currency))
        self._mark(min(self._marked, len(cases) - 1))
        for button, way_on, title, end in (
            (self.newer, newer, words.newer, words.newest_shown),
            (self.older, older, words.older, words.oldest_shown),
        ):
            button.setVisible(newer or older)
            button.set_words(title if way_on else end)
            button.refuse(None if way_on else end)

    def tell(self, words: str) -> None:
        """Shows a sentence instead of cases."""
        self.show_cases((), "")
        self._message.setText(words)

    def _tapped(self, index: int) -> None:
        self._mark(index)
        self.chosen.emit(self._cases[index].id)

    def _mark(self, index: int) -> None:
        self._marked = index
        for place, button in enumerate(self._buttons):
            button.set_style(CASE_LINE_MARKED if place == index else CASE_LINE)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, count = event.key(), len(self._cases)
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and count:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._mark((self._marked + step) % count if self._marked >= 0 else 0)
            self._buttons[self._marked].setFocus()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._marked < count:
            self._tapped(self._marked)
        elif key == Qt.Key.Key_PageUp and self.newer.why is None:
            self.newer_asked.emit()
        elif key == Qt.Key.Key_PageDown and self.older.why is None:
            self.older_asked.emit()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
