"""The view of the customer window, made from the card in front and what was given."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Redeem, Void
from terminal.interface.views import CardView, Reply
from ui.flows.serving.card_flow import CurrentCard
from ui.flows.till_state import TillState
from ui.phrases.customer import CustomerPhrases, CustomerView
from ui.phrases.phrases import Phrases
from ui.window.window import Window


class CustomerViewFlow(QObject):
    """Follows the current card and emits views. It asks nothing."""

    changed = Signal(object)  # CustomerView

    def __init__(
        self,
        window: Window,
        current_card: CurrentCard,
        phrases: Phrases,
        till: TillState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._current_card, self._phrases = window, current_card, phrases
        self._say = CustomerPhrases(phrases)
        self._till = till
        self._after: Callable[[CardView], CustomerView] | None = None  # shows the card after a write
        self._code = ""  # the new card's code while it is shown
        self.now = self._say.nobody("")
        current_card.code_shown.connect(self._code_shown)
        current_card.fronted.connect(self._fronted)
        current_card.forgotten.connect(self._forgotten)
        current_card.wrote.connect(self._wrote)
        window.card_panel.worth_changed.connect(self._show)
        till.changed.connect(self._show)
        phrases.always(self._said_anew)

    @property
    def _company(self) -> str:
        return "" if self._till.status is None else self._till.status.company

    def _fronted(self, card: CardView, same: bool) -> None:
        if not same:
            self._after = None
        self._show()

    def _code_shown(self, code: str) -> None:
        self._code = code
        self._show()

    def _forgotten(self) -> None:
        self._after = None
        self._show()

    def _said_anew(self) -> None:
        self._after = None
        self._show()

    def _wrote(self, ask: object, reply: Reply) -> None:
        """Shows thanks for what was given; a void removes them."""
        card, entry = self._current_card.card, reply.entry
        if entry is None or card is None:
            return
        company, say = self._company, self._say
        wrote = [one for one in (reply.entry, reply.also) if one is not None]
        stamps, points = sum(one.stamps for one in wrote), sum(one.points for one in wrote)
        reward = next((each for each in card.rewards if each.cost is None), None)
        if isinstance(ask, Void):
            self._after = None
        elif isinstance(ask, Redeem):
            name = next((each.name for each in card.rewards if each.id == ask.reward), "")
            self._after = lambda now: say.taken(company, now, name)
        elif reward is not None and any(one.reward_reached for one in wrote):
            self._after = lambda now: say.reached(company, now, reward, stamps)
        else:
            self._after = lambda now: say.given(company, now, stamps, points)
        self._show()

    def _show(self) -> None:
        view = self._view()
        if view != self.now:
            self.now = view
            self.changed.emit(view)

    def _view(self) -> CustomerView:
        card, say = self._current_card.card, self._say
        if self._code:
            return say.new_card(self._company, self._code)
        if card is None or card.blank:
            return say.nobody(self._company)
        if not card.known:
            return say.not_known(self._company)
        panel = self._window.card_panel
        worth = say.worth(panel.amount.minor, self._till.currency, panel.quote)
        if worth or self._after is None:  # a new amount ends the thanks
            return say.card(self._company, card, worth)
        return self._after(card)
