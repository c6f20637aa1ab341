"""The flow of the current card: turns input and answers into events of `card_engine`, and performs its actions."""

from collections import deque
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from loyalty.codes import NUMBER_DIGITS
from terminal.interface.ask import Override
from terminal.interface.asks import Find, PutAway, Quote, Recognise, Scan, Stamp, Void
from terminal.interface.card_asks import ShowCode
from terminal.interface.case_asks import DecideCase
from terminal.interface.views import CardView, HistoryRow, ProblemView, Reply, StaffView
from ui.flows.serving.card_engine import State, step
from ui.flows.serving.card_events import (
    Action,
    AmountTyped,
    AskAmount,
    AskLookup,
    AskManager,
    AskQuote,
    AskWrite,
    CodeShown,
    Do,
    Event,
    Found,
    Given,
    Happened,
    LookUp,
    Lookup,
    NotFound,
    Overridable,
    Quoted,
    ReceiptEntered,
    Refreshed,
    RenewCard,
    Report,
    RewardTaken,
    TakeInFront,
    Write,
    WriteAsked,
    Written,
)
from ui.flows.serving.card_screen import CardScreen
from ui.flows.serving.notices import Notices
from ui.flows.serving.staff import StaffFlow
from ui.flows.serving.unknown_code import UnknownCodeFlow
from ui.flows.till_state import TillState
from ui.phrases import card_work
from ui.phrases.card_work import CardWork
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking, Pace
from ui.window.frame import Middle
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.flows.serving.enrolment import Enrolment
    from ui.screens.scan.lookup_overlay import LookupOverlay
    from ui.window.screens import Screens


