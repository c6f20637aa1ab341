"""The bar that shows the last action, with Undo for a limited time."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_BUTTON, Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import TOAST
from ui.widgets.buttons import Button

REPAINT_MS = 250
HEIGHT = 72
ROOMY = 480  # width from which the button has room for its icon in every language
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class UndoBar(QLabel):
    """Keeps its place while empty; a new action replaces the last."""

    undo_asked = Signal()
    lapsed = Signal()

    def __init__(
        self, theme: Theme, phrases: Phrases, seconds: Callable[[], float], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._phrases, self._seconds = theme, phrases, seconds
        self._words, self._second = "", ""
        self._ends = self._length = 0.0
        self._undone = False
        self.button = Button(theme, TOAST, icon="undo-2", parent=self)
        self.button.chosen.connect(self.undo_asked)
        self.button.hide()
        self._timer = QTimer(self, interval=REPAINT_MS)
        self._timer.timeout.connect(self.tick)
        self.setFixedHeight(theme.px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(320), self._theme.px(HEIGHT))

    def offer(self, words: str, second: str, undo_s: float) -> None:
        """Shows an action, with Undo for *undo_s* seconds; 0 offers none."""
        self._words, self._second, self._undone = words, second, False
        self._length = float(undo_s)
        self._ends = self._seconds() + (self._length or 4.0)
        self.button.setVisible(undo_s > 0)
        self.button.setEnabled(True)
        self._timer.start()
        self.tick()
        self._place()

    def show_undone(self, words: str) -> None:
        """Shows for two seconds that an action was undone."""
        self._words, self._second, self._undone = words, "", True
        self._length = 0.0
        self._ends = self._seconds() + 2.0
        self.button.hide()
        self._timer.start()
        self.tick()

    def clear(self) -> None:
        self._words = self._second = ""
        self.button.hide()
        self._timer.stop()
        self.setAccessibleName("")
        self.update()

    @property
    def offers(self) -> bool:
        """True if Undo can be tapped now."""
        return bool(self._words) and self._length > 0

    @property
    def words(self) -> str:
        return self._words

    @property
    def second(self) -> str:
        return self._second

    @property
    def left_s(self) -> int:
        return max(0, -int(-(self._ends - self._seconds()) // 1))

    def tick(self) -> None:
        """Updates the countdown."""
        if self._seconds() >= self._ends:
            self.clear()
            self.lapsed.emit()
            return
        if self._length:
            words = self._phrases.labels.undo
            self.button.set_words(words, spoken=self._phrases.formats.titled(words, self._words))
            self.button.set_aside(self._phrases.formats.seconds(self.left_s))
        self.setAccessibleName(", ".join(part for part in (self._words, self._second) if part))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._place()

    def _place(self) -> None:
        px = self._theme.px
        width = min(px(208 if self.width() >= px(ROOMY) else 190), self.width() * 51 // 100)
        self.button.setGeometry(self.width() - width - px(4), px(4), width, px(64))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self._words:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        box = QRectF(self.rect())
        painter.setPen(theme.edge())
        painter.setBrush(theme.colour("sunken" if self._undone else "ok_soft"))
        painter.drawRoundedRect(box, px(RADIUS_BUTTON), px(RADIUS_BUTTON))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("ink2" if self._undone else "ok"))
        middle = QPointF(px(36), box.center().y())
        painter.drawEllipse(middle, px(20), px(20))
        icon = "undo-2" if self._undone else "check"
        paint_icon(painter, icon, middle, px(24), theme.colour("surface"))
        left = px(68)
        room = (self.button.x() if not self.button.isHidden() else self.width()) - left - px(8)
        self._paint_words(painter, QRectF(left, 0, room, box.height()))
        if self._length:
            part = max(0.0, (self._ends - self._seconds()) / self._length)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("ok"))
            whole = (self.button.x() if not self.button.isHidden() else self.width()) - px(26)
            painter.drawRoundedRect(QRectF(px(16), box.height() - px(4), whole * part, px(4)), px(2), px(2))

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(theme.colour("ink"))
        font = theme.font(Type.BUTTON_SMALL)
        painter.setFont(font)
        words = QFontMetricsF(font).elidedText(self._words, elide, box.width())
        if not self._second:
            painter.drawText(box, _LEFT, words)
            return
        middle = box.height() / 2
        painter.drawText(QRectF(box.x(), middle - px(26), box.width(), px(26)), _LEFT, words)
        painter.setFont(theme.font(Type.BODY))
        painter.setPen(theme.colour("ink2"))
        second = QFontMetricsF(painter.font()).elidedText(self._second, elide, box.width())
        painter.drawText(QRectF(box.x(), middle - px(1), box.width(), px(26)), _LEFT, second)
