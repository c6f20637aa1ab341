"""Setting a new PIN in steps: one's own, a colleague's with a manager, or with head office by phone."""

from collections.abc import Callable
from enum import Enum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from loyalty.refusals import Reason
from loyalty.staff import Role
from terminal.interface.ask import Override
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.views import ProblemView, Reply, StaffView
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Page
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.screens.staff.pin_overlay import PinOverlay

ANSWER_DIGITS = 8


class Step(Enum):
    """The steps."""

    WHOSE = "whose"
    OLD = "old"  # the present PIN, to change one's own
    MANAGER = "manager"  # the manager's PIN, to reset a colleague's
    OFFICE = "office"  # head office's answer
    NEW = "new"
    AGAIN = "again"


_BACK_TO = {  # the step to repeat after a refusal
    Reason.PIN_TRIVIAL: Step.NEW,
    Reason.PIN_LENGTH: Step.NEW,
}


class PinChanges(QObject):
    """Opens the panel, and sends the request after the last step."""

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        staff: StaffFlow,
        till: TillState,
        *,
        tell: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._staff = window, counter, phrases, staff
        self._till, self._tell = till, tell
        staff.people_changed.connect(self._people_changed)
        self._start_over()

    @cached_property
    def _panel(self) -> "PinOverlay":
        panel = self._window.screens.pin_overlay
        panel.entered.connect(self._entered)
        panel.chosen.connect(self._chosen)
        panel.closed.connect(self._start_over)
        return panel

    def open(self) -> None:
        """Starts from the menu by choosing the person."""
        self._by_phone = False
        self._staff.ask_people()
        self._go(Step.WHOSE)

    def call_office(self) -> None:
        """Starts the way by phone, as no manager is present."""
        self._by_phone = True
        self._staff.ask_people()
        self._go(Step.WHOSE)

    def _people_changed(self) -> None:
        if self._step in (Step.WHOSE, Step.MANAGER) and self._is_open:
            self._panel.show_people(self._choice())

    def _ask_challenge(self, person: StaffView) -> None:
        self._counter.ask(Telephone(str(person.id)), partial(self._challenged, person), self._failed)

    def _challenged(self, person: StaffView, reply: Reply) -> None:
        if self._whose is not person:
            return  # the panel was closed meanwhile
        if reply.challenge is not None:
            self._challenge = reply.challenge
            self._go(Step.OFFICE)
        elif reply.refusal is not None:
            self._refuse(Step.WHOSE, reply.refusal.text)

    def _answered(self, person: StaffView, ask: ChangePin | ResetPin | UnlockByPhone, reply: Reply) -> None:
        if reply.refusal is None:
            self._done(person)
        elif self._whose is not person:
            self._tell(reply.refusal.text)  # the panel was closed meanwhile
        elif reply.refusal.reason is Reason.CHALLENGE_OVER:
            self._ask_challenge(person)
        else:
            first = {ChangePin: Step.OLD, ResetPin: Step.MANAGER, UnlockByPhone: Step.OFFICE}[type(ask)]
            self._refuse(_BACK_TO.get(reply.refusal.reason, first), reply.refusal.text)

    def _failed(self, problem: ProblemView) -> None:
        self._panel.refuse(problem.text)

    # -- steps ------------------------------------------------------------------------------------------------

    def _start_over(self) -> None:
        self._step = Step.WHOSE
        self._by_phone = False
        self._whose: StaffView | None = None
        self._manager: StaffView | None = None
        self._challenge = ""
        self._first = self._new = ""  # the proof of permission, and the new PIN

    @property
    def _is_open(self) -> bool:
        return "_panel" in self.__dict__ and self._panel.is_open

    def _choice(self) -> tuple[StaffView, ...]:
        everybody = self._staff.everybody
        if self._step is Step.MANAGER:
            return tuple(one for one in everybody if Role(one.role).manages)
        return everybody

    @property
    def _is_own(self) -> bool:
        on_shift = self._till.on_shift
        return self._whose is not None and on_shift is not None and self._whose.id == on_shift.id

    def _go(self, step: Step) -> None:
        self._step = step
        words, panel, length = self._phrases.labels, self._panel, self._till.pin_length
        whose = "" if self._whose is None else self._phrases.pin_of(self._whose.name)
        match step:
            case Step.WHOSE:
                title = words.call_office if self._by_phone else words.pin_whose
                hint = words.office_whose if self._by_phone else words.pin_whose_hint
                panel.ask(title, hint, words.choose_name, length, people=self._choice(), ready=False)
            case Step.OLD:
                panel.ask(words.pin_new_own, words.pin_old_hint, words.pin_old, length)
            case Step.MANAGER:
                panel.ask(words.manager_please, whose, words.choose_name, length, people=self._choice(), ready=False)
            case Step.OFFICE:
                hint, digits = words.office_hint, self._challenge
                panel.ask(words.call_office, hint, words.office_answer, ANSWER_DIGITS, digits=digits)
            case Step.NEW:
                panel.ask(whose, words.pin_new_hint, words.pin_new, length)
            case Step.AGAIN:
                panel.ask(whose, words.pin_new_hint, words.pin_again, length)

    def _refuse(self, step: Step, why: str) -> None:
        self._go(step)
        self._panel.refuse(why)
        self._window.announce(why)
        self._staff.ask_people()

    def _chosen(self, person: StaffView) -> None:
        if self._step is Step.WHOSE:
            self._whose = person
            if self._by_phone:
                self._ask_challenge(person)
            else:
                self._go(Step.OLD if self._is_own else Step.MANAGER)
        elif self._step is Step.MANAGER:
            self._manager = person
            self._panel.pad.ask_for(self._phrases.pin_of(person.name), self._till.pin_length)

    def _entered(self, digits: str) -> None:
        if self._step in (Step.OLD, Step.MANAGER, Step.OFFICE):
            self._first = digits
            self._go(Step.NEW)
        elif self._step is Step.NEW:
            self._new = digits
            self._go(Step.AGAIN)
        elif self._step is Step.AGAIN and digits != self._new:
            self._go(Step.NEW)
            self._panel.refuse(self._phrases.labels.pin_different)
        elif self._step is Step.AGAIN and (person := self._whose) is not None:
            ask = self._whole(str(person.id))
            self._counter.ask(ask, partial(self._answered, person, ask), self._failed)

    def _whole(self, staff: str) -> ChangePin | ResetPin | UnlockByPhone:
        if self._by_phone:
            return UnlockByPhone(staff, self._first, self._new)
        if self._manager is None:
            return ChangePin(staff, self._first, self._new)
        return ResetPin(staff, self._new, Override(str(self._manager.id), self._first))

    def _done(self, person: StaffView) -> None:
        message = self._phrases.labels.pin_holds.format(name=person.name)
        self._panel.close_overlay()
        if self._window.page is Page.SHIFT:
            self._window.screens.shift_page.refuse(message)
        else:
            self._tell(message)
        self._window.announce(message)
        self._staff.ask_people()
