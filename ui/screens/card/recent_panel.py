"""The till's latest transactions with their states. Tapping one that can be voided asks to void it."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from terminal.interface.views import HistoryRow
from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_KEY, Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import ButtonStyle
from ui.widgets.buttons import Button
from ui.widgets.text import Ground, Text

ROWS_MAX = 8
ROW_HEIGHT = 66
FOOT = 57  # height of the button to all transactions, with its line
ALL_TODAY = ButtonStyle("", type=Type.BODY, height=56, pad=8, ink="ink2", shadow=False)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
STATES = {
    "waiting": ("clock-3", "ink2"),
    "accepted": ("check", "ok"),
    "adjusted": ("triangle-alert", "warn"),
    "rejected": ("ban", "bad"),
    "held": ("hourglass", "warn"),
}


def icon_of(row: HistoryRow) -> tuple[str, str, str]:
    """The icon of a transaction, with its ground and ink."""
    if row.reward or "redeem" in row.kind:
        icon = "gift"
    elif row.stamps:
        icon = "coffee"
    elif row.points:
        icon = "coins"
    else:
        icon = "user-plus"
    if icon in ("gift", "coffee") and not row.voided:
        return icon, "gold_soft", "gold_ink"
    return icon, "sunken", "ink2"


class RecentRow(QAbstractButton):
    """A transaction of this till."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._row: HistoryRow | None = None
        self.setFixedHeight(theme.px(ROW_HEIGHT))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def row(self) -> HistoryRow | None:
        return self._row

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(232), self._theme.px(ROW_HEIGHT))

    def show_view(self, row: HistoryRow | None) -> None:
        self._row = row
        self.setVisible(row is not None)
        if row is None:
            return
        say = self._phrases
        state = say.state(row.state) if not row.voided else ""
        self.setAccessibleName(
            ", ".join(part for part in (say.recent_title(row), say.recent_second(row), state) if part)
        )
        self.setEnabled(row.can_void and not row.voided)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        row = self._row
        if row is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("bg" if not self.isDown() else "sunken"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, px(3), 0, -px(3)), px(RADIUS_KEY), px(RADIUS_KEY))
        icon, ground, ink = icon_of(row)
        well = QRectF(px(8), (self.height() - px(40)) / 2, px(40), px(40))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(well, px(10), px(10))
        paint_icon(painter, icon, well.center(), px(22), theme.colour(ink))
        words = QRectF(px(58), 0, self.width() - px(58) - px(42), self.height())
        self._paint_words(painter, words, row)
        if not row.voided and row.state in STATES:
            name, role = STATES[row.state]
            at = QPointF(self.width() - px(20), self.height() / 2)
            paint_icon(painter, name, at, px(22), theme.colour(role))

    def _paint_words(self, painter: QPainter, box: QRectF, row: HistoryRow) -> None:
        theme, px = self._theme, self._theme.px
        font = theme.font(Type.LABEL)
        if row.voided:
            font = QFont(font)
            font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(theme.colour("ink2" if row.voided else "ink"))
        middle = box.height() / 2
        first = QRectF(box.x(), middle - px(25), box.width(), px(26))
        elide = Qt.TextElideMode.ElideRight
        title = self._phrases.recent_title(row)
        painter.drawText(first, _LEFT, QFontMetricsF(font).elidedText(title, elide, box.width()))
        painter.setFont(theme.font(Type.BODY))
        role = {"adjusted": "warn", "held": "warn", "rejected": "bad"}.get(row.state, "ink2")
        painter.setPen(theme.colour("ink2" if row.voided else role))
        second = QRectF(box.x(), middle - px(1), box.width(), px(26))
        words = QFontMetricsF(painter.font()).elidedText(self._phrases.recent_second(row), elide, box.width())
        painter.drawText(second, _LEFT, words)


class RecentPanel(Ground):
    """The panel at the right of the screen."""

    row_chosen = Signal(object)
    all_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._phrases = phrases
        px, words = theme.px, phrases.labels
        self._theme = theme
        self._empty = Text(theme, Type.BODY, "ink2", wrap=True)
        phrases.always(lambda: self._empty.setText(words.nothing_yet))
        self._empty.setContentsMargins(px(8), px(8), px(8), 0)
        title = Text(theme, Type.LABEL)
        phrases.always(lambda: title.setText(words.last_here))
        title.setContentsMargins(px(8), 0, 0, 0)
        self._rows = [RecentRow(theme, phrases) for _ in range(ROWS_MAX)]
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(14), px(8), 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addSpacing(px(8))
        column.addWidget(self._empty)
        for row in self._rows:
            row.clicked.connect(partial(self._tapped, row))
            column.addWidget(row)
        column.addStretch(1)
        self._line = Ground(theme, "line", 0)
        self._line.setFixedHeight(1)
        self.all_today = Button(theme, ALL_TODAY, parent=self)
        self.all_today.set_icon("", "arrow-right")
        self.all_today.chosen.connect(self.all_asked)
        column.addWidget(self._line)
        column.addWidget(self.all_today)
        self._today = 0
        phrases.always(self._say_today)
        self._shown: tuple[HistoryRow, ...] = ()
        self.show_view(())

    @property
    def shown(self) -> tuple[HistoryRow, ...]:
        return self._shown

    def show_today(self, count: int) -> None:
        """Shows the number of today's transactions."""
        if count != self._today:
            self._today = count
            self._say_today()

    def _say_today(self) -> None:
        if self._today:  # otherwise number formatting would be loaded at start
            self.all_today.set_words(
                self._phrases.labels.all_today.format(count=self._phrases.formats.number(self._today))
            )
        self.all_today.setVisible(self._today > 0)
        self._line.setVisible(self._today > 0)

    def show_view(self, rows: tuple[HistoryRow, ...]) -> None:
        self._shown = rows
        self._empty.setVisible(not rows)
        room = (
            max(1, (self.height() - self._theme.px(48 + FOOT)) // self._theme.px(ROW_HEIGHT))
            if self.isVisible()
            else ROWS_MAX
        )
        for index, row in enumerate(self._rows):
            row.show_view(rows[index] if index < min(len(rows), room) else None)

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self.show_view(self._shown)

    def showEvent(self, event: object) -> None:  # noqa: N802
        """How many rows have room is known only now, where they came while another page was shown."""
        self.show_view(self._shown)

    def _tapped(self, row: RecentRow) -> None:
        if row.row is not None:
            self.row_chosen.emit(row.row)
