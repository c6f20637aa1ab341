"""Who is on shift, and which manager allows what. PINs pass through here into an ask and are kept nowhere."""

from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from terminal.interface.ask import Override
from terminal.interface.asks import AnyAsk, Colleagues, Lock, Pin, Redeem, Status, Unlock, Void
from terminal.interface.views import HistoryRow, ProblemView, Reply, StaffView, StatusView
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Page
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.window.screens import Screens

COLLEAGUES_EVERY = 5  # statuses; a lock-out counts minutes


class StaffFlow(QObject):
    """The shift page, the manager's overlay, and the question before something older is taken back."""

    allowed = Signal(object, str, str)  # the ask, a manager's name, their PIN
    take_back = Signal(object)  # an entry's id

    def __init__(self, window: Window, counter: Asking, phrases: Phrases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases = window, counter, phrases
        self._people: tuple[StaffView, ...] = ()
        self._status: StatusView | None = None
        self._statuses = 0
        self._for: Redeem | Void | None = None
        self._row: UUID | None = None
        self._locked = ""  # the colleague whom a manager is asked to unlock
        window.screens_made.connect(self._listen)
        window.question.confirmed.connect(self._take_back)

    def _listen(self, screens: "Screens") -> None:
        screens.unlock_asked.connect(self._ask_to_unlock)
        screens.pin_entered.connect(lambda name, pin: self._counter.ask(Pin(name, pin)))
        screens.allowed.connect(self._allowed)
        screens.override_closed.connect(self._closed)

    @property
    def everybody(self) -> tuple[StaffView, ...]:
        """Who may work here, as the counter said last."""
        return self._people

    @property
    def on_shift(self) -> str:
        """Who is on shift; empty for nobody."""
        staff = None if self._status is None else self._status.staff
        return "" if staff is None else staff.name

    def lock(self) -> None:
        """Nobody is on shift any more; without PINs there is no shift to lock."""
        status = self._status
        if status is not None and status.staff is not None and status.pin_required != "never":
            self._counter.ask(Lock())

    def said_anew(self) -> None:
        """The language has changed: nobody is chosen, and the name is asked for in it."""
        if self._window.page is Page.SHIFT:
            self._window.screens.shift_page.start_over()

    def start_shift(self) -> None:
        self._window.screens.shift_page.start_over()
        self._counter.ask(Colleagues())

    def ask_manager(self, ask: Redeem | Void, what: str, why: str, action: str) -> None:
        """Opens the overlay for one transaction."""
        self._for = ask
        staff = self._status.staff if self._status is not None else None
        self._window.screens.override_overlay.show_view(self._people, self.pin_length)
        self._window.screens.override_overlay.ask_for(what, why, action, staff.name if staff is not None else "")
        self._counter.ask(Colleagues())

    def ask_to_take_back(self, row: HistoryRow) -> None:
        words, say = self._phrases.labels, self._phrases
        self._row = row.entry
        text = f"{say.recent_title(row)}, {say.recent_second(row)}"
        self._window.question.ask(words.take_back_question, text, words.take_back, words.keep_it)

    def show_status(self, status: StatusView) -> None:
        self._status = status
        self._statuses += 1
        looked_at = self._window.page is Page.SHIFT or self._window.screens.override_overlay.is_open
        if looked_at and self._statuses % COLLEAGUES_EVERY == 0:
            self._counter.ask(Colleagues())

    def take_answer(self, ask: AnyAsk, reply: Reply) -> bool:
        """Whether the answer was about people."""
        match ask:
            case Colleagues():
                if isinstance(reply.colleagues, tuple):
                    self._people = reply.colleagues
                    self._window.screens.shift_page.show_view(self._people, self.pin_length)
                    self._window.screens.override_overlay.show_view(self._people, self.pin_length)
            case Pin():
                if reply.refusal is not None:
                    self._window.screens.shift_page.refuse(reply.refusal.text)
                    self._window.announce(reply.refusal.text)
                    self._counter.ask(Colleagues())
                else:
                    if isinstance(reply.staff, StaffView):
                        self._window.announce(f"{reply.staff.name}, {self._phrases.role(reply.staff)}")
                    self._counter.ask(Status())
            case Lock():
                self._counter.ask(Status())
            case Unlock():
                self._unlocked(ask, reply)
            case _:
                return False
        return True

    def take_problem(self, ask: AnyAsk, problem: ProblemView) -> bool:
        if isinstance(ask, Pin):
            self._window.screens.shift_page.refuse(problem.text)
            return True
        if isinstance(ask, Unlock):
            self._window.screens.override_overlay.refuse(problem.text)
            return True
        return isinstance(ask, Lock)

    @property
    def pin_length(self) -> int:
        """Digits of a PIN in this company."""
        return self._status.pin_length if self._status is not None else 4

    def _allowed(self, name: str, pin: str) -> None:
        if self._for is not None:
            self.allowed.emit(self._for, name, pin)
        elif self._locked:
            self._counter.ask(Unlock(self._locked, Override(name, pin)))

    def _closed(self) -> None:
        self._for, self._locked = None, ""

    def _ask_to_unlock(self, name: str) -> None:
        words, say = self._phrases.labels, self._phrases
        self._locked = name
        self._window.screens.override_overlay.show_view(self._people, self.pin_length)
        self._window.screens.override_overlay.ask_for(say.unlocks(name), words.unlock_why, words.unlock, "")

    def _unlocked(self, ask: Unlock, reply: Reply) -> None:
        if reply.refusal is not None:
            self._window.screens.override_overlay.refuse(reply.refusal.text)
        else:
            self._window.screens.override_overlay.close_overlay()
            self._window.screens.shift_page.refuse(self._phrases.unlocked(ask.staff))
            self._window.announce(self._phrases.unlocked(ask.staff))
        self._counter.ask(Colleagues())

    def _take_back(self) -> None:
        if self._row is not None:
            self.take_back.emit(self._row)
            self._row = None