class CurrentCard(QObject):
    """Shows the current card, keeps it fresh, and puts it away."""

    not_found = Signal()
    forgotten = Signal()
    code_shown = Signal(str)  # the code of a new phone card; empty once it is hidden
    fronted = Signal(object, bool)  # CardView, and True if it is the same card
    wrote = Signal(object, object)  # request, Reply

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
        self._notices, self._staff, self._till = notices, staff, till
        self._state = State()
        self._events: deque[Event] = deque()
        self._stepping = False
        self._codes = UnknownCodeFlow(window.unknown_code_panel, phrases)
        self._screen = CardScreen(window, phrases, notices, self._codes, till=till, enrolment=lambda: self.enrolment)
        self._away = QTimer(self, singleShot=True, interval=pace.card_away)
        self._away.timeout.connect(self._away_time)
        till.changed.connect(self._till_changed)
        counter.closed.connect(partial(self._happen, Happened.CLOSED))
        window.screens_made.connect(self._listen)
        self._connect_touches()

    def _connect_touches(self) -> None:
        window, card, codes, staff = self._window, self._window.card_panel, self._codes, self._staff
        window.scan_panel.enrol_asked.connect(self.start_enrolment)
        window.scan_panel.close_asked.connect(self.put_away)
        card.give_asked.connect(lambda stamps, minor: self._happen(Given(stamps, minor, card.quote)))
        card.several_asked.connect(self._how_many)
        card.amount_changed.connect(lambda minor: self._happen(AmountTyped(minor)))
        card.refused.connect(self._notices.refuse)
        for taken in (card.reward_asked, window.celebration.taken):
            taken.connect(lambda reward: self._happen(RewardTaken(reward)))
        window.celebration.kept.connect(self.keep)
        for undone in (window.celebration.undo_asked, window.undo_bar.undo_asked):
            undone.connect(self.undo)
        window.undo_bar.lapsed.connect(partial(self._happen, Happened.UNDO_LAPSED))
        window.doubt.confirmed.connect(partial(self._happen, Happened.AMOUNT_CONFIRMED))
        codes.stamp.connect(lambda: self.write(Stamp()))
        codes.points.connect(partial(self._happen, Happened.CARD_WANTED))
        codes.new_customer.connect(self.start_enrolment)
        codes.forget.connect(self.put_away)
        staff.take_back.connect(lambda entry: self.write(Void(entry)))
        staff.allowed.connect(self._allowed)

    def _listen(self, screens: "Screens") -> None:
        screens.number_given.connect(self._look_for_number)
        screens.contact_given.connect(lambda text: self.look(Find(email=text) if "@" in text else Find(phone=text)))

    def _look_for_number(self, text: str) -> None:
        """Looks for a typed number, unless its digits are too few or too many for a card's."""
        digits = text.replace("-", "").replace(" ", "")
        if digits.isdecimal() and len(digits) != NUMBER_DIGITS:
            self._counter.ask(Recognise((text,)), partial(self._look_if_known, text))
        else:
            self.look(Scan(text))

    def _look_if_known(self, text: str, reply: Reply) -> None:
        """Digits that are no card's number may be another program's code."""
        if reply.reading is None:
            self._window.screens.number_lookup.refuse(self._phrases.labels.number_has_digits)
        else:
            self.look(Scan(text))

    @cached_property
    def enrolment(self) -> "Enrolment":
        from ui.flows.serving.enrolment import Enrolment  # noqa: PLC0415 - not needed at start

        made = Enrolment(self._window, self._counter, self._phrases, self._till, self)
        made.code_typed.connect(lambda code: self.look(Scan(code)))
        made.code_asked.connect(lambda: self.look(ShowCode()))
        made.asked.connect(self.write)
        made.finished.connect(partial(self._happen, Happened.CARD_WANTED))
        made.code_shown.connect(self.code_shown)
        return made

    # -- what others ask for ------------------------------------------------------------------------------------

    @property
    def card(self) -> CardView | None:
        return self._state.card

    def card_of(self, row: HistoryRow) -> CardView | None:
        """The card in front, if *row* is one of its transactions."""
        return self.card if self.card is not None and row.card_id == self.card.id else None

    def stop(self) -> None:
        self._away.stop()

    def touched(self) -> None:
        if self._away.isActive():
            self._away.start()

    def look(self, ask: Lookup) -> None:
        self._happen(LookUp(ask))

    def enter_receipt(self, receipt: str) -> None:
        """Sets the receipt of the purchase that is being typed."""
        self._happen(ReceiptEntered(receipt))

    def write(self, ask: Write) -> None:
        self._happen(WriteAsked(ask))

    def undo(self) -> None:
        self._happen(Happened.UNDO_TAPPED)

    def keep(self) -> None:
        self._happen(Happened.REWARD_KEPT)

    def put_away(self) -> None:
        """Puts the card away."""
        self._happen(Happened.PUT_AWAY)

    def start_enrolment(self) -> None:
        self._happen(Happened.ENROLMENT_BEGUN)

    def change_language(self) -> None:
        """Renews the texts of the card after a change of language."""
        self._happen(Happened.LANGUAGE_CHANGED)

    # -- events -------------------------------------------------------------------------------------------------

    def _happen(self, event: Event) -> None:
        """Steps the engine; events caused by actions are queued until those actions are done."""
        self._events.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events:
                self._state, actions = step(self._state, self._events.popleft())
                for action in actions:
                    self._perform(action)
        finally:
            self._stepping = False

    def _till_changed(self) -> None:
        self._window.card_panel.set_program(self._till.program, self._till.currency)
        if self._till.card is not None:
            self._happen(Refreshed(self._till.card))

    def _away_time(self) -> None:
        if self._window.overlay_open:  # a manager is on the way, or somebody fills in a form
            self._away.start()
            return
        self.put_away()
        self._notices.tell(self._phrases.labels.put_away_title, self._phrases.labels.put_away)

    def _how_many(self) -> None:
        card = self.card
        if card is not None and card.stamps is not None and card.next_stamp is None:
            self._window.screens.stamp_count_overlay.ask(card.stamps, self._window.card_panel.points)

    def _allowed(self, ask: Overridable | DecideCase, manager: StaffView, pin: str) -> None:
        if not isinstance(ask, DecideCase):  # which `ui.flows.menu.cases` sends
            self.write(replace(ask, override=Override(str(manager.id), pin)))

    # -- actions ------------------------------------------------------------------------------------------------

    def _perform(self, action: Action) -> None:
        match action:
            case AskLookup(number=number, ask=ask):
                self._counter.ask(ask, partial(self._looked, number, ask), partial(self._not_looked, number))
            case AskWrite(ask=ask):
                self._counter.ask(ask, lambda reply: self._happen(Written(reply)), self._not_written)
            case AskQuote(minor=minor, receipt=receipt):
                self._counter.ask(Quote(minor, receipt or None), self._quoted, self._tell)
            case AskManager(ask=ask, refusal=refusal):
                what, button = (
                    card_work.override_for(self._phrases, ask, self.card)
                    if isinstance(ask, CardWork)
                    else self._phrases.card.override_for(ask, self.card)
                )
                self._staff.ask_manager(ask, what, refusal.text, button)
            case AskAmount():
                self._screen.ask_amount(action)
            case Do.ASK_PUT_AWAY:
                self._counter.ask(PutAway())
            case Do.ASK_PEOPLE:
                self._staff.ask_people()
            case Do.REFRESH:
                self._till.refresh()
            case Do.START_AWAY:
                self._away.start()
            case Do.TELL_NOT_FOUND:
                self.not_found.emit()
            case Do.CLEAR:
                self.enrolment.forget()
                self.forgotten.emit()
                self._away.stop()
                self._screen.clear()
            case TakeInFront(card=card, same=same):
                self.fronted.emit(card, same)
            case RenewCard(card=card):
                self.fronted.emit(card, True)
                self._window.card_panel.show_view(card)
                self._window.celebration.renew(card)
            case Report(ask=ask, reply=reply):
                self.wrote.emit(ask, reply)
            case _:
                self._screen.perform(action)

    # -- answers ------------------------------------------------------------------------------------------------

    def _looked(self, number: int, ask: Lookup, reply: Reply) -> None:
        card, no = reply.card, reply.refusal
        asking = self._asking()
        if isinstance(card, CardView) and reply.new_card is not None:
            self._happen(CodeShown(number, card, reply.new_card))
        elif isinstance(card, CardView):
            for overlay in asking:
                overlay.close_overlay()
            self._happen(Found(number, ask, card))
        elif no is not None and isinstance(ask, ShowCode):
            self._window.screens.enrol_dialog.refuse(no.text)
            self._happen(NotFound(number))
        elif no is not None and asking:
            asking[0].refuse(no.text)
            self.not_found.emit()
            self._happen(NotFound(number))
        else:
            self._happen(NotFound(number, no))

    def _asking(self) -> "tuple[LookupOverlay, ...]":
        """The open one of the two overlays that request a card, or None."""
        if not self._window.overlay_open:
            return ()
        screens = self._window.screens
        return tuple(each for each in (screens.number_lookup, screens.contact_lookup) if each.is_open)

    def _not_looked(self, number: int, problem: ProblemView) -> None:
        self._happen(NotFound(number))
        self._tell(problem)

    def _not_written(self, problem: ProblemView) -> None:
        self._happen(Happened.WRITE_FAILED)
        self._tell(problem)

    def _quoted(self, reply: Reply) -> None:
        if reply.quote is not None:
            self._window.card_panel.show_quote(reply.quote)
            self._happen(Quoted(self._window.card_panel.quote))

    def _tell(self, problem: ProblemView) -> None:
        """Shows a problem where the request was made, and beside the camera."""
        window = self._window
        for overlay in self._asking():
            overlay.refuse(problem.text)
        if window.overlay_open and window.screens.override_overlay.is_open:
            window.screens.override_overlay.refuse(problem.text)
        if window.middle is Middle.ENROL:
            window.screens.enrol_dialog.refuse(problem.text)
        self._notices.trouble(problem)
