"""A ring that shows waiting. It appears after 300 ms, by which time most requests are answered."""

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
    """A widget with a place for a ring."""

    def work(self, working: bool) -> None:
        """Shows or hides the ring; True while a request of this widget is unanswered."""


class Ring:
    """A ring animated on a widget, which paints it; it stands still if reduced motion is chosen."""

    def __init__(self, theme: Theme, widget: QWidget) -> None:
        self._theme, self._widget = theme, widget
        self._timer: QTimer | None = None  # created at first use
        self._degrees = 0
        self.shown = False

    def run(self, runs: bool) -> None:
        """Starts or stops the ring."""
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
        assert self._timer is not None, "called by the timer only"
        self.shown = True
        self._degrees += STEP_DEGREES
        if self._theme.still:
            self._timer.stop()
        else:
            self._timer.start(STEP_MS)
        self._widget.update()

    def paint(self, painter: QPainter, centre: QPointF, size: float, colour: QColor) -> None:
        """Paints the ring, *size* pixels wide."""
        stroke = size / 9
        painter.setPen(QPen(colour, stroke, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        box = QRectF(0, 0, size - 2 * stroke, size - 2 * stroke)
        box.moveCenter(centre)
        painter.drawArc(box, -self._degrees * 16, (360 - OPEN_DEGREES) * 16)


class RingPlace(QWidget):
    """Reserved space for a ring, where there is no button to show it."""

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
        """True while the ring is shown."""
        return self._ring.shown

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._ring.shown:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._ring.paint(painter, QRectF(self.rect()).center(), self.width(), self._theme.colour("ink2"))
