"""Keys and dots for a PIN. PINs must not be shown, logged or stored."""

import math
import random
from collections.abc import Sequence

from PySide6.QtCore import QDynamicPropertyChangeEvent, QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from terminal.scanner.wedge.wedge import PIN_DIGITS_MAX
from ui.look.busy_ring import Ring
from ui.look.motion import Motion
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.threads.hand_scanner import PIN_DIGITS, PIN_MISSING, PIN_WAITS
from ui.widgets.button_styles import SOFT_KEY
from ui.widgets.buttons import Button
from ui.widgets.key_presses import digit, is_enter
from ui.widgets.number_pad import DIGITS, _key
from ui.widgets.text import Text

SHAKE_MS = 120

PIN_KEY, PIN_KEY_UPRIGHT, PIN_KEY_LEAST = 92, 80, 56

PIN_PAD_REST = 166  # height of a PIN pad without its keys


class PinDots(QLabel):
    """A dot for each digit of the PIN, filled when typed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._length, self._filled = theme, 4, 0
        self.shaken = Motion(theme, self, SHAKE_MS)
        self.ring = Ring(theme, self)
        self.setFixedHeight(theme.px(24))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(38 * PIN_DIGITS_MAX), self._theme.px(24))

    def show_filled(self, filled: int, length: int) -> None:
        self._filled, self._length = filled, length
        self.setAccessibleName(f"{filled} / {length}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = self._theme.px
        left = (self.width() - px(38) * (self._length - 1) - px(20)) / 2
        if self.shaken.runs:
            left += px(8) * math.sin(2 * math.pi * self.shaken.part)
        for index in range(self._length):
            box = QRectF(left + index * px(38), px(2), px(20), px(20))
            if index < self._filled:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.colour("ink"))
            else:
                painter.setPen(QPen(self._theme.colour("line_strong"), px(2)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                box.adjust(1, 1, -1, -1)
            painter.drawEllipse(box)
        if self.ring.shown:
            after = QPointF(left + px(38) * self._length + px(10), px(12))
            self.ring.paint(painter, after, px(24), self._theme.colour("ink2"))


class PinPad(QWidget):
    """The title, dots, keys, and the sentence after a wrong PIN."""

    entered = Signal(str)  # emitted after the last digit

    def __init__(
        self, theme: Theme, phrases: Phrases, key_height: int = PIN_KEY, *, page: QWidget | None = None
    ) -> None:
        super().__init__()
        self._theme, self._page = theme, page  # the page has the focus, and hands its keys to the pad
        self._pin = ""
        self._length = 4
        self._ready = False
        self._waits = False  # typed so fast that it may be the beginning of a scan
        self._shuffled = False
        self._digit_keys: tuple[Button, ...] = ()
        self._other_keys: tuple[Button, ...] = ()
        self._title = Text(theme, Type.BUTTON_SMALL)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.dots = PinDots(theme)
        self._message = Text(theme, Type.LABEL, "bad", wrap=True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setMinimumHeight(theme.px(54))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addSpacing(theme.px(20))
        column.addWidget(self.dots)
        column.addSpacing(theme.px(6))
        column.addWidget(self._message)
        column.addSpacing(theme.px(6))
        column.addLayout(self._keys(theme, phrases))
        self.fit(key_height)
        if page is not None:
            page.installEventFilter(self)
        self._draw()

    def _keys(self, theme: Theme, phrases: Phrases) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(theme.px(10))
        keys = tuple(self._digit_key(theme) for _ in DIGITS)
        for index, key in enumerate(keys[:9]):
            grid.addWidget(key, index // 3, index % 3)
        clear = Button(theme, SOFT_KEY, icon="x")
        phrases.always(lambda: clear.setAccessibleName(phrases.labels.clear))
        clear.chosen.connect(self.clear)
        erase = Button(theme, SOFT_KEY, icon="delete")
        phrases.always(lambda: erase.setAccessibleName(phrases.labels.delete_digit))
        erase.chosen.connect(self.erase)
        grid.addWidget(clear, 3, 0)
        grid.addWidget(keys[9], 3, 1)
        grid.addWidget(erase, 3, 2)
        self._digit_keys, self._other_keys = keys, (clear, erase)
        self._arrange(DIGITS)
        return grid

    def fit(self, most: int, room: int | None = None) -> None:
        """Sets the keys' height to *most*, or less if the pad only has *room* pixels."""
        px = self._theme.px
        each = px(most) if room is None else max(px(PIN_KEY_LEAST), min(px(most), (room - px(PIN_PAD_REST)) // 4))
        for key in (*self._digit_keys, *self._other_keys):
            key.setFixedHeight(each)

    def _digit_key(self, theme: Theme) -> Button:
        key = _key(theme, "")
        key.chosen.connect(lambda: self.type_digit(key.text()))
        return key

    def _arrange(self, digits: Sequence[str]) -> None:
        for key, sign in zip(self._digit_keys, digits, strict=True):
            key.set_words(sign)

    def shuffle(self, shuffled: bool) -> None:
        """Shuffles the keys for each question, so that finger movements reveal nothing."""
        self._shuffled = shuffled
        self._arrange(random.SystemRandom().sample(DIGITS, len(DIGITS)) if shuffled else DIGITS)

    @property
    def order(self) -> str:
        """The digits in the order of their keys, row by row."""
        return "".join(key.text() for key in self._digit_keys)

    def ask_for(self, title: str, length: int, *, ready: bool = True) -> None:
        """Starts over for a person; without *ready*, the keys are off."""
        self.work(False)
        self._title.setText(title)
        self._length = max(1, min(length, PIN_DIGITS_MAX))
        self._ready = ready
        if self._page is not None:
            self._page.setProperty(PIN_DIGITS, self._length)
        self.shuffle(self._shuffled)
        self.tell("")
        self.clear()

    def tell(self, words: str) -> None:
        """Shows a sentence below the dots, which shake once, and clears the digits."""
        self._message.setText(words)
        if words:
            self.dots.shaken.start()
        self.clear()

    def work(self, working: bool) -> None:
        """Shows that a PIN is being checked."""
        self.dots.ring.run(working)

    @property
    def message(self) -> str:
        return self._message.text()

    def type_digit(self, digit: str, *, waits: bool = False) -> None:
        """Takes a digit; a last one that *waits* makes a PIN only once it is sure that no scanner types."""
        if not self._ready or len(self._pin) >= self._length:
            return
        self._pin += digit
        self._message.setText("")
        self._draw()
        if len(self._pin) == self._length:
            self._waits = waits
            if not waits:
                self.entered.emit(self._pin)

    def erase(self) -> None:
        self._pin, self._waits = self._pin[:-1], False
        self._draw()

    def clear(self) -> None:
        self._pin, self._waits = "", False
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Hears on the page that no scanner types."""
        if isinstance(event, QDynamicPropertyChangeEvent) and event.propertyName() == PIN_WAITS.encode():
            assert self._page is not None
            if not self._page.property(PIN_WAITS):
                self._end_wait()
        return super().eventFilter(watched, event)

    def _end_wait(self) -> bool:
        """Enters the PIN that has waited; False if there is none."""
        waited, self._waits = self._waits, False
        if waited:
            self.entered.emit(self._pin)
        return waited

    def take_key(self, event: QKeyEvent) -> bool:
        """Handles a key; True if it was used."""
        if figure := digit(event):
            self.type_digit(figure, waits=self._page is not None and bool(self._page.property(PIN_WAITS)))
        elif is_enter(event):
            return self._end_wait()
        elif event.key() == Qt.Key.Key_Backspace:
            self.erase()
        elif event.key() == Qt.Key.Key_Delete:
            self.clear()
        else:
            return False
        return True

    def _draw(self) -> None:
        self.dots.show_filled(len(self._pin), self._length)
        if self._page is not None:
            self._page.setProperty(PIN_MISSING, self._length - len(self._pin))
