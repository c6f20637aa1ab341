"""Card actions: what managers do to the card in front. The current card writes; a manager's PIN is asked for there."""

from PySide6.QtCore import QObject

from terminal.interface.asks import Adjust, Deactivate, EditCustomer, Reactivate, Replace
from terminal.interface.views import CardView, Reply
from ui.flows.serving.card_flow import CurrentCard
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.phrases.card_work import CardWork
from ui.screens.card.card_actions_overlay import CardAction, CardActionsOverlay, FilledAction
from ui.window.window import Window


class CardActions(QObject):
    """Opens the overlay, and asks for what was filled in."""

    def __init__(self, window: Window, current_card: CurrentCard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._current_card = window, current_card
        self._overlay.submitted.connect(self._submit)
        current_card.wrote.connect(self._wrote)
        current_card.forgotten.connect(self._overlay.close_overlay)

    @property
    def _overlay(self) -> CardActionsOverlay:
        return self._window.screens.card_actions_overlay

    def open(self) -> None:
        card = self._current_card.card
        if can_be_worked_on(card):
            assert card is not None
            self._overlay.show_card(card)

    def take_code(self, code: str) -> bool:
        """True if *code* was wanted as the blank that replaces the card."""
        if not self._overlay.takes_codes:
            return False
        self._overlay.take_code(code)
        return True

    def _submit(self, filled: FilledAction) -> None:
        self._overlay.refuse("")
        self._current_card.write(_ask(filled))

    def _wrote(self, ask: object, reply: Reply) -> None:
        if not isinstance(ask, CardWork):
            return
        if reply.refusal is None:
            self._overlay.close_overlay()
        elif manager_panel(reply.refusal.reason) is ManagerPanel.CLOSES:
            self._overlay.refuse(reply.refusal.text)


def can_be_worked_on(card: CardView | None) -> bool:
    """True for a card that is known here and handed out."""
    return card is not None and card.known and not card.blank


def _ask(filled: FilledAction) -> CardWork:
    reason = filled.reason
    match filled.action:
        case CardAction.POINTS:
            return Adjust(points=filled.count, reason=reason)
        case CardAction.STAMPS:
            return Adjust(stamps=filled.count, reason=reason)
        case CardAction.OFF:
            return Deactivate(reason)
        case CardAction.ON:
            return Reactivate(reason)
        case CardAction.REPLACE:
            return Replace(filled.code, reason)
        case CardAction.EDIT:
            contact = filled.contact
            email = contact if contact is not None and "@" in contact else None
            return EditCustomer(
                name=filled.name,
                note=filled.note,
                email=email,
                phone=contact if email is None else None,
                consent=filled.consent,
            )
