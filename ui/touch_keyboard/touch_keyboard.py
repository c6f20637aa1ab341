"""The on-screen keyboard: appears when a field is touched, writes into it, and does not cover it.

It never takes the focus, and goes when the field is left or somebody types on a real keyboard.
"""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import RADIUS_PANEL, Theme
from ui.phrases.phrases import Phrases
from ui.touch_keyboard.key_rows import ALWAYS, Layer, rows
from ui.widgets.button_styles import NUMBER_KEY, SOFT_KEY
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.widgets.text import Ground

KEY, KEY_LEAST, GAP, PAD = 64, 44, 8, 12
ROWS = 4
PAD_WIDTH = 520
WIDEST = 1180
Soft = tuple[str, Callable[[], None], str]  # a key that writes no sign of its own: its name, what it does, its icon
_LETTER = replace(NUMBER_KEY, pad=2)
_SOFT = replace(SOFT_KEY, pad=2)
_LIT = replace(_SOFT, ground="primary", ink="on_primary")


class TouchKeyboard(Ground):
    """The keyboard of a window, above all its contents."""

    placed = Signal(int)  # how much of the window's lower edge it takes now

    def __init__(self, theme: Theme, phrases: Phrases, over: QWidget) -> None:
        super().__init__(theme, "bg", RADIUS_PANEL, "line", parent=over)
        self._theme, self._phrases, self._over = theme, phrases, over
        self._field: Field | None = None
        self._layer, self._capital, self._by_finger = Layer.LETTERS, False, False
        self._column = QVBoxLayout(self)
        pad = theme.px(PAD)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(theme.px(GAP))
        self._keys: list[Button] = []
        phrases.always(self._say)
        self._over.installEventFilter(self)
        self.hide()

    def listen(self, application: QApplication) -> None:
        """Enables the keyboard."""
        application.installEventFilter(self)
        application.focusChanged.connect(self._focus_moved)

    @property
    def keys(self) -> tuple[Button, ...]:
        return tuple(self._keys)

    @property
    def field(self) -> Field | None:
        """The field it writes into; None while hidden."""
        return self._field if self.isVisible() else None

    def put_away(self) -> None:
        self._field = None
        if not self.isHidden():
            self.hide()
            self.placed.emit(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._by_finger = False
            if event.text():
                self.put_away()
        elif isinstance(event, QResizeEvent) and watched is self._over and self._field is not None:
            QTimer.singleShot(0, self, self._place)
        return False

    def touched(self, watched: QObject) -> None:
        """Handles a touch, which may be on a field."""
        self._by_finger = True
        if isinstance(watched, Field) and watched.window() is self._over.window() and watched.isEnabled():
            self._show_for(watched)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if isinstance(now, Field) and now.window() is self._over.window():
            if self._by_finger:
                self._show_for(now)
        elif self._field is not None:
            self.put_away()

    def _show_for(self, field: Field) -> None:
        if self._field is not field:
            self._field = field
            self._capital = False
            self._go_to(Layer.PAD if field.wants_digits else Layer.LETTERS)
        self.show()
        self.raise_()
        self._place()
        QTimer.singleShot(0, self, self._place)  # what moves out of its way has its new place by then

    def _say(self) -> None:
        self.setAccessibleName(self._phrases.labels.touch_keyboard)
        self._build()

    def _go_to(self, layer: Layer) -> None:
        self._layer = layer
        self._build()
        if self.isVisible():
            self._place()

    def _shift(self) -> None:
        self._capital = not self._capital
        self._build()

    def _write(self, sign: str) -> None:
        if self._field is None:
            return
        self._field.insert(sign)
        if self._capital and self._layer is Layer.LETTERS:
            self._shift()

    def _erase(self) -> None:
        if self._field is not None:
            self._field.backspace()

    # -- keys -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.hide()
                row.deleteLater()
        self._keys = []
        words, layer = self._phrases.labels, self._layer
        erase: Soft = (words.delete_digit, self._erase, "delete")
        shift: Soft = (words.capitals, self._shift, "arrow-big-up")
        done: Soft = (words.hide_keyboard, self.put_away, "check")
        letters: Soft = ("abc", partial(self._go_to, Layer.LETTERS), "")
        signs: Soft = ("123", partial(self._go_to, Layer.SIGNS), "")
        accents: Soft = ("éäç", partial(self._go_to, Layer.ACCENTS), "")
        space: Soft = (words.space, partial(self._write, " "), "")
        found = rows(layer, self._phrases.language, capital=self._capital)
        after: list[list[Soft]] = [[erase], [letters], [done], []] if layer is Layer.PAD else [[erase], [], []]
        for index, signs_of_row in enumerate(found):
            shifts = index == 2 and layer in (Layer.LETTERS, Layer.ACCENTS)
            self._add_row(signs_of_row, [shift] if shifts else [], after[index])
        if layer is not Layer.PAD:
            others = {Layer.LETTERS: [signs, accents], Layer.SIGNS: [letters, accents]}.get(layer, [letters, signs])
            self._add_row(ALWAYS, others, [space, done])

    def _add_row(self, signs: str, before: list[Soft], after: list[Soft]) -> None:
        held = QWidget(self)
        row = QHBoxLayout(held)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.px(GAP))
        for name, does, icon in before:
            row.addWidget(self._key(name, does, icon, soft=True), 3)
        for sign in signs:
            row.addWidget(self._key(sign, partial(self._write, sign), "", soft=False), 2)
        for name, does, icon in after:
            row.addWidget(self._key(name, does, icon, soft=True), 6 if name == self._phrases.labels.space else 3)
        self._column.addWidget(held, 1)
        held.show()

    def _key(self, name: str, does: Callable[[], None], icon: str, *, soft: bool) -> Button:
        lit = icon == "arrow-big-up" and self._capital
        key = Button(self._theme, _LIT if lit else _SOFT if soft else _LETTER, icon=icon)
        if icon:
            key.setAccessibleName(name)
        else:
            key.set_words(name)
        key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        key.setMinimumHeight(self._theme.px(KEY_LEAST))
        key.setMaximumHeight(self._theme.px(KEY))
        key.chosen.connect(does)
        self._keys.append(key)
        return key

    # -- place ------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Places it at the lower edge, or if the field is there, at the upper edge or beside the field."""
        if self._field is None:
            return
        px, over = self._theme.px, self._over
        whole = ROWS * px(KEY) + (ROWS - 1) * px(GAP) + 2 * px(PAD)
        top = self._field.mapTo(over, QPoint(0, 0)).y()
        field = QRect(0, top, over.width(), self._field.height())
        below, above = over.height() - field.bottom() - px(GAP), field.top() - px(GAP)
        width = min(px(PAD_WIDTH if self._layer is Layer.PAD else WIDEST), over.width() - 2 * px(GAP))
        left = (over.width() - width) // 2
        if below >= min(whole, above) or below >= whole:
            height = min(whole, below)
            self.setGeometry(left, over.height() - height, width, height)
            self.placed.emit(height)
        else:
            self.setGeometry(left, max(0, above - whole), width, min(whole, above))
            self.placed.emit(0)
