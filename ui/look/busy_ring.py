"""A quiet ring: something is awaited. Nothing is shown for the first 300 ms, in which most things are over."""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.look.theme import Theme

WAITS_MS = 300
STEP_MS = 40
STEP_DEGREES = 12
OPEN_DEGREES = 90


class Waits(Protocol):
    """Has a place for a ring."""

    def work(self, working: bool) -> None:
        """Whether what was asked for here is not answered yet."""


class Ring:
    """Goes round on one widget, which paints it where it has room; it stands still where less motion was asked for."""

    def __init__(self, theme: Theme, widget: QWidget) -> None:
        self._theme, self._widget = theme, widget
        self._timer: QTimer | None = None  # made when somebody waits for the first time
        self._degrees = 0
        self.shown = False

    def run(self, runs: bool) -> None:
        """From now on somebody waits, or nobody does."""
        if runs and self._timer is None:
            self._timer = QTimer(self._widget)
            self._timer.timeout.connect(self._step)
        if self._timer is not None:
            self._timer.stop()
            if runs:
                self._timer.start(STEP_MS if self.shown else WAITS_MS)
            elif self.shown:
                self.shown = False
                self._widget.update()

    def _step(self) -> None:
        assert self._timer is not None, "only a timer that runs comes here"
        self.shown = True
        self._degrees += STEP_DEGREES
        if self._theme.still:
            self._timer.stop()
        else:
            self._timer.start(STEP_MS)
        self._widget.update()

    def paint(self, painter: QPainter, centre: QPointF, size: float, colour: QColor) -> None:
        """*size* pixels wide."""
        stroke = size / 9
        painter.setPen(QPen(colour, stroke, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(0, 0, size - 2 * stroke, size - 2 * stroke)
        box.moveCenter(centre)
        painter.drawArc(box, -self._degrees * 16, (360 - OPEN_DEGREES) * 16)


class RingPlace(QWidget):
    """A place that is kept for a ring, where there is no button to wear it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ring = Ring(theme, self)
        self.setFixedSize(theme.px(28), theme.px(28))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def work(self, working: bool) -> None:
        self._ring.run(working)

    @property
    def works(self) -> bool:
        """Whether the ring is shown."""
        return self._ring.shown

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._ring.shown:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._ring.paint(painter, QRectF(self.rect()).center(), self.width(), self._theme.colour("ink2"))
