"""The field for a typed amount in minor units."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from loyalty.money import AMOUNT_MINOR_MAX
from ui.look.theme import RADIUS_BUTTON, Theme, Type
from ui.phrases.phrases import Phrases


class AmountField(QLabel):
    """Digits enter from the right: 4 2 5 0 is 42.50."""

    changed = Signal(int)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._minor = 0
        self._currency = ""
        self.setFixedHeight(theme.px(64))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        phrases.always(self._name)

    @property
    def minor(self) -> int:
        return self._minor

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(352), self._theme.px(64))

    def set_currency(self, currency: str) -> None:
        self._currency = currency
        self._name()

    def type_digits(self, digits: str) -> None:
        """Appends digits, unless the amount would exceed the limit."""
        minor = self._minor * 10 ** len(digits) + int(digits)
        if minor <= AMOUNT_MINOR_MAX:
            self._set(minor)

    def erase(self) -> None:
        self._set(self._minor // 10)

    def clear(self) -> None:
        self._set(0)

    def _set(self, minor: int) -> None:
        if minor != self._minor:
            self._minor = minor
            self._name()
            self.changed.emit(minor)

    def _name(self) -> None:
        """Updates the accessible name while visible; formatting money loads files, which would slow the start."""
        if not self.isVisible():
            return
        self.setAccessibleName(
            f"{self._phrases.labels.amount} {self._phrases.formats.amount(self._minor, self._currency)}"
        )
        self.update()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self._name()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        painter.setPen(QPen(theme.colour("focus" if self._minor else "line_strong"), px(2)))
        painter.setBrush(theme.colour("surface"))
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(box, px(RADIUS_BUTTON), px(RADIUS_BUTTON))
        inner = QRectF(self.rect()).adjusted(px(18), 0, -px(18), 0)
        painter.setFont(theme.font(Type.AMOUNT))
        painter.setPen(theme.colour("ink" if self._minor else "ink3"))
        amount = self._phrases.formats.amount(self._minor, self._currency)
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, amount)
        room = inner.width() - QFontMetricsF(painter.font()).horizontalAdvance(amount) - px(8)
        painter.setFont(theme.font(Type.BODY))
        painter.setPen(theme.colour("ink2"))
        name = self._phrases.labels.amount
        if QFontMetricsF(painter.font()).horizontalAdvance(name) <= room:  # a large amount takes all the room
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
