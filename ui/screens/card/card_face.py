"""The painted card with name, balances and stamps, in night blue in all colour schemes."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from terminal.interface.views import CardView, PointsView, StampsView
from ui.look.icons import paint_icon
from ui.look.motion import Motion, eased
from ui.look.stamp_painting import paint_stamps
from ui.look.theme import RADIUS_CARD, Theme, Type
from ui.phrases.phrases import Phrases

STAMPED_MS = 180  # duration of a new stamp's appearance
FRESH_MS = 1600  # how long new stamps stay marked, and "+3" beside the balance
HEIGHT = 240
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CardFace(QLabel):
    """The current card, painted in one frame without transitions. Tapping it opens its history."""

    opened = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._card: CardView | None = None
        self._fresh_stamps = 0
        self._fresh_points = 0
        self._stamped = Motion(theme, self, STAMPED_MS)
        self._fresh_timer = QTimer(self, singleShot=True, interval=FRESH_MS)
        self._fresh_timer.timeout.connect(self._no_longer_fresh)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that screen readers can reach it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(HEIGHT))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(680), self._theme.px(HEIGHT))

    def show_view(self, card: CardView) -> None:
        if self._card is None or card.id != self._card.id:
            self._no_longer_fresh()
        self._card = card
        self.setAccessibleName(self._phrases.card.spoken(card))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._card is not None and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    @property
    def moves(self) -> bool:
        return self._stamped.runs

    def celebrate(self, stamps: int, points: int) -> None:
        """Marks newly given stamps and points for a moment."""
        self._fresh_stamps, self._fresh_points = max(0, stamps), points
        self._fresh_timer.start()
        if stamps > 0:
            self._stamped.start()
        self.update()

    def _no_longer_fresh(self) -> None:
        self._fresh_stamps = self._fresh_points = 0
        self._fresh_timer.stop()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        painter.setPen(theme.edge())
        painter.setBrush(theme.colour("night"))
        painter.drawRoundedRect(QRectF(self.rect()), theme.px(RADIUS_CARD), theme.px(RADIUS_CARD))
        if self._card is None:
            return
        pad = theme.px(28)
        box = QRectF(self.rect()).adjusted(pad, 0, -pad, 0)
        taken = self._paint_balance(painter, box, self._card)
        self._paint_name(painter, box, self._card, taken)
        if self._card.stamps is not None:
            self._paint_stamps(painter, box, self._card)

    def _paint_name(self, painter: QPainter, box: QRectF, card: CardView, taken: float) -> None:
        theme = self._theme
        font = theme.font(Type.NAME)
        width = box.width() - taken - theme.px(24)
        name = QFontMetricsF(font).elidedText(self._phrases.card.name(card), Qt.TextElideMode.ElideRight, width)
        painter.setFont(font)
        painter.setPen(theme.colour("on_night"))
        painter.drawText(QRectF(box.x() - 1, theme.px(22), width, theme.px(42)), _LEFT, name)
        painter.setFont(theme.font(Type.BODY))
        painter.setPen(theme.colour("on_night2" if card.active else "gold"))
        number = self._phrases.card.number(card)
        painter.drawText(QRectF(box.x(), theme.px(64), width, theme.px(26)), _LEFT, number)
        if card.known:  # there is more behind the card
            at = box.x() + QFontMetricsF(painter.font()).horizontalAdvance(number) + theme.px(18)
            paint_icon(painter, "receipt-text", QPointF(at, theme.px(77)), theme.px(20), theme.colour("on_night2"))

    def _paint_balance(self, painter: QPainter, box: QRectF, card: CardView) -> float:
        """Paints the points at the right and returns the width used. Without stamps, they are the card's main
        number."""
        points, theme, px = card.points, self._theme, self._theme.px
        if points is None:
            return 0.0
        alone = card.stamps is None
        number = self._phrases.formats.number(points.balance)
        big = theme.font(Type.GREAT_FIGURE if alone else Type.BALANCE)
        word = self._phrases.formats.points_word(points.balance)
        small = theme.font(Type.NAME if alone else Type.BUTTON)
        if not alone:
            small = theme.font(Type.SIDE)
        word_width = QFontMetricsF(small).horizontalAdvance(word)
        number_width = QFontMetricsF(big).horizontalAdvance(number)
        if alone:
            base, left = px(188), box.x()
        else:
            base, left = px(64), box.right() - word_width - px(10) - number_width
        painter.setPen(theme.colour("on_night"))
        painter.setFont(big)
        painter.drawText(QPointF(left, base), number)
        painter.setFont(small)
        painter.drawText(QPointF(left + number_width + px(10), base), word)
        if self._fresh_points:
            painter.setPen(theme.colour("gold"))
            painter.setFont(theme.font(Type.BUTTON))
            fresh = self._phrases.formats.signed(self._fresh_points)
            width = QFontMetricsF(painter.font()).horizontalAdvance(fresh)
            at = left + number_width + word_width + px(28) if alone else left - width - px(14)
            painter.drawText(QPointF(at, base), fresh)
        line = QRectF(box.x(), px(206 if alone else 71), box.width(), px(26))
        used = self._paint_confirmed(painter, line, points, card, box.width() * 0.66)
        return 0.0 if alone else max(used, word_width + px(10) + number_width)

    def _paint_confirmed(
        self, painter: QPainter, line: QRectF, of: PointsView | StampsView, card: CardView, room: float
    ) -> float:
        """Paints the confirmation at the right end of *line*, within *room*; returns the width used."""
        theme, px = self._theme, self._theme.px
        words = self._phrases.card.confirmed(of.confirmed, of.waiting, card.confirmed_at)
        painter.setFont(theme.font(Type.BODY))
        if QFontMetricsF(painter.font()).horizontalAdvance(words) + px(30) > room:
            words = self._phrases.card.confirmed_short(of.waiting, card.confirmed_at)
        painter.setPen(theme.colour("on_night2"))
        painter.drawText(line, _RIGHT, words)
        width = QFontMetricsF(painter.font()).horizontalAdvance(words)
        icon = "check" if not of.waiting and card.confirmed_at is not None else "clock-3"
        at = QPointF(line.right() - width - px(17), line.center().y())
        paint_icon(painter, icon, at, px(20), theme.colour("on_night2"))
        return width + px(30)

    def _paint_stamps(self, painter: QPainter, box: QRectF, card: CardView) -> None:
        stamps, theme, px = card.stamps, self._theme, self._theme.px
        assert stamps is not None
        row = QRectF(box.x(), px(104), box.width(), px(90))
        part, old = 0.6 + 0.4 * eased(self._stamped.part), stamps.shown - self._fresh_stamps
        paint_stamps(painter, theme, row, stamps, self._fresh_stamps, grown=lambda index: 1.0 if index < old else part)
        line = QRectF(box.x(), px(194), box.width(), px(26))
        font, lead = theme.font(Type.BUTTON_SMALL), theme.font(Type.LEAD)
        so_far, to_go = self._phrases.card.stamps_so_far(stamps), self._phrases.card.stamps_to_go(stamps)
        left = QFontMetricsF(font).horizontalAdvance(so_far) + px(11)
        room = box.width() - left - QFontMetricsF(lead).horizontalAdvance(to_go) - px(12)
        used = self._paint_confirmed(painter, line, stamps, card, room)
        painter.setFont(font)
        painter.setPen(theme.colour("on_night"))
        painter.drawText(line, _LEFT, so_far)
        painter.setFont(lead)
        painter.setPen(theme.colour("on_night2"))
        shown = QFontMetricsF(lead).elidedText(to_go, Qt.TextElideMode.ElideRight, box.width() - left - used - px(12))
        painter.drawText(line.adjusted(left, 0, 0, 0), _LEFT, shown)
