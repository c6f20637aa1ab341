"""A plot of one series by hour or day, as bars or a line."""

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.look.theme import RADIUS_PANEL, Theme, Type
from ui.phrases.reports import Series

_MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def steps(largest: int) -> tuple[int, int]:
    """The values of the two upper grid lines: round numbers, not below the largest value."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if 2 * unit * factor >= largest:
                return unit * factor, 2 * unit * factor
        unit *= 10


class Plot(QWidget):
    """Bars in gold with the largest labelled, or a line with its last point labelled."""

    def __init__(self, theme: Theme, number: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._number = theme, number
        self._series: Series | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that screen readers can reach it
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(theme.px(170))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(400), self._theme.px(220))

    def show_series(self, series: Series) -> None:
        self._series = series
        self.setAccessibleName(series.title)
        self.setAccessibleDescription(series.spoken if any(series.values) else series.empty)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        series = self._series
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        painter.setPen(theme.edge())
        painter.setBrush(theme.colour("surface"))
        painter.drawRoundedRect(QRectF(self.rect()), px(RADIUS_PANEL), px(RADIUS_PANEL))
        if series is None:
            return
        painter.setFont(theme.font(Type.LABEL))
        painter.setPen(theme.colour("ink"))
        painter.drawText(QRectF(px(20), px(12), self.width() - px(40), px(26)), _LEFT, series.title)
        if not any(value > 0 for value in series.values):
            painter.setFont(theme.font(Type.BODY))
            painter.setPen(theme.colour("ink2"))
            painter.drawText(QRectF(self.rect()), _MIDDLE, series.empty)
            return
        middle, top = steps(max(series.values))
        metrics = QFontMetricsF(theme.font(Type.CAP))
        left = px(32) + metrics.horizontalAdvance(self._number(top))
        box = QRectF(left, px(52), self.width() - left - px(20), self.height() - px(52) - px(42))
        self._paint_grid(painter, box, (0, middle, top))
        if series.line:
            self._paint_line(painter, box, series, top)
        else:
            self._paint_bars(painter, box, series, top)
        self._paint_labels(painter, box, series)

    def _paint_grid(self, painter: QPainter, box: QRectF, values: tuple[int, ...]) -> None:
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font(Type.CAP))
        for value in values:
            y = round(box.bottom() - box.height() * value / values[-1]) + 0.5
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(theme.colour("ink2"))
            painter.drawText(QRectF(0, y - px(13), box.left() - px(10), px(26)), _RIGHT, self._number(value))

    def _paint_bars(self, painter: QPainter, box: QRectF, series: Series, top: int) -> None:
        theme, px = self._theme, self._theme.px
        each = box.width() / len(series.values)
        gap = min(px(8), each * 0.2)
        largest = series.values.index(max(series.values))
        for index, value in enumerate(series.values):
            height = box.height() * max(0, value) / top
            bar = QRectF(box.left() + index * each + gap / 2, box.bottom() - height, each - gap, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("gold_press" if index == largest else "gold"))
            painter.drawRoundedRect(bar, px(3), px(3))
        middle = box.left() + (largest + 0.5) * each
        high = box.bottom() - box.height() * max(0, series.values[largest]) / top
        self._name(painter, box, QPointF(middle, high), series.values[largest])

    def _paint_line(self, painter: QPainter, box: QRectF, series: Series, top: int) -> None:
        theme, px = self._theme, self._theme.px
        each = box.width() / len(series.values)
        points = [
            QPointF(box.left() + (index + 0.5) * each, box.bottom() - box.height() * max(0, value) / top)
            for index, value in enumerate(series.values)
        ]
        colour = theme.colour("primary")
        painter.setPen(QPen(colour, px(3)))
        for one, other in pairwise(points):
            painter.drawLine(one, other)
        for point in points[:-1]:
            painter.setBrush(theme.colour("surface"))
            painter.drawEllipse(point, px(4), px(4))
        painter.setBrush(colour)
        painter.drawEllipse(points[-1], px(6), px(6))
        self._name(painter, box, points[-1], series.values[-1])

    def _name(self, painter: QPainter, box: QRectF, place: QPointF, value: int) -> None:
        """Writes a value above its point, inside the plot."""
        theme, px = self._theme, self._theme.px
        words = self._number(value)
        painter.setFont(theme.font(Type.LABEL))
        width = QFontMetricsF(painter.font()).horizontalAdvance(words) + px(8)
        middle = min(max(place.x(), box.left() + width / 2), box.right() - width / 2)
        y = place.y() - px(32)
        label = QRectF(middle - width / 2, max(px(38), y), width, px(26))
        painter.fillRect(label, theme.colour("surface"))  # hides a line behind the label
        painter.setPen(theme.colour("ink"))
        painter.drawText(label, _MIDDLE, words)

    def _paint_labels(self, painter: QPainter, box: QRectF, series: Series) -> None:
        """Paints as many labels as fit, always including the last, which is today."""
        theme, px = self._theme, self._theme.px
        painter.setFont(theme.font(Type.CAP))
        painter.setPen(theme.colour("ink2"))
        metrics = QFontMetricsF(painter.font())
        each = box.width() / len(series.labels)
        widest = max(metrics.horizontalAdvance(label) for label in series.labels) + px(12)
        every = max(1, -(-round(widest) // max(1, round(each))))
        last = len(series.labels) - 1
        free = float(self.width())
        for index in range(last, -1, -every):
            label = series.labels[index]
            width = metrics.horizontalAdvance(label) + px(4)
            middle = min(box.left() + (index + 0.5) * each, self.width() - px(8) - width / 2)
            if middle + width / 2 > free:
                continue
            free = middle - width / 2
            painter.drawText(QRectF(free, box.bottom() + px(8), width, px(26)), _MIDDLE, label)
