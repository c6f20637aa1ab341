"""Qt's own controls in the till's look: a line to type in, a list to choose from, a box to tick, what scrolls.

Each carries the few rules of its own: one style sheet for the window would look at each of its five hundred widgets
again whenever the light changes.
"""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QScrollArea, QScroller, QScrollerProperties, QWidget

from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_CAP, RADIUS_KEY, Theme, Type

TICK = 32


class Field(QLineEdit):
    """One line to type in."""

    def __init__(self, theme: Theme, type_: Type = Type.LEAD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
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
    """One of many, folded away, with our arrow."""

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
    """A box to tick, and what is agreed to by it. All of it is tapped."""

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
    """As wide as there is room; what is higher is moved, by a finger too. It has no ground of its own.

    A finger that moves it taps nothing. With the height of a *row* it comes to rest on whole ones.
    """

    def __init__(self, theme: Theme, inside: QWidget, parent: QWidget | None = None, *, row: int = 0) -> None:
        super().__init__(parent)
        self._theme, self._row = theme, row
        self._follows = False
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setViewport(QWidget())  # Qt's own has a ground; to ask for it makes the classes of all that it could be
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
        """A touch comes as the mouse does: so the press is taken back from the button as soon as it turns to moving."""
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        scroller = QScroller.scroller(self.viewport())
        ways, metric = scroller.scrollerProperties(), QScrollerProperties.ScrollMetric
        ways.setScrollMetric(metric.MousePressEventDelay, 0.0)  # a finger is answered on the way down
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
