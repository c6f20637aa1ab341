"""What the touches on a card ask for: a stamp, an amount, both in one step, a reward, Undo.

It asks a manager or the cashier once more where that is needed. It writes nothing: `write_gate` does.
"""

from collections.abc import Callable
from uuid import UUID

import msgspec
from PySide6.QtCore import QObject, Signal

from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Quote, Redeem, Stamp, Void
from terminal.interface.views import CardView, EntryView, RefusalView, Reply, RewardView
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.window import Window


class Sale(QObject):
    """From a finger to an ask."""

    asked = Signal(object)  # Stamp, Earn, Redeem or Void

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        staff: StaffFlow,
        till: TillState,
        *,
        card: Callable[[], CardView | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._staff = window, counter, phrases, staff
        self._card, self._till = card, till
        self._undo: tuple[UUID, UUID | None] | None = None
        self._doubted: Earn | None = None
        self._early: tuple[int, int] | None = None  # tapped before it was known what the amount is worth
        window.card_panel.give_asked.connect(self._give)
        window.card_panel.several_asked.connect(self._how_many)
        window.card_panel.reward_asked.connect(self.take_reward)
        window.card_panel.amount_changed.connect(self._amount)
        window.doubt.confirmed.connect(self._confirmed)
        window.celebration.taken.connect(self.take_reward)
        window.celebration.undo_asked.connect(self.undo)
        window.undo_bar.undo_asked.connect(self.undo)
        window.undo_bar.lapsed.connect(self._lapse)
        staff.take_back.connect(lambda entry: self.asked.emit(Void(entry)))
        staff.allowed.connect(self._allowed)

    def undo(self) -> None:
        if self._undo is not None:
            entry, also = self._undo
            self.asked.emit(Void(entry, also=also))

    @property
    def can_undo(self) -> bool:
        return self._undo is not None

    def done(self, reply: Reply) -> EntryView:
        """What one tap wrote, stamps and points together; it can be undone for a while."""
        entry, also = reply.entry, reply.also
        assert entry is not None, "something was written"
        self._undo = (entry.id, None if also is None else also.id) if entry.undo_s else None
        if also is None:
            return entry
        return msgspec.structs.replace(
            entry, stamps=entry.stamps + also.stamps, reward_reached=entry.reward_reached or also.reward_reached
        )

    def forget(self) -> None:
        self._undo = self._doubted = self._early = None

    def ask_manager(self, ask: Redeem | Void, refusal: RefusalView) -> None:
        what, action = self._phrases.card.override_for(ask, self._card())
        self._staff.ask_manager(ask, what, refusal.text, action)

    def take_reward(self, reward: RewardView) -> None:
        ask = Redeem(reward.id)
        if reward.refusal is not None and manager_panel(reward.refusal.reason) is ManagerPanel.OPENS:
            self.ask_manager(ask, reward.refusal)
        else:
            self.asked.emit(ask)

    def _give(self, stamps: int, amount_minor: int) -> None:
        if not amount_minor:
            self.asked.emit(Stamp(stamps))
            return
        ask = Earn(amount_minor, stamps=stamps)
        quote = self._window.card_panel.quote
        if quote is None:
            self._early = (stamps, amount_minor)
            return
        if quote.unusual is None:
            self.asked.emit(ask)
            return
        say, words = self._phrases, self._phrases.labels
        self._doubted = ask
        self._window.doubt.ask(
            say.card.unusual_title(amount_minor, self._till.currency),
            quote.unusual.text,
            say.card.unusual_yes(amount_minor, self._till.currency),
            words.type_again,
        )
        self._window.announce(quote.unusual.text)

    def _quoted(self, reply: Reply) -> None:
        """The amount's worth has come; a tap that was faster goes on, unless the amount is another by now."""
        if reply.quote is None:
            return
        self._window.card_panel.show_quote(reply.quote)
        early, self._early = self._early, None
        if early is not None and early[1] == self._window.card_panel.amount.minor:
            self._give(*early)

    def _confirmed(self) -> None:
        doubted, self._doubted = self._doubted, None
        if doubted is not None:
            self.asked.emit(doubted)

    def _how_many(self) -> None:
        card = self._card()
        if card is not None and card.stamps is not None and card.next_stamp is None:
            self._window.screens.stamp_count_overlay.ask(card.stamps, self._window.card_panel.points)

    def _amount(self, minor: int) -> None:
        if minor and self._card() is not None:
            self._counter.ask(Quote(minor), self._quoted)

    def _allowed(self, ask: Redeem | Void, name: str, pin: str) -> None:
        self.asked.emit(msgspec.structs.replace(ask, override=Override(name, pin)))

    def _lapse(self) -> None:
        """Undo was offered long enough; older things are taken back from the list."""
        self._undo = None
        self._window.celebration.offer_undo(False)
