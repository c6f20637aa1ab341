"""Qt's standard controls in the till's style: text field, list, check box, scroll area.

Each sets its own style sheet, because one for the window would be re-evaluated for all its widgets at every change of
colours.
"""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QScrollArea, QScroller, QScrollerProperties, QWidget

from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_CAP, RADIUS_KEY, Theme, Type

TICK = 32


class Field(QLineEdit):
    """A single-line text field."""

    def __init__(self, theme: Theme, type_: Type = Type.LEAD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.wants_digits = False  # most of what is written here: a finger gets a number pad first
        self.setFont(theme.font(type_))
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        colour = self._theme.colours
        self.setStyleSheet(
            f"QLineEdit {{ {_box(self._theme)} placeholder-text-color: {colour.ink3};"
            f" selection-background-color: {colour.primary}; selection-color: {colour.on_primary}; }}"
            f" QLineEdit:focus {{ border-color: {colour.focus}; }}"
        )


class ChoiceList(QComboBox):
    """A drop-down list with the till's arrow."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font(Type.LEAD))
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        colour, px = self._theme.colours, self._theme.px
        self.setStyleSheet(
            f"QComboBox {{ {_box(self._theme)} }} QComboBox:focus {{ border-color: {colour.focus}; }}"
            f" QComboBox::drop-down {{ border: 0; width: {px(40)}px; }} QComboBox::down-arrow {{ image: none; }}"
            f" QAbstractItemView {{ background: {colour.surface}; color: {colour.ink}; outline: 0;"
            f" border: {px(2)}px solid {colour.line_strong};"
            f" selection-background-color: {colour.sunken}; selection-color: {colour.ink}; }}"
        )

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        at = QPointF(self.width() - self._theme.px(30), self.height() / 2)
        paint_icon(QPainter(self), "chevron-down", at, self._theme.px(24), self._theme.colour("ink2"))


class Tick(QCheckBox):
    """A check box with a label; all of it can be tapped."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.font(Type.BODY))
        self.setMinimumHeight(theme.px(TICK + 16))

    def sizeHint(self) -> QSize:  # noqa: N802
        words = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        return QSize(round(words + 1) + self._theme.px(TICK + 12), self.minimumHeight())

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1, (self.height() - px(TICK)) / 2, px(TICK), px(TICK))
        ticked = self.isChecked()
        painter.setPen(QPen(theme.colour("primary" if ticked else "line_strong"), px(2)))
        painter.setBrush(theme.colour("primary" if ticked else "surface"))
        painter.drawRoundedRect(box, px(RADIUS_CAP), px(RADIUS_CAP))
        if ticked:
            paint_icon(painter, "check", box.center(), px(22), theme.colour("on_primary"))
        painter.setPen(theme.colour("ink"))
        words = QRectF(self.rect()).adjusted(px(TICK + 12), 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())


class Scroll(QScrollArea):
    """A vertical scroll area that also follows fingers. It has no ground of its own.

    A scrolling finger taps nothing. With a *row* height, it stops at whole rows.
    """

    def __init__(self, theme: Theme, inside: QWidget, parent: QWidget | None = None, *, row: int = 0) -> None:
        super().__init__(parent)
        self._theme, self._row = theme, row
        self._follows = False
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setViewport(QWidget())  # Qt's default viewport has a ground; accessing it would be slow
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside.setAutoFillBackground(False)
        self._dress()
        theme.changed.connect(self._dress)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        if not self._follows:
            self._follows = True
            self._follow_fingers()

    def _follow_fingers(self) -> None:
        """Enables scrolling by touch, which arrives as mouse events; the press on a button is cancelled when scrolling
        starts."""
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        scroller = QScroller.scroller(self.viewport())
        ways, metric = scroller.scrollerProperties(), QScrollerProperties.ScrollMetric
        ways.setScrollMetric(metric.MousePressEventDelay, 0.0)  # react at once to a press
        for overshoot in (metric.HorizontalOvershootPolicy, metric.VerticalOvershootPolicy):
            ways.setScrollMetric(overshoot, QScrollerProperties.OvershootPolicy.OvershootAlwaysOff)
        scroller.setScrollerProperties(ways)
        if self._row:
            scroller.setSnapPositionsY(0.0, float(self._row))

    def _dress(self) -> None:
        colour, px = self._theme.colours, self._theme.px
        self.verticalScrollBar().setStyleSheet(
            f"QScrollBar:vertical {{ width: {px(16)}px; background: transparent; }}"
            f" QScrollBar::handle:vertical {{ background: {colour.line_strong}; border-radius: {px(4)}px;"
            f" margin-left: {px(8)}px; min-height: {px(48)}px; }}"
            " QScrollBar::add-line, QScrollBar::sub-line { height: 0; }"
        )


def _box(theme: Theme) -> str:
    colour, px = theme.colours, theme.px
    return (
        f"background: {colour.surface}; color: {colour.ink}; border: {px(2)}px solid {colour.line_strong};"
        f" border-radius: {px(RADIUS_KEY)}px; padding: 0 {px(16)}px; min-height: {px(60)}px;"
    )
