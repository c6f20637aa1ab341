"""A panel over the window behind a scrim, one at a time."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.look.theme import RADIUS_CARD, Theme
from ui.widgets.text import Ground, Text


class Overlay(QWidget):
    """An overlay that covers its parent; Escape always closes it."""

    closed = Signal()

    def __init__(self, theme: Theme, width: int, height: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = parent
        self._size = (width, height)
        self._lifted = 0
        self._left_alone = QTimer(self, singleShot=True, interval=0)
        self._left_alone.timeout.connect(self.close_overlay)
        self.panel = Ground(theme, "bg", RADIUS_CARD, "line", parent=self)
        self.inside = QVBoxLayout(self.panel)
        pad = theme.px(32)
        self.inside.setContentsMargins(pad, pad, pad, pad)
        self.inside.setSpacing(0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()
        parent.installEventFilter(self)

    def open(self) -> None:
        self.setAccessibleName(next((words.text() for words in self.panel.findChildren(Text) if words.text()), ""))
        self._cover()
        self.show()
        self.raise_()
        self.setFocus()
        self.stay()

    def close_when_left_alone(self, after_ms: int) -> None:
        """Closes the overlay after this time without input, as it blocks serving."""
        self._left_alone.setInterval(after_ms)
        self.stay()

    def stay(self) -> None:
        """Restarts the time without input."""
        if self.is_open and self._left_alone.interval():
            self._left_alone.start()

    def lift(self, height: int) -> None:
        """Sets how much of the lower edge is covered."""
        self._lifted = height
        if self.is_open:
            self._cover()

    def close_overlay(self) -> None:
        self._left_alone.stop()
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(event, QResizeEvent) and self.is_open:
            self._cover()
        return False

    def _cover(self) -> None:
        parent = self._over
        self.setGeometry(parent.rect())
        px = self._theme.px
        width = min(px(self._size[0]), parent.width() - px(32))
        height = min(px(self._size[1]), parent.height() - px(32))
        top = max(px(8), (parent.height() - self._lifted - height) // 2)
        self.panel.setGeometry((parent.width() - width) // 2, top, width, height)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """Keeps Tab on the panel, so that widgets behind the scrim cannot be reached."""
        stops = self._stops()
        now = self.window().focusWidget()
        if stops:
            at = stops.index(now) + (1 if forward else -1) if now in stops else 0 if forward else -1
            stops[at % len(stops)].setFocus(
                Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            )
        return True

    def _stops(self) -> list[QWidget]:
        """The tab stops on the panel, in order of creation."""
        found: list[QWidget] = []
        each = self.nextInFocusChain()
        while each is not None and each is not self:
            tabs = bool(each.focusPolicy() & Qt.FocusPolicy.TabFocus)
            if tabs and self.isAncestorOf(each) and each.isVisible() and each.isEnabled():
                found.append(each)
            each = each.nextInFocusChain()
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
        event.accept()  # keys must not reach the card behind

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(self.rect(), self._theme.colour("scrim"))
