"""Transactions as lines with a sentence each, in pages."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from terminal.interface.views import HistoryRow
from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_BUTTON, RADIUS_KEY, Theme, Type
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases
from ui.screens.card.recent_panel import STATES, icon_of
from ui.widgets.button_styles import SECOND
from ui.widgets.buttons import Button
from ui.widgets.text import Text

LINE_HEIGHT = 92
LINES_MAX = 10
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ELIDE = Qt.TextElideMode.ElideRight


class HistoryLine(QAbstractButton):
    """A transaction: what, when, by whom, and its state."""

    def __init__(self, theme: Theme, say: PagePhrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self.row: HistoryRow | None = None
        self._currency, self._name = "", ""
        self.setCheckable(True)
        self.setFixedHeight(theme.px(LINE_HEIGHT))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(400), self._theme.px(LINE_HEIGHT))

    def show_view(self, row: HistoryRow | None, currency: str, *, named: bool) -> None:
        self.row, self._currency = row, currency
        self._name = row.card if named and row is not None else ""
        self.setVisible(row is not None)
        if row is not None:
            parts = (self._name, self._say.title(row), self._say.when(row, currency), self._say.details(row, currency))
            self.setAccessibleName(", ".join(part for part in parts if part))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        row = self.row
        if row is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        box = QRectF(self.rect()).adjusted(1.5, px(3), -1.5, -px(3))
        painter.setPen(QPen(theme.colour("focus"), px(3)) if self.isChecked() else theme.edge())
        painter.setBrush(theme.colour("sunken" if self.isDown() else "surface"))
        painter.drawRoundedRect(box, px(RADIUS_BUTTON), px(RADIUS_BUTTON))
        icon, ground, ink = icon_of(row)
        well = QRectF(px(16), (self.height() - px(44)) / 2, px(44), px(44))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(well, px(RADIUS_KEY), px(RADIUS_KEY))
        paint_icon(painter, icon, well.center(), px(24), theme.colour(ink))
        self._paint_words(painter, row, QRectF(px(76), px(8), self.width() - px(92), px(76)))

    def _paint_words(self, painter: QPainter, row: HistoryRow, box: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        title, body = theme.font(Type.LABEL), theme.font(Type.BODY)
        if row.voided:
            title.setStrikeOut(True)
        painter.setFont(title)
        painter.setPen(theme.colour("ink2" if row.voided else "ink"))
        words = f"{self._say.title(row)}  {self._name}" if self._name else self._say.title(row)
        first = QRectF(box.x(), box.y(), box.width(), px(25))
        painter.drawText(first, _LEFT, QFontMetricsF(title).elidedText(words, _ELIDE, box.width()))
        painter.setFont(body)
        painter.setPen(theme.colour("ink2"))
        second = first.translated(0, px(25))
        when = self._say.when(row, self._currency)
        painter.drawText(second, _LEFT, QFontMetricsF(body).elidedText(when, _ELIDE, box.width()))
        third = second.translated(0, px(25))
        icon, role = ("undo-2", "ink2") if row.voided else STATES.get(row.state, ("clock-3", "ink2"))
        paint_icon(painter, icon, QPointF(third.x() + px(10), third.center().y()), px(20), theme.colour(role))
        painter.setPen(theme.colour(role))
        details = QFontMetricsF(body).elidedText(self._say.details(row, self._currency), _ELIDE, box.width() - px(28))
        painter.drawText(third.adjusted(px(28), 0, 0, 0), _LEFT, details)


class HistoryList(QWidget):
    """A page of lines, newest first."""

    marked = Signal(object)  # the row marked by a tap or the arrow keys
    chosen = Signal(object)  # the row chosen by a tap or Enter
    newer_asked = Signal()
    older_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        say, self._words = PagePhrases(phrases), phrases.labels
        self._message = Text(theme, Type.LEAD, "ink2", wrap=True)
        self._lines = [HistoryLine(theme, say) for _ in range(LINES_MAX)]
        self.newer, self.older = Button(theme, SECOND, cap="PgUp"), Button(theme, SECOND, cap="PgDn")
        self.newer.chosen.connect(self.newer_asked)
        self.older.chosen.connect(self.older_asked)
        ways = QHBoxLayout()
        ways.setSpacing(theme.px(12))
        for button in (self.newer, self.older):
            button.setFixedHeight(theme.px(64))
            ways.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._message)
        for line in self._lines:
            line.clicked.connect(partial(self._tapped, line))
            column.addWidget(line)
        column.addStretch(1)
        column.addLayout(ways)
        self.show_rows((), "")

    @property
    def lines(self) -> tuple[HistoryLine, ...]:
        return tuple(line for line in self._lines if line.row is not None)

    @property
    def message(self) -> str:
        return self._message.text()

    def lines_in(self, height: int) -> int:
        """The number of lines that fit in *height*, with the page buttons below."""
        return max(2, min(LINES_MAX, (height - self._theme.px(76)) // self._theme.px(LINE_HEIGHT)))

    def show_rows(
        self,
        rows: tuple[HistoryRow, ...],
        currency: str,
        *,
        newer: bool = False,
        older: bool = False,
        named: bool = False,
        empty: str = "",
    ) -> None:
        """Shows a page of *rows*; *named* if they are of several cards. *empty* is shown if there are none."""
        self._message.setText("" if rows else empty)
        self._message.setVisible(not rows)
        for index, line in enumerate(self._lines):
            line.setChecked(False)
            line.show_view(rows[index] if index < len(rows) else None, currency, named=named)
        words = self._words
        for button, way_on, title, end in (
            (self.newer, newer, words.newer, words.newest_shown),
            (self.older, older, words.older, words.oldest_shown),
        ):
            button.setVisible(newer or older)
            button.set_words(title if way_on else end)
            button.refuse(None if way_on else end)

    def tell(self, words: str) -> None:
        """Shows an error instead of lines."""
        self.show_rows((), "", empty=words)

    def step(self, by: int) -> None:
        """Moves the mark, for the arrow keys."""
        lines = self.lines
        if lines:
            at = next((index for index, line in enumerate(lines) if line.isChecked()), None)
            self._mark(lines[0 if at is None else (at + by) % len(lines)])

    def choose(self) -> None:
        """Chooses the marked line, for Enter."""
        if (line := self._marked) is not None:
            self.chosen.emit(line.row)

    @property
    def spoken(self) -> str:
        """The marked line for screen readers."""
        return "" if self._marked is None else self._marked.accessibleName()

    @property
    def _marked(self) -> HistoryLine | None:
        return next((each for each in self.lines if each.isChecked()), None)

    def _tapped(self, line: HistoryLine) -> None:
        self._mark(line)
        self.chosen.emit(line.row)

    def _mark(self, line: HistoryLine) -> None:
        for each in self._lines:
            each.setChecked(each is line)
        self.marked.emit(line.row)
