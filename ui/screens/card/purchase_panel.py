"""The amount of a purchase, its receipt, and the button that gives points for it."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.widgets.amount_field import AmountField
from ui.widgets.button_styles import MAIN_PRIMARY, MARK, MARK_SET
from ui.widgets.buttons import Button
from ui.widgets.number_pad import NumberPad

RECEIPT = 64  # width of the receipt's button


class PurchasePanel(QWidget):
    """Amount, number pad and button; the receipt is optional and one tap away."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.amount = AmountField(theme, phrases)
        self.receipt = Button(theme, MARK, icon="receipt-text", cap="F5")
        self.receipt.setFixedWidth(px(RECEIPT))
        phrases.always(lambda: self.receipt.set_words("", spoken=phrases.labels.receipt_number))
        self.pad = NumberPad(theme, phrases)
        self.pad.typed.connect(self.amount.type_digits)
        self.pad.erased.connect(self.amount.erase)
        self.earn = Button(theme, MAIN_PRIMARY, icon="coins")
        purchase = QHBoxLayout()
        purchase.setSpacing(px(8))
        purchase.addWidget(self.amount, 1)
        purchase.addWidget(self.receipt)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(10))
        column.addLayout(purchase)
        column.addWidget(self.pad, 1)
        column.addWidget(self.earn)
        column.addStretch(0)

    def mark_receipt(self, given: bool) -> None:
        """Shows whether the purchase has a receipt."""
        self.receipt.set_style(MARK_SET if given else MARK)
