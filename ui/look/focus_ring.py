"""The keyboard focus ring: three pixels wide, three pixels away, shown only while keys are used."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QMouseEvent, QMoveEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from ui.look.theme import RADIUS_BUTTON, Theme

_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class FocusRing(QWidget):
    """An overlay over the window that ignores touches; installed as an event filter of the application."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme, self._over = theme, window
        self._around: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def around(self) -> QWidget | None:
        """The widget that has the ring, if it is shown."""
        return self._around if self.isVisible() else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QFocusEvent):
            if event.gotFocus() and isinstance(watched, QWidget) and self._over.isAncestorOf(watched):
                by_key = event.reason() in _BY_KEY and isinstance(
                    watched, QAbstractButton | QLabel
                )  # fields show focus by their edge
                self._surround(watched if by_key else None)
        elif self._around is None:
            return False
        elif isinstance(event, QMouseEvent):
            if event.type() is QEvent.Type.MouseButtonPress:
                self._surround(None)
        elif watched is self._around and isinstance(event, QResizeEvent | QMoveEvent | QHideEvent):
            self._follow()
        return False

    def _surround(self, around: QWidget | None) -> None:
        self._around = around
        self._follow()

    def _follow(self) -> None:
        around = self._around
        if around is None or not around.isVisible():
            self.hide()
            return
        away = self._theme.px(6)
        corner = around.mapTo(self._over, QPoint(0, 0))
        self.setGeometry(corner.x() - away, corner.y() - away, around.width() + 2 * away, around.height() + 2 * away)
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("focus"), self._theme.px(3)))
        radius = self._theme.px(RADIUS_BUTTON + 4)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), radius, radius)
