"""What is asked to be written, one at a time, and how the answer is shown on the card in front. It looks no card up.

A scan may change the card under a finger: while one is being looked up, nothing that writes is asked.
"""

from typing import Protocol

from PySide6.QtCore import QObject, Signal

from terminal.interface.asks import Earn, Enrol, Redeem, Stamp, Void
from terminal.interface.views import CardView, NewCardView, ProblemView, Reply
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.flows.serving.notices import Notices
from ui.flows.serving.sale import Sale
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Middle
from ui.window.window import Window

Write = Stamp | Earn | Redeem | Void | Enrol


class CardPort(Protocol):
    """The card in front, and what a write changes of it."""

    @property
    def card(self) -> CardView | None: ...

    @property
    def looks(self) -> bool: ...

    def renew(self, card: CardView) -> None: ...

    def show_code(self, card: NewCardView) -> None: ...

    def show_own(self) -> None: ...

    def tell(self, problem: ProblemView) -> None: ...


class WriteGate(QObject):
    """A second tap on the way down is one tap."""

    wrote = Signal(object, object)  # what was asked to be written, and the reply

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        *,
        notices: Notices,
        sale: Sale,
        staff: StaffFlow,
        till: TillState,
        front: CardPort,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases = window, counter, phrases
        self._notices, self._sale, self._front = notices, sale, front
        self._staff, self._till = staff, till
        self._asked: Write | None = None

    @property
    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def ask(self, ask: Write) -> None:
        """Never while the card may be changing."""
        if self._front.looks:
            self._notices.refuse(self._phrases.labels.wait_reading)
        elif self._asked is None:
            self._asked = ask
            self._counter.ask(ask, self._answered, self._failed)

    def forget(self) -> None:
        """What was asked is answered by nobody any more."""
        self._asked = None

    def _answered(self, reply: Reply) -> None:
        asked, self._asked = self._asked, None
        assert asked is not None, "one write waits at a time"
        self._written(asked, reply)
        self.wrote.emit(asked, reply)

    def _failed(self, problem: ProblemView) -> None:
        self._asked = None
        self._front.tell(problem)

    def _is_in_front(self, card: CardView) -> bool:
        return self._front.card is not None and card.id == self._front.card.id

    def _written(self, ask: Write, reply: Reply) -> None:
        if reply.refusal is not None:
            self._refused(ask, reply)
            return
        self._notices.trouble_over()
        window = self._window
        window.screens.override_overlay.close_overlay()
        self._take_card(ask, reply)
        if isinstance(ask, Earn):
            window.card_panel.amount.clear()
        if isinstance(ask, Void):
            self._sale.forget()
            window.undo_bar.show_undone(self._phrases.labels.taken_back)
            window.card_panel.face.celebrate(0, 0)  # what was marked as new is gone
            window.announce(self._phrases.labels.taken_back)
        elif reply.entry is not None:
            entry = self._sale.done(reply)
            title, second = self._phrases.card.done(ask, entry, self._front.card, self._till.currency)
            window.undo_bar.offer(title, second, entry.undo_s)
            window.card_panel.face.celebrate(entry.stamps, entry.points)
            window.announce(f"{title} {second}")
        self._after_write(ask, reply)
        self._till.refresh()

    def _take_card(self, ask: Write, reply: Reply) -> None:
        """The card as it is after the write; a transaction of another card taken back changes nothing in front."""
        if isinstance(reply.card, CardView) and (isinstance(ask, Enrol) or self._is_in_front(reply.card)):
            self._front.renew(reply.card)

    def _after_write(self, ask: Write, reply: Reply) -> None:
        window, card = self._window, self._front.card
        if card is None:
            return
        wrote = [entry for entry in (reply.entry, reply.also) if entry is not None]
        reached = any(entry.reward_reached for entry in wrote) and not isinstance(ask, Void)
        reward = next((each for each in card.rewards if each.cost is None), None)
        if reached and reward is not None:
            window.celebration.show_view(card, reward, sum(entry.stamps for entry in wrote))
            window.celebration.offer_undo(self._sale.can_undo)
            window.show_middle(Middle.CELEBRATION)
            window.announce(self._phrases.formats.titled(self._phrases.labels.reward_reached, reward.name))
        elif isinstance(ask, Void) and window.middle not in (Middle.CARD, Middle.CELEBRATION):
            return
        elif reply.new_card is not None:
            self._front.show_code(reply.new_card)
        else:
            self._front.show_own()

    def _refused(self, ask: Write, reply: Reply) -> None:
        refusal, window = reply.refusal, self._window
        assert refusal is not None
        if isinstance(reply.card, CardView) and self._is_in_front(reply.card):
            self._front.renew(reply.card)
        if isinstance(ask, Redeem | Void):
            panel = manager_panel(refusal.reason)
            if ask.override is not None and panel is ManagerPanel.STAYS:
                window.screens.override_overlay.refuse(refusal.text)
                self._staff.ask_people()
                return
            if ask.override is None and panel is ManagerPanel.OPENS:
                self._sale.ask_manager(ask, refusal)
                return
        window.screens.override_overlay.close_overlay()
        if window.middle is Middle.ENROL:
            window.screens.enrol_dialog.refuse(refusal.text)
        else:
            self._notices.refuse(refusal.text)
