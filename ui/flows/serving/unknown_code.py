"""The ways on from a code that is no card known here: their words and order. What follows is asked elsewhere."""

from PySide6.QtCore import QObject, Signal

from terminal.interface.views import RefusalView
from ui.phrases.phrases import Phrases
from ui.screens.scan.unknown_code_panel import Choice, UnknownCodePanel

_ICONS = {"web_address": "globe", "payment": "credit-card", "wifi": "wifi", "contact": "id-card"}


class UnknownCodeFlow(QObject):
    """A code with our shape may be stamped as waiting; a foreign one is named."""

    stamp = Signal()
    points = Signal()
    new_customer = Signal()
    forget = Signal()

    def __init__(self, panel: UnknownCodePanel, phrases: Phrases) -> None:
        super().__init__(panel)
        self._panel, self._words = panel, phrases.labels

    def show_unknown(self, program: str) -> None:
        """Our shape, but no card that this till knows."""
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
        """Foreign, or a number nobody has; the sentence comes with the refusal."""
        words = self._words
        unknown = refusal.reason == "unknown_card"
        icon = "circle-help" if unknown else _ICONS.get(refusal.seems or "", "qr-code")
        hint = words.check_number if unknown else words.ask_for_ours
        choices = (
            Choice("rotate-ccw", words.try_again, words.try_again_self, self.forget.emit),
            Choice("user-plus", words.new_customer, words.new_customer_hint, self.new_customer.emit),
        )
        self._panel.show_code(icon, refusal.text, hint, choices)
