"""The card in front: how it gets there, how it is looked at again, how it goes away. `write_gate` writes."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from loyalty.refusals import Reason
from terminal.interface.asks import Find, PutAway, Scan, Stamp
from terminal.interface.card_asks import ShowCode
from terminal.interface.report_asks import Open
from terminal.interface.views import CardView, HistoryRow, NewCardView, ProblemView, RefusalView, Reply
from ui.flows.serving.notices import Notices
from ui.flows.serving.sale import Sale
from ui.flows.serving.staff import StaffFlow
from ui.flows.serving.unknown_code import UnknownCodeFlow
from ui.flows.serving.write_gate import WriteGate
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking, Pace, take
from ui.window.frame import Middle
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.flows.serving.enrolment import Enrolment
    from ui.window.screens import Screens

Lookup = Scan | Find | Open


class CurrentCard(QObject):
    """Asks about one card, shows its answers."""

    not_found = Signal()
    forgotten = Signal()
    code_shown = Signal(str)  # a new card's, for the customer's phone; empty once it stands nowhere any more
    fronted = Signal(object, bool)  # the card in front as it is now; whether it is still the same one

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        pace: Pace,
        *,
        notices: Notices,
        staff: StaffFlow,
        till: TillState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases = window, counter, phrases
        self._notices, self._till = notices, till
        self._card: CardView | None = None
        self._looks: list[Lookup] = []  # asked, not answered: the card may change under a finger
        self._sale = Sale(window, counter, phrases, staff, till, card=lambda: self._card, parent=self)
        self.write_gate = WriteGate(
            window,
            counter,
            phrases,
            notices=notices,
            sale=self._sale,
            staff=staff,
            till=till,
            front=self,
            parent=self,
        )
        self._codes = UnknownCodeFlow(window.unknown_code_panel, phrases)
        self._away = QTimer(self, singleShot=True, interval=pace.card_away)
        self._away.timeout.connect(self._away_time)
        till.changed.connect(self._till_changed)
        counter.closed.connect(self._stop_waiting)
        self._connect_touches()

    def _connect_touches(self) -> None:
        window = self._window
        window.scan_panel.enrol_asked.connect(self.start_enrolment)
        window.scan_panel.close_asked.connect(self.put_away)
        window.screens_made.connect(self._listen)
        self._sale.asked.connect(self.write_gate.ask)
        window.card_panel.refused.connect(self._notices.refuse)
        window.celebration.kept.connect(self.keep)
        self._codes.stamp.connect(lambda: self.write_gate.ask(Stamp()))
        self._codes.points.connect(self.show_own)
        self._codes.new_customer.connect(self.start_enrolment)
        self._codes.forget.connect(self.put_away)

    def _listen(self, screens: "Screens") -> None:
        screens.number_given.connect(lambda text: self.look(Scan(text)))
        screens.contact_given.connect(lambda text: self.look(Find(email=text) if "@" in text else Find(phone=text)))

    @cached_property
    def enrolment(self) -> "Enrolment":
        from ui.flows.serving.enrolment import Enrolment  # noqa: PLC0415 - no start waits for it

        made = Enrolment(self._window, self._counter, self._phrases, self._till, self)
        made.code_typed.connect(lambda code: self.look(Scan(code)))
        made.code_asked.connect(lambda: self._counter.ask(ShowCode(), self._shown_again, self.tell))
        made.asked.connect(self.write_gate.ask)
        made.finished.connect(self.show_own)
        made.code_shown.connect(self.code_shown)
        return made

    # -- what the conversation calls --------------------------------------------------------------------------

    @property
    def card(self) -> CardView | None:
        return self._card

    @property
    def looks(self) -> bool:
        """Whether a card is being looked up: it may change under a finger."""
        return bool(self._looks)

    def card_of(self, row: HistoryRow) -> CardView | None:
        """The card in front, if *row* is a transaction of it."""
        return self._card if self._card is not None and row.card_id == self._card.id else None

    def stop(self) -> None:
        self._away.stop()

    def touched(self) -> None:
        if self._away.isActive():
            self._away.start()

    def look(self, ask: Lookup) -> None:
        self._looks.append(ask)
        self._counter.ask(ask, lambda reply: self._looked(ask, reply), lambda problem: self._not_looked(ask, problem))

    def undo(self) -> None:
        self._sale.undo()

    def put_away(self) -> None:
        """Nobody is in front any more."""
        self.forget()
        self._counter.ask(PutAway())

    def start_enrolment(self) -> None:
        self.forget()
        self.enrolment.start()

    def keep(self) -> None:
        self._window.show_middle(Middle.CARD)

    # -- what the writes change ---------------------------------------------------------------------------------

    def renew(self, card: CardView) -> None:
        """The card in front as it is by now."""
        self._card = card
        self.fronted.emit(card, True)
        self._window.card_panel.show_view(card)

    def show_code(self, card: NewCardView) -> None:
        """A new card's, for the customer's phone; it does not stay before whoever comes by."""
        self._away.start()
        self.enrolment.show_code(card)

    def show_own(self) -> None:
        """The card in front, in the middle."""
        if self._card is not None:
            self._show_card(self._card)

    # -- answers ----------------------------------------------------------------------------------------------

    def _looked(self, ask: Lookup, reply: Reply) -> None:
        take(self._looks, ask)
        self._found(ask, reply)

    def _not_looked(self, ask: Lookup, problem: ProblemView) -> None:
        take(self._looks, ask)
        self.tell(problem)

    def _stop_waiting(self) -> None:
        """The till is closed: nobody answers what was asked."""
        self._looks.clear()
        self.write_gate.forget()

    def _till_changed(self) -> None:
        program = "" if self._till.status is None else self._till.status.program or ""
        self._window.card_panel.set_program(program, self._till.currency)
        self._see_again()

    def _shown_again(self, reply: Reply) -> None:
        if isinstance(reply.card, CardView) and reply.new_card is not None:
            self._card = reply.card
            self.show_code(reply.new_card)
        elif reply.refusal is not None:
            self._window.screens.enrol_dialog.refuse(reply.refusal.text)

    def tell(self, problem: ProblemView) -> None:
        """A problem is shown where somebody waits for an answer, and beside the camera."""
        window = self._window
        if window.overlay_open:
            for overlay in (
                window.screens.number_lookup,
                window.screens.contact_lookup,
                window.screens.override_overlay,
            ):
                if overlay.is_open:
                    overlay.refuse(problem.text)
        if window.middle is Middle.ENROL:
            window.screens.enrol_dialog.refuse(problem.text)
        self._notices.trouble(problem)

    def _found(self, ask: Lookup, reply: Reply) -> None:
        window, words = self._window, self._phrases.labels
        card = reply.card if isinstance(reply.card, CardView) else None
        if card is None:
            if reply.refusal is not None:
                self._not_found(reply.refusal)
            return
        if window.overlay_open:
            window.screens.number_lookup.close_overlay()
            window.screens.contact_lookup.close_overlay()
        if window.middle is Middle.ENROL:
            if card.blank:
                self.enrolment.show_blank(_code(ask), card)
            else:
                window.screens.enrol_dialog.refuse(words.not_a_blank)
            return
        same = self._card is not None and card.id is not None and card.id == self._card.id
        if not same and window.card_panel.amount.minor:
            window.card_panel.amount.clear()
            self._notices.tell(words.amount_cleared_title, words.amount_cleared)
        elif not same:
            self._notices.clear()
        if not same:
            self._sale.forget()
            window.undo_bar.clear()
        self._card = card
        self.fronted.emit(card, same)
        self._away.start()
        if not card.known:
            self._codes.show_unknown("" if self._till.status is None else self._till.status.program or "")
            self._show_side(Middle.CODE, words.next_card, words.back)
        elif card.blank:
            self.start_enrolment()
            self.enrolment.show_blank(_code(ask), card)
        elif same and window.middle in (Middle.CARD, Middle.CELEBRATION):
            window.card_panel.show_view(card)
        else:
            self._show_card(card)
            window.announce(self._phrases.card.spoken(card))

    def _not_found(self, refusal: RefusalView) -> None:
        window = self._window
        self.not_found.emit()
        asking = (window.screens.number_lookup, window.screens.contact_lookup) if window.overlay_open else ()
        if (overlay := next((each for each in asking if each.is_open), None)) is not None:
            overlay.refuse(refusal.text)
            return
        if window.middle is Middle.ENROL:
            window.screens.enrol_dialog.refuse(refusal.text)
        elif self._card is not None and window.middle in (Middle.CARD, Middle.CELEBRATION):
            self._notices.refuse(refusal.text)  # a payment code on the counter does not take the card away
        elif refusal.reason in (Reason.FOREIGN_CODE, Reason.UNKNOWN_CARD):
            self._codes.show_refused(refusal)
            self._show_side(Middle.CODE, self._phrases.labels.next_card, self._phrases.labels.back)
            self._away.start()
        else:
            self._notices.refuse(refusal.text)

    def said_anew(self) -> None:
        """The language has changed under the card in front."""
        if self._card is not None and self._window.middle is Middle.CARD:
            self._show_card(self._card)
            self._window.card_panel.amount_changed.emit(
                self._window.card_panel.amount.minor
            )  # what it is worth is asked anew

    def _see_again(self) -> None:
        """The card in front as the counter knows it by now, unless an answer is on its way that changes it."""
        card = self._till.card
        shown = self._window.middle in (Middle.CARD, Middle.CELEBRATION)
        if card is None or self._card is None or card == self._card or not shown:
            return
        if not self._looks and not self.write_gate.waits:
            self.renew(card)

    def _show_card(self, card: CardView) -> None:
        words = self._phrases.labels
        self._window.card_panel.show_view(card)
        self._show_side(Middle.CARD, words.next_card, words.close_card)

    def _show_side(self, middle: Middle, caption: str, close: str) -> None:
        self._window.show_middle(middle)
        self._window.scan_panel.show_side(caption, close)

    def forget(self) -> None:
        """Clears the screen; what the counter has in front is told with `put_away`."""
        window, words = self._window, self._phrases.labels
        self._card = None
        self.enrolment.forget()
        self._sale.forget()
        self.forgotten.emit()
        self._away.stop()
        window.close_overlays()
        window.card_panel.amount.clear()
        window.undo_bar.clear()
        self._notices.clear()
        window.show_middle(Middle.AIM)
        window.scan_panel.show_wide(words.show_code, words.looking)

    def _away_time(self) -> None:
        self.put_away()
        self._notices.tell(self._phrases.labels.put_away_title, self._phrases.labels.put_away)


def _code(ask: Lookup) -> str | None:
    return ask.code if isinstance(ask, Scan) else None
