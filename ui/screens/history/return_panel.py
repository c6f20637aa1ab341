"""The panel to void a transaction, or return a part of its amount."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import HistoryRow, QuoteView
from ui.look.theme import WIDEST, Theme, Type
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases
from ui.widgets.amount_field import AmountField
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.key_presses import CONFIRM_CAP, command, digit, is_confirmed
from ui.widgets.number_pad import NumberPad
from ui.widgets.text import Text

WIDTH = 352  # width beside the lines
HEIGHT_UPRIGHT = 420  # height below the lines


class ReturnPanel(QWidget):
    """The panel beside the lines, or below them on a tall window; empty until a line is chosen."""

    quote_asked = Signal(object, int)  # the row, and a part of its amount or 0
    return_asked = Signal(object, int)
    print_asked = Signal(object)  # the row, which need not be voidable

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words, self._say = phrases.labels, PagePhrases(phrases)
        self._row: HistoryRow | None = None
        self._printable: HistoryRow | None = None
        self._quote: QuoteView | None = None
        self._currency = ""
        px = theme.px
        self._title = Text(theme, Type.BUTTON, wrap=True)
        self._message = Text(theme, Type.BODY, "ink2", wrap=True)
        self.amount = AmountField(theme, phrases)
        self.amount.changed.connect(self._amount_changed)
        self.pad = NumberPad(theme, phrases)
        self.pad.typed.connect(self.amount.type_digits)
        self.pad.erased.connect(self.amount.erase)
        self.give = Button(theme, MAIN_PRIMARY, icon="undo-2", cap=CONFIRM_CAP)
        self.give.chosen.connect(self._asked)
        self.give.refused.connect(self.tell)
        self.print = Button(theme, SECOND, icon="printer", cap="Ctrl P")
        phrases.always(lambda: self.print.set_words(phrases.labels.print_this))
        self.print.chosen.connect(self._print)
        self._left, self._halves = QVBoxLayout(), QHBoxLayout()
        self._left.setSpacing(px(10))
        self._halves.setSpacing(px(16))
        self._halves.addLayout(self._left, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(10))
        column.addWidget(self._title)
        column.addWidget(self._message)
        column.addLayout(self._halves, 1)
        self.stand(upright=False)
        self.show_row(None, "")

    def stand(self, *, upright: bool) -> None:
        """Arranges the panel in one column, or in two on a tall window."""
        while self._left.count():
            self._left.takeAt(0)
        self._halves.removeWidget(self.pad)
        self._left.addWidget(self.amount)
        (self._halves if upright else self._left).addWidget(self.pad, 1)
        self._left.addWidget(self.give)
        self._left.addWidget(self.print)
        self._left.addStretch(1 if upright else 0)
        across, down = (0, self._theme.px(HEIGHT_UPRIGHT)) if upright else (self._theme.px(WIDTH), 0)
        self.setMinimumSize(across, down)
        self.setMaximumSize(across or WIDEST, down or WIDEST)

    def _print(self) -> None:
        self.print.work(True)
        self.print_asked.emit(self._printable)

    def printed(self) -> None:
        """Ends the waiting for a print, whether it succeeded or failed."""
        self.print.work(False)

    @property
    def row(self) -> HistoryRow | None:
        return self._row

    @property
    def message(self) -> str:
        return self._message.text()

    def show_row(self, row: HistoryRow | None, currency: str, message: str = "") -> None:
        """Shows a voidable row, or none with *message*, a sentence on what just happened."""
        self._row, self._currency, self._quote = row, currency, None
        self.offer_print(None)
        self.amount.set_currency(currency)
        self.amount.clear()
        parts = row is not None and row.amount_minor is not None
        self.amount.setVisible(parts)
        self.pad.setVisible(parts)
        self.give.setVisible(row is not None)
        self._title.setText("" if row is None else self._say.title(row))
        if row is None:
            self.tell(message or self._words.choose_row)
            return
        self.tell(message or (self._words.whole_or_part if parts else self._words.whole_only))
        self._draw()
        self.quote_asked.emit(row, 0)

    def offer_print(self, row: HistoryRow | None) -> None:
        """Offers to print a receipt of *row*; None if printing is unavailable."""
        self._printable = row
        self.print.setVisible(row is not None)

    def show_quote(self, quote: QuoteView) -> None:
        self._quote = quote
        self._draw()

    def expect_rows(self, there: bool) -> None:
        """Shows the hint to tap a line only if there are lines."""
        if self._row is None and self._message.text() in ("", self._words.choose_row):
            self.tell(self._words.choose_row if there else "")

    def tell(self, words: str) -> None:
        self._message.setText(words)

    def take_key(self, event: QKeyEvent) -> bool:
        """Handles a key; True if it was used."""
        if command(event) == "p" and self._printable is not None:
            self.print.click()
            return True
        if self._row is None:
            return False
        if is_confirmed(event):
            self.give.click()
        elif self.amount.isHidden():
            return False
        elif figure := digit(event):
            self.amount.type_digits(figure)
        elif event.key() == Qt.Key.Key_Backspace:
            self.amount.erase()
        else:
            return False
        return True

    def _amount_changed(self, minor: int) -> None:
        if self._row is not None:
            self._quote = None
            self._draw()
            self.quote_asked.emit(self._row, minor)

    def _draw(self) -> None:
        if self._row is None:
            return
        quote = self._quote
        self.give.set_words(self._say.take_back(self._row, self.amount.minor, quote, self._currency))
        self.give.refuse(quote.refusal.text if quote is not None and quote.refusal is not None else None)

    def _asked(self) -> None:
        if self._row is not None and self._quote is not None:
            self.return_asked.emit(self._row, self.amount.minor)
