"""The page with a new card's code, to be photographed by the customer's phone, and its number."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from terminal.interface.views import NewCardView
from ui.look.qr_painting import forget, paint_qr
from ui.look.theme import RADIUS_PANEL, Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY
from ui.widgets.buttons import Button
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_presses import CONFIRM_CAP
from ui.widgets.text import Text

SIDE_MOST = 420
BESIDE_LEAST = 620  # width from which the text is beside the code


class QrView(QWidget):
    """A QR code on white in all colour schemes, as phones need."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(theme.px(220), theme.px(220))
        self.setMaximumSize(theme.px(SIDE_MOST), theme.px(SIDE_MOST))

    def sizeHint(self) -> QSize:  # noqa: N802
        return self.maximumSize()

    def show_text(self, text: str) -> None:
        self._text = text
        if not text:
            forget()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        side = min(self.width(), self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("line"), self._theme.px(2)))
        painter.setBrush(QColor("white"))
        edge = QRectF(1, 1, side - 2, side - 2)
        painter.drawRoundedRect(edge, self._theme.px(RADIUS_PANEL), self._theme.px(RADIUS_PANEL))
        if self._text:
            paint_qr(painter, QRectF(0, 0, side, side), self._text)


class CodePage(QWidget):
    """The code, instructions, and the button that ends it."""

    handed_over = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        px, words = theme.px, phrases.labels
        self._code = QrView(theme)
        phrases.always(lambda: self._code.setAccessibleName(words.new_code))
        title, hint = Text(theme, Type.TITLE, wrap=True), Text(theme, Type.LEAD, "ink2", wrap=True)
        label, self._number = Text(theme, Type.LABEL, "ink2"), Text(theme, Type.TITLE)
        once = Text(theme, Type.BODY, "ink2", wrap=True)
        phrases.always(lambda: title.setText(words.take_picture))
        phrases.always(lambda: hint.setText(words.take_picture_hint))
        phrases.always(lambda: label.setText(words.card_number))
        phrases.always(lambda: once.setText(words.code_once))
        self.have_it = Button(theme, MAIN_PRIMARY, icon="check", cap=CONFIRM_CAP)
        phrases.always(lambda: self.have_it.set_words(words.they_have_it))
        self.have_it.chosen.connect(self.handed_over)
        beside = QVBoxLayout()
        beside.setSpacing(px(8))
        beside.addStretch(1)
        beside.addWidget(title)
        beside.addWidget(hint)
        beside.addSpacing(px(10))
        beside.addWidget(label)
        beside.addWidget(self._number)
        beside.addStretch(1)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._both.setSpacing(px(28))
        self._both.addWidget(self._code, 3)
        self._both.addLayout(beside, 2)
        wiped = QHBoxLayout()
        wiped.setSpacing(px(10))
        wiped.addWidget(IconLabel(theme, "lock", 24, "ink2"))
        wiped.addWidget(once, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(12))
        column.addLayout(self._both, 1)
        column.addLayout(wiped)
        column.addWidget(self.have_it)

    @property
    def number(self) -> str:
        """The displayed number; empty once the code was put away."""
        return self._number.text()

    def show_view(self, card: NewCardView | None) -> None:
        """Shows the code of *card*; None removes the last one from the screen."""
        self._code.show_text("" if card is None else card.qr_code)
        self._number.setText("" if card is None else card.card_number)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        beside = self.width() >= self._theme.px(BESIDE_LEAST)
        most = self._theme.px(SIDE_MOST)
        side = min(most, self.width() * 54 // 100) if beside else most  # leaves room for the text beside it
        self._code.setMaximumSize(side, side)
        ways = QBoxLayout.Direction
        self._both.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._both.setAlignment(self._code, Qt.AlignmentFlag.AlignVCenter if beside else Qt.AlignmentFlag.AlignHCenter)
