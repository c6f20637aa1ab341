"""The receipt of a purchase: optional, typed or scanned, one tap beside the amount."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from loyalty.codes import Token, parse
from loyalty.texts import RECEIPT_CHARS_MAX
from ui.flows.serving.card_flow import CurrentCard
from ui.phrases.phrases import Phrases
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.window.screens import Screens


class ReceiptEntry(QObject):
    """Opens the overlay, and hands what was entered to the current card."""

    def __init__(
        self, window: Window, current_card: CurrentCard, phrases: Phrases, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._current_card, self._phrases = window, current_card, phrases
        window.card_panel.receipt_asked.connect(self._open)
        window.screens_made.connect(self._listen)

    def _listen(self, screens: "Screens") -> None:
        screens.receipt_given.connect(self._take)

    def _open(self) -> None:
        self._window.screens.receipt_entry.start(self._window.card_panel.receipt)

    def take_code(self, text: str) -> bool:
        """True if *text*, scanned, was wanted as a receipt."""
        if not self._window.overlay_open or not self._window.screens.receipt_entry.is_open:
            return False
        self._take(text.strip())
        return True

    def _take(self, text: str) -> None:
        overlay, words = self._window.screens.receipt_entry, self._phrases.labels
        if isinstance(parse(text), Token):
            overlay.refuse(words.not_a_receipt)
        elif len(text) > RECEIPT_CHARS_MAX:
            overlay.refuse(words.receipt_too_long.format(n=RECEIPT_CHARS_MAX))
        else:
            overlay.refuse("")
            overlay.close_overlay()
            self._current_card.enter_receipt(text)
