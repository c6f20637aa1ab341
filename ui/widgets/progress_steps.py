"""A display of progress steps: done, current, and to come."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.look.icons import paint_icon
from ui.look.theme import Theme, Type


class ProgressSteps(QLabel):
    """Numbered discs with names, joined by lines."""

    def __init__(self, theme: Theme, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._names, self._now = theme, ("",) * count, 0
        self.setFixedHeight(theme.px(40))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_step(0)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(640), self._theme.px(40))

    def name_steps(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.show_step(self._now)

    def show_step(self, now: int) -> None:
        self._now = now
        self.setAccessibleName(f"{now + 1} / {len(self._names)}: {self._names[min(now, len(self._names) - 1)]}")
        self.update()

    @property
    def is_cut(self) -> bool:
        """True if the names overlap at this width."""
        widths = [QFontMetricsF(self._font(i)).horizontalAdvance(name) for i, name in enumerate(self._names)]
        return sum(widths) + self._theme.px(46) * len(widths) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        widths = [QFontMetricsF(self._font(i)).horizontalAdvance(name) + px(46) for i, name in enumerate(self._names)]
        gap = (self.width() - sum(widths)) / max(1, len(self._names) - 1)
        left = 0.0
        for index, (name, width) in enumerate(zip(self._names, widths, strict=True)):
            self._paint_step(painter, left, index, name)
            left += width
            if index < len(self._names) - 1:
                painter.setPen(QPen(self._theme.colour("line"), px(2)))
                middle = self.height() / 2
                painter.drawLine(QPointF(left + px(12), middle), QPointF(left + gap - px(12), middle))
            left += gap

    def _paint_step(self, painter: QPainter, left: float, index: int, name: str) -> None:
        theme, px = self._theme, self._theme.px
        middle = QPointF(left + px(18), self.height() / 2)
        done, now = index < self._now, index == self._now
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("ok_soft" if done else "primary" if now else "sunken"))
        painter.drawEllipse(middle, px(18), px(18))
        if done:
            paint_icon(painter, "check", middle, px(24), theme.colour("ok"))
        else:
            painter.setFont(theme.font(Type.LABEL))
            painter.setPen(theme.colour("on_primary" if now else "ink2"))
            disc = QRectF(middle.x() - px(18), middle.y() - px(18), px(36), px(36))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(index + 1))
        painter.setFont(self._font(index))
        painter.setPen(theme.colour("ink" if now else "ink2"))
        words = QRectF(left + px(46), 0, self.width(), self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _font(self, index: int) -> QFont:
        return self._theme.font(Type.LABEL if index == self._now else Type.BODY)
