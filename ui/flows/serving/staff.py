"""The person on shift and managers' approvals. PINs must not be stored."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from terminal.interface.ask import Override
from terminal.interface.asks import Colleagues, Lock, Pin, Unlock
from terminal.interface.case_asks import DecideCase
from terminal.interface.views import HistoryRow, ProblemView, Reply, StaffView
from ui.flows.serving.card_events import Overridable
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Page
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.window.screens import Screens

COLLEAGUES_EVERY = 5  # statuses between updates, as a lock-out counts minutes


class StaffFlow(QObject):
    """The flow of the shift page, the manager's overlay, and the question before an older entry is voided."""

    allowed = Signal(object, object, str)  # request, manager, PIN
    take_back = Signal(object)  # the entry's id
    people_changed = Signal()  # the staff changed or was confirmed

    def __init__(
        self, window: Window, counter: Asking, phrases: Phrases, till: TillState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._till = window, counter, phrases, till
        self._people: tuple[StaffView, ...] = ()
        self._statuses = 0
        self._for: Overridable | DecideCase | None = None
        self._row: UUID | None = None
        self._locked: StaffView | None = None  # the colleague to be unlocked by a manager
        till.changed.connect(self._count_status)
        window.screens_made.connect(self._listen)
        window.question.confirmed.connect(self._take_back)

    def _listen(self, screens: "Screens") -> None:
        screens.unlock_asked.connect(self._ask_to_unlock)
        screens.pin_entered.connect(self._enter)
        screens.allowed.connect(self._allowed)
        screens.override_closed.connect(self._closed)

    @property
    def everybody(self) -> tuple[StaffView, ...]:
        """The staff as last received."""
        return self._people

    def lock(self) -> None:
        """Ends the shift, if the company has PINs."""
        if self._till.on_shift and self._till.asks_for_pins:
            self._counter.ask(Lock(), lambda _reply: self._till.refresh())

    def said_anew(self) -> None:
        """Renews the texts after a change of language."""
        if self._window.page is Page.SHIFT:
            self._window.screens.shift_page.start_over()

    def start_shift(self) -> None:
        self._window.screens.shift_page.start_over()
        self.ask_people()

    def ask_people(self) -> None:
        """Requests the staff and their lock-outs."""
        self._counter.ask(Colleagues(), self._people_told)

    def ask_manager(self, ask: Overridable | DecideCase, what: str, why: str, action: str) -> None:
        """Opens the overlay to approve one transaction."""
        self._for = ask
        self._window.screens.override_overlay.show_view(self._people, self._till.pin_length)
        self._window.screens.override_overlay.ask_for(what, why, action, self._till.on_shift)
        self.ask_people()

    def ask_to_take_back(self, row: HistoryRow) -> None:
        words, say = self._phrases.labels, self._phrases
        self._row = row.entry
        text = f"{say.recent_title(row)}, {say.recent_second(row)}"
        self._window.question.ask(words.take_back_question, text, words.take_back, words.keep_it)

    def _count_status(self) -> None:
        self._statuses += 1
        looked_at = self._window.page is Page.SHIFT or self._window.screens.override_overlay.is_open
        if looked_at and self._statuses % COLLEAGUES_EVERY == 0:
            self.ask_people()

    def _people_told(self, reply: Reply) -> None:
        if isinstance(reply.colleagues, tuple):
            self._people = reply.colleagues
            self._window.screens.shift_page.show_view(self._people, self._till.pin_length)
            self._window.screens.override_overlay.show_view(self._people, self._till.pin_length)
            self.people_changed.emit()

    def _enter(self, person: StaffView, pin: str) -> None:
        def failed(problem: ProblemView) -> None:
            self._window.screens.shift_page.refuse(problem.text)

        self._counter.ask(Pin(str(person.id), pin), self._entered, failed)

    def _entered(self, reply: Reply) -> None:
        if reply.refusal is not None:
            self._window.screens.shift_page.refuse(reply.refusal.text)
            self._window.announce(reply.refusal.text)
            self.ask_people()
            return
        if isinstance(reply.staff, StaffView):
            self._window.announce(f"{reply.staff.name}, {self._phrases.role(reply.staff)}")
        self._till.refresh()

    def _allowed(self, manager: StaffView, pin: str) -> None:
        if self._for is not None:
            self.allowed.emit(self._for, manager, pin)
        elif (locked := self._locked) is not None:
            ask = Unlock(str(locked.id), Override(str(manager.id), pin))
            self._counter.ask(ask, lambda reply: self._unlocked(locked, reply), self._not_unlocked)

    def _not_unlocked(self, problem: ProblemView) -> None:
        self._window.screens.override_overlay.refuse(problem.text)

    def _closed(self) -> None:
        self._for = self._locked = None

    def _ask_to_unlock(self, person: StaffView) -> None:
        words, say = self._phrases.labels, self._phrases
        self._locked = person
        self._window.screens.override_overlay.show_view(self._people, self._till.pin_length)
        self._window.screens.override_overlay.ask_for(say.unlocks(person.name), words.unlock_why, words.unlock, None)

    def _unlocked(self, person: StaffView, reply: Reply) -> None:
        if reply.refusal is not None:
            self._window.screens.override_overlay.refuse(reply.refusal.text)
        else:
            self._window.screens.override_overlay.close_overlay()
            self._window.screens.shift_page.refuse(self._phrases.unlocked(person.name))
            self._window.announce(self._phrases.unlocked(person.name))
        self.ask_people()

    def _take_back(self) -> None:
        if self._row is not None:
            self.take_back.emit(self._row)
            self._row = None
