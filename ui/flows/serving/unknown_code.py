"""The choices for a code that is not a card known here: texts and order. The choices are performed elsewhere."""

from typing import assert_never

from PySide6.QtCore import QObject, Signal

from loyalty.refusals import Reason, Seems
from terminal.interface.views import RefusalView
from ui.phrases.phrases import Phrases
from ui.screens.scan.unknown_code_panel import Choice, UnknownCodePanel


class UnknownCodeFlow(QObject):
    """Offers to stamp an unknown code of our format in advance; names a foreign code."""

    stamp = Signal()
    points = Signal()
    new_customer = Signal()
    forget = Signal()

    def __init__(self, panel: UnknownCodePanel, phrases: Phrases) -> None:
        super().__init__(panel)
        self._panel, self._words = panel, phrases.labels

    def show_unknown(self, program: str) -> None:
        """Shows a code of our format that is unknown here."""
        words = self._words
        choices = []
        if program in ("stamps", "hybrid"):
            choices.append(
                Choice("coffee", words.stamp_as_waiting, words.counts_once_known, self.stamp.emit, gold=True)
            )
        if program in ("points", "hybrid"):
            choices.append(Choice("coins", words.points_as_waiting, words.counts_once_known, self.points.emit))
        choices += [
            Choice("user-plus", words.new_customer, words.new_customer_hint, self.new_customer.emit),
            Choice("rotate-ccw", words.try_again, words.try_again_flat, self.forget.emit),
            Choice("ban", words.not_ours, words.not_ours_hint, self.forget.emit),
        ]
        self._panel.show_code("circle-help", words.not_known, words.not_known_hint, tuple(choices))

    def show_refused(self, refusal: RefusalView) -> None:
        """Shows a foreign code or unknown number with the refusal's sentence."""
        words = self._words
        unknown = refusal.reason is Reason.UNKNOWN_CARD
        icon = "circle-help" if unknown else _icon(refusal.seems)
        hint = words.check_number if unknown else words.ask_for_ours
        choices = (
            Choice("rotate-ccw", words.try_again, words.try_again_self, self.forget.emit),
            Choice("user-plus", words.new_customer, words.new_customer_hint, self.new_customer.emit),
        )
        self._panel.show_code(icon, refusal.text, hint, choices)


def _icon(seems: Seems | None) -> str:
    match seems:
        case Seems.WEB_ADDRESS:
            return "globe"
        case Seems.PAYMENT:
            return "credit-card"
        case Seems.WIFI:
            return "wifi"
        case Seems.CONTACT:
            return "id-card"
        case Seems.PAIRING | Seems.PART | Seems.OTHER | None:
            return "qr-code"
        case _:
            assert_never(seems)
