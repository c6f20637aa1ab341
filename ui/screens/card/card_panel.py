"""The panel of the current card and its actions."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import CardView, QuoteView
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.screens.card.card_face import CardFace
from ui.screens.card.purchase_panel import PurchasePanel
from ui.screens.card.reward_list import RewardList
from ui.screens.card.stamp_buttons import StampButtons
from ui.screens.card.undo_bar import UndoBar
from ui.widgets.key_presses import command, digit, is_confirmed, is_enter

NARROW = 740  # width at a window of 1024: the right column gets narrower


class CardPanel(QWidget):
    """Card face, stamp button, rewards, amount and Undo, in fixed places regardless of what the card allows."""

    give_asked = Signal(int, int)  # number of stamps, and amount or 0
    several_asked = Signal()
    reward_asked = Signal(object)
    receipt_asked = Signal()
    amount_changed = Signal(int)
    worth_changed = Signal()  # the amount or its quote changed
    refused = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, undo: UndoBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._program, self._currency, self._receipt = "", "", ""
        self._card: CardView | None = None
        self._quote: QuoteView | None = None
        self._arranged: tuple[bool, ...] | None = None
        self.face = CardFace(theme, phrases)
        self.stamps = StampButtons(theme, phrases)
        self.stamps.given.connect(self.give_stamps)
        self.stamps.more_asked.connect(self.several_asked)
        self.stamps.refused.connect(self.refused)
        self.stamp = self.stamps.one
        self.rewards = RewardList(theme, phrases)
        self.rewards.chosen.connect(self.reward_asked)
        self.rewards.refused.connect(self.refused)
        self.undo = undo
        self._purchase = purchase = PurchasePanel(theme, phrases)
        self.amount, self.pad, self.earn = purchase.amount, purchase.pad, purchase.earn
        self.amount.changed.connect(self._amount_changed)
        purchase.receipt.chosen.connect(self.receipt_asked)
        self.earn.chosen.connect(lambda: self.give_asked.emit(0, self.amount.minor))
        self.earn.refused.connect(self.refused)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._left.setSpacing(theme.px(12))
        columns = QHBoxLayout()
        columns.setSpacing(theme.px(16))
        columns.addLayout(self._left, 1)
        self._right_box = QWidget()
        self._right_box.setLayout(self._right)
        self._right.setContentsMargins(0, 0, 0, 0)
        columns.addWidget(self._right_box)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(theme.px(14))
        self._whole.addWidget(self.face)
        self._whole.addLayout(columns, 1)
        undo.setParent(self)
        for part in (self.stamps, self.rewards, purchase):  # in no column until a card is shown
            part.setParent(self)
            part.hide()
        phrases.always(self._show_quote)

    def set_program(self, program: str, currency: str) -> None:
        """Sets the program for cards that are not known here yet; known cards bring their own."""
        if (program, currency) == (self._program, self._currency):
            return
        self._program, self._currency = program, currency
        self.amount.set_currency(currency)
        self._show_quote()

    def show_view(self, card: CardView) -> None:
        self._card = card
        self.face.show_view(card)
        self._show_stamps()
        self.rewards.show_view(card)
        self._arrange(card)

    def show_receipt(self, receipt: str) -> None:
        """Shows the receipt of the purchase, whose value is then asked for anew."""
        self._receipt = receipt
        self._purchase.mark_receipt(bool(receipt))
        self._quote = None
        self._show_quote()

    def clear_purchase(self) -> None:
        """Clears the amount and its receipt."""
        self.amount.clear()
        if self._receipt:
            self.show_receipt("")

    @property
    def receipt(self) -> str:
        return self._receipt

    def show_quote(self, quote: QuoteView) -> None:
        if quote.amount_minor == self.amount.minor:
            self._quote = quote
            self._show_quote()

    @property
    def quote(self) -> QuoteView | None:
        """The quote for the typed amount, if known."""
        return self._quote

    @property
    def points(self) -> int:
        """The points that come with a stamp: those of the typed amount."""
        quote = self._quote
        return 0 if quote is None or quote.refusal is not None else quote.points

    def give_stamps(self, count: int) -> None:
        """Gives stamps, together with the typed amount if that gives points."""
        self.give_asked.emit(count, self.amount.minor if self.points else 0)

    def take_key(self, event: QKeyEvent) -> None:
        """Handles digits as the amount, and Ctrl shortcuts for booking, as shown on the buttons."""
        text = command(event)
        if (figure := digit(event)) and not self._purchase.isHidden():
            self.amount.type_digits(figure)
        elif event.key() == Qt.Key.Key_F5 and not self._purchase.isHidden():
            self.receipt_asked.emit()
        elif event.key() == Qt.Key.Key_Backspace:
            self.amount.erase()
        elif is_confirmed(event) and not self._purchase.isHidden():
            self.earn.click()
        elif is_enter(event) and self.amount.minor and not self._purchase.isHidden():
            self.refused.emit(self._phrases.labels.enter_with_ctrl)
        elif text == "s" and not self.stamps.isHidden():
            self.stamp.click()
        elif text == "x" and not self.stamps.isHidden() and self.stamps.several:
            self.several_asked.emit()
        elif text == "r" and (buttons := self.rewards.buttons):
            next(
                (button for button in buttons if button.why is None), buttons[0]
            ).click()  # an unusable button gives its reason

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        narrow = self.width() < self._theme.px(NARROW)
        self._right_box.setFixedWidth(
            (self.width() - self._theme.px(16)) // 2 if self._upright else self._theme.px(320 if narrow else 352)
        )
        if self._card is not None:
            self._arrange(self._card)

    @property
    def _upright(self) -> bool:
        return self.height() > self.width()

    def _arrange(self, card: CardView) -> None:
        """Arranges the columns: without stamps or points, rewards take their column; on a tall window, Undo has its own
        row."""
        stamps = card.stamps is not None or (not card.known and self._program in ("stamps", "hybrid"))
        points = card.points is not None or (not card.known and self._program in ("points", "hybrid"))
        arrangement = has_stamps, has_points, has_rewards, upright = (stamps, points, bool(card.rewards), self._upright)
        if arrangement == self._arranged:
            return
        self._arranged = arrangement
        for column in (self._left, self._right):
            while column.count():
                column.takeAt(0)
        self._whole.removeWidget(self.undo)
        if has_stamps:
            self._left.addWidget(self.stamps)
        self.stamps.set_height(self._theme.px(72 if has_points else 96))
        rewards_in = self._left if has_points else self._right
        if has_rewards:
            rewards_in.addWidget(self.rewards, 1)
        if not has_rewards or not has_points:
            self._left.addStretch(1)
        (self._whole if upright else self._left).addWidget(self.undo)
        if has_points:
            self._right.addWidget(self._purchase, 1)
        self.stamps.setVisible(has_stamps)
        self.rewards.setVisible(has_rewards)
        self._purchase.setVisible(has_points)
        self._right_box.setVisible(has_points or has_rewards)

    def _amount_changed(self, minor: int) -> None:
        self._quote = None
        self._show_quote()
        self.amount_changed.emit(minor)

    def _show_quote(self) -> None:
        quote = self._quote
        refused = quote is not None and quote.refusal is not None
        words = self._phrases.card.points_button(self.amount.minor, self._currency, quote)
        self.earn.set_words(words, "" if refused else self._phrases.card.receipt(self._receipt))
        if not self.amount.minor:
            self.earn.refuse(self._phrases.labels.type_amount)
        else:
            self.earn.refuse(quote.refusal.text if quote is not None and quote.refusal is not None else None)
        self._show_stamps()
        self.worth_changed.emit()

    def _show_stamps(self) -> None:
        if self._card is not None:
            self.stamps.show_view(self._card.stamps, self._card.next_stamp, self.points)
