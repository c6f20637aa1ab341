"""The window facing the customer, painted from one view to be read from two metres. It takes no input."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.look.constellation import dust, paint_dust, paint_orion
from ui.look.icons import paint_mark
from ui.look.motion import Motion, eased
from ui.look.poster import WHOLE_MS, lines, lit, wrapped
from ui.look.qr_painting import paint_qr
from ui.look.stamp_painting import paint_stamps
from ui.look.theme import STYLES, Theme, Type
from ui.phrases.customer import CustomerView

DRAWN = (1366.0, 768.0)  # the design's size; painting is scaled to the screen
DUST = 70
STAMPED_MS = 180
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom


class CustomerWindow(QWidget):
    """The customer's window. It never takes the focus, so that the till keeps the keyboard."""

    closed = Signal()  # by the user

    def __init__(self, theme: Theme) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._theme = theme
        self._view: CustomerView | None = None
        self._dust = dust(DUST)
        self._stamped = Motion(theme, self, STAMPED_MS)
        self._celebrated = Motion(theme, self, WHOLE_MS)
        self.setMinimumSize(400, 300)

    @property
    def view(self) -> CustomerView | None:
        return self._view

    @property
    def moves(self) -> bool:
        return self._stamped.runs or self._celebrated.runs

    def show_view(self, view: CustomerView) -> None:
        before, self._view = self._view, view
        if view == before:
            return
        self.setAccessibleName(view.spoken)
        if view.celebrates and not (before is not None and before.celebrates):
            self._celebrated.start()
        elif view.fresh and not (before is not None and before.stamps == view.stamps):
            self._stamped.start()
        self.update()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if event.spontaneous():
            self.closed.emit()
        event.accept()

    # -- painting ---------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.colour("night"))
        if self._view is None:
            return
        scale = min(self.width() / DRAWN[0], self.height() / DRAWN[1])
        upright = self.height() > self.width()
        if upright:
            scale = self.width() / 900.0
        painter.scale(scale, scale)
        box = QRectF(0, 0, self.width() / scale, self.height() / scale)
        paint_dust(painter, self._theme, box, self._dust)
        inner = box.adjusted(72, 56, -72, -52)
        self._paint_company(painter, inner, self._view)
        if self._view.code:
            self._paint_code(painter, inner, self._view, upright)
            return
        self._paint_sky(painter, inner, upright)
        bottom = self._paint_balance(painter, inner, self._view, upright)
        stamps = self._paint_stamps(painter, inner, self._view, bottom)
        self._paint_words(painter, inner, self._view, stamps, upright)

    def _font(self, style: Type) -> QFont:
        """A font in the design's units; the painter scales it."""
        font = self._theme.font(style)
        font.setPixelSize(STYLES[style].px)
        return font

    def _paint_company(self, painter: QPainter, box: QRectF, view: CustomerView) -> None:
        mark = QRectF(box.x(), box.y(), 48, 48)
        paint_mark(painter, mark, self._theme.colour("night_well"), self._theme.colour("gold"))
        painter.setFont(self._font(Type.CUSTOMER_NOTE))
        painter.setPen(self._theme.colour("on_night"))
        name = QFontMetricsF(painter.font()).elidedText(view.company, Qt.TextElideMode.ElideRight, box.width() * 0.6)
        line = QRectF(mark.right() + 14, box.y(), box.width(), 48)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_code(self, painter: QPainter, box: QRectF, view: CustomerView, upright: bool) -> None:
        """Paints the code as large as possible, with instructions beside or above it."""
        free = box.adjusted(0, 90, 0, 0)
        side = min(free.width(), free.height() * 0.62) if upright else min(free.height(), free.width() * 0.5)
        at = (
            QPointF(free.center().x() - side / 2, free.bottom() - side)
            if upright
            else QPointF(free.right() - side, free.center().y() - side / 2)
        )
        square = QRectF(at.x(), at.y(), side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("white"))
        painter.drawRoundedRect(square, 16, 16)
        paint_qr(painter, square, view.code)
        words = QRectF(box)
        if upright:
            words.setBottom(square.top())
        else:
            words.setWidth((square.left() - 48 - box.x()) / 0.68)  # the lines below use two thirds of it
        self._paint_words(painter, words, view, words.bottom(), upright)

    def _paint_sky(self, painter: QPainter, box: QRectF, upright: bool) -> None:
        side = min(360.0, box.width() * 0.4) if upright else min(370.0, box.height() * 0.55)
        drawn = lines(self._celebrated) if self._celebrated.runs else 1.0
        paint_orion(painter, self._theme, QPointF(box.right() - side, box.y() - 30), side, drawn)

    def _paint_balance(self, painter: QPainter, box: QRectF, view: CustomerView, upright: bool) -> float:
        """Paints points, what was just given, and the next reward; returns the upper edge."""
        base = box.bottom() - 4
        left = box.x()
        if view.points:
            painter.setFont(self._font(Type.CUSTOMER_BALANCE))
            painter.setPen(self._theme.colour("on_night"))
            painter.drawText(QPointF(left, base), view.points)
            left += QFontMetricsF(painter.font()).horizontalAdvance(view.points) + 16
            painter.setFont(self._font(Type.CUSTOMER_NOTE))
            painter.setPen(self._theme.colour("on_night2"))
            painter.drawText(QPointF(left, base), view.points_word)
            left += QFontMetricsF(painter.font()).horizontalAdvance(view.points_word) + 28
        painter.setFont(self._font(Type.CUSTOMER_NOTE))
        metrics = QFontMetricsF(painter.font())
        if view.chip:
            chip = QRectF(left, base - 42, metrics.horizontalAdvance(view.chip) + 44, 54)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("night_well"))
            painter.drawRoundedRect(chip, 27, 27)
            painter.setPen(self._theme.colour("on_night"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, view.chip)
            left = chip.right() + 28
        if view.foot:
            painter.setPen(self._theme.colour("on_night2"))
            room = box.right() - left
            if not upright and metrics.horizontalAdvance(view.foot) <= room:
                line, at = QRectF(left, base - 40, room, 48), _RIGHT
            else:  # above, across the whole width
                line, at = QRectF(box.x(), base - 124, box.width(), 48), _LEFT
            painter.drawText(line, at, metrics.elidedText(view.foot, Qt.TextElideMode.ElideRight, line.width()))
            return line.y() if line.y() < base - 60 else base - 80
        return base - 80 if view.points or view.chip else box.bottom()

    def _paint_stamps(self, painter: QPainter, box: QRectF, view: CustomerView, bottom: float) -> float:
        """Paints the stamps above the balance; returns the upper edge."""
        if view.stamps is None:
            return bottom
        two = view.stamps.target > 10
        height = 190.0 if two else 116.0
        row = QRectF(box.x(), bottom - height - 34, box.width(), height)
        old = view.stamps.shown - view.fresh
        part = 0.6 + 0.4 * eased(self._stamped.part)

        def grown(index: int) -> float:
            if view.celebrates:
                return lit(self._celebrated, index)
            return 1.0 if index < old else part

        paint_stamps(painter, self._theme, row, view.stamps, view.fresh, grown=grown, size=104)
        return row.y()

    def _paint_words(self, painter: QPainter, box: QRectF, view: CustomerView, bottom: float, upright: bool) -> None:
        """Paints the headline and the line under it, just above the balance, or centred without one."""
        width = box.width() * (1.0 if upright else 0.68)
        headline, second = self._font(Type.CUSTOMER), self._font(Type.CUSTOMER_SECOND)
        lines_ = wrapped(view.headline, width, QFontMetricsF(headline))
        while headline.pixelSize() > 48 and (
            len(lines_) > 2 or any(QFontMetricsF(headline).horizontalAdvance(line) > width for line in lines_)
        ):
            headline.setPixelSize(headline.pixelSize() - 4)
            lines_ = wrapped(view.headline, width, QFontMetricsF(headline))
        under = wrapped(view.second, width, QFontMetricsF(second))[:3]
        step, below = headline.pixelSize() * 1.09, 52.0
        after = 8.0 if under else 0.0  # space for descenders
        whole = step * len(lines_[:2]) + after + below * len(under)
        free = QRectF(box.x(), box.y() + 90, width, bottom - 40 - (box.y() + 90))
        alone = view.stamps is None and not view.points
        top = free.center().y() - whole / 2 if alone else max(free.y(), free.bottom() - whole)
        painter.setFont(headline)
        painter.setPen(self._theme.colour("gold" if view.celebrates else "on_night"))
        for index, line in enumerate(lines_[:2]):
            elided = QFontMetricsF(headline).elidedText(line, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QPointF(box.x() - 3, top + step * index + headline.pixelSize() * 0.9), elided)
        painter.setFont(second)
        painter.setPen(self._theme.colour("on_night" if view.celebrates else "gold"))
        for index, line in enumerate(under):
            elided = QFontMetricsF(second).elidedText(line, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QPointF(box.x(), top + step * len(lines_[:2]) + after + below * index + 40), elided)
