"""The cases of the store: the list, one of them, and its decision by a manager."""

from functools import partial
from uuid import UUID

from msgspec.structs import replace
from PySide6.QtCore import QObject

from terminal.interface.ask import Override
from terminal.interface.case_asks import Case, Cases, DecideCase
from terminal.interface.views import CaseView, ProblemView, Reply, StaffView
from ui.flows.serving.manager_panel import ManagerPanel, manager_panel
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.cases import CasePhrases
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.frame import Page
from ui.window.window import Window


class CasesFlow(QObject):
    """The flow of both pages. What is shown is read again whenever the till has heard something."""

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        *,
        staff: StaffFlow,
        till: TillState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases = window, counter, phrases
        self._staff, self._till, self._say = staff, till, CasePhrases(phrases)
        self._asked: Cases | Case | None = None
        self._listed: tuple[CaseView, ...] = ()
        self._place = Cases()  # the part of the list that was shown last
        self._is_reading = False
        staff.allowed.connect(self._allowed)
        till.changed.connect(self._read_again)
        window.screens.cases_page.chosen.connect(self._open_case)
        window.screens.cases_page.newer_asked.connect(lambda: self._turn(-1))
        window.screens.cases_page.older_asked.connect(lambda: self._turn(1))
        window.screens.case_page.decide_asked.connect(self._decide)
        window.screens.case_page.back_asked.connect(self._back)

    def open(self) -> None:
        """Opens the list."""
        page = self._window.screens.cases_page
        self._listed = ()
        page.show_cases((), self._till.currency)
        self._window.show_more(page)
        self._ask(Cases(limit=page.lines_in(self._window.size()) + 1))

    @property
    def title(self) -> str:
        """How many there are to decide."""
        count = 0 if self._till.status is None else self._till.status.cases
        return self._say.to_decide(count) if count else self._phrases.labels.menu_cases_hint

    # -- reading ----------------------------------------------------------------------------------------------

    def _back(self) -> None:
        self._window.show_more(self._window.screens.cases_page)
        self._ask(self._place)

    def _open_case(self, case_id: UUID) -> None:
        self._ask(Case(case_id))

    def _turn(self, pages: int) -> None:
        limit, skip = self._place.limit, self._place.skip
        self._ask(Cases(limit, max(0, skip + pages * (limit - 1))))

    def _read_again(self) -> None:
        pages = (self._window.screens.cases_page, self._window.screens.case_page)
        shown = self._window.page is Page.MORE and self._window.more_page in pages
        if shown and self._asked is not None and not self._is_reading:
            self._ask(self._asked)

    def _ask(self, ask: Cases | Case) -> None:
        self._asked, self._is_reading = ask, True
        self._counter.ask(ask, partial(self._answered, ask), partial(self._failed, ask))

    def _answered(self, ask: Cases | Case, reply: Reply) -> None:
        if ask is not self._asked:
            return  # another page was opened meanwhile
        self._is_reading = False
        if reply.refusal is not None:
            self._tell(reply.refusal.text)
        elif reply.case is not None:
            self._show_case(reply.case)
        elif isinstance(ask, Cases) and isinstance(reply.cases, tuple):
            self._show_list(ask, reply.cases)

    def _failed(self, ask: Cases | Case, problem: ProblemView) -> None:
        if ask is self._asked:
            self._is_reading = False
            self._tell(problem.text)

    def _tell(self, words: str) -> None:
        if self._window.more_page is self._window.screens.case_page:
            self._window.screens.case_page.tell(words)
        else:
            self._listed = ()
            self._window.screens.cases_page.tell(words)

    def _show_list(self, ask: Cases, cases: tuple[CaseView, ...]) -> None:
        if self._place == ask and self._listed == cases and cases:
            return  # nothing has changed
        self._place, self._listed = ask, cases
        fits = ask.limit - 1
        self._window.screens.cases_page.show_cases(
            cases[:fits], self._till.currency, newer=ask.skip > 0, older=len(cases) > fits
        )

    def _show_case(self, case: CaseView) -> None:
        page = self._window.screens.case_page
        is_new = self._window.more_page is not page
        if is_new or page.case != case:
            page.show_case(case, self._till.currency)
        if is_new:
            self._window.show_more(page)
            self._window.announce(f"{self._say.title(case)}. {self._say.sentence(case)}")

    # -- deciding ---------------------------------------------------------------------------------------------

    def _decide(self, case: CaseView, choice: str, points: int | None) -> None:
        self._send(case, DecideCase(case.id, choice, points))

    def _send(self, case: CaseView, ask: DecideCase) -> None:
        self._window.screens.case_page.decide.work(True)
        self._counter.ask(ask, partial(self._decided, case, ask), self._not_decided)

    def _allowed(self, ask: object, manager: StaffView, pin: str) -> None:
        case = self._window.screens.case_page.case
        if isinstance(ask, DecideCase) and case is not None and case.id == ask.case:
            self._send(case, replace(ask, override=Override(str(manager.id), pin)))

    def _decided(self, case: CaseView, ask: DecideCase, reply: Reply) -> None:
        window = self._window
        window.screens.case_page.decide.work(False)
        if (refusal := reply.refusal) is not None:
            match manager_panel(refusal.reason):
                case ManagerPanel.OPENS:
                    what = self._say.approval(case, ask.choice)
                    self._staff.ask_manager(ask, what, refusal.text, self._phrases.labels.allow)
                case ManagerPanel.STAYS:
                    window.screens.override_overlay.refuse(refusal.text)
                case ManagerPanel.CLOSES:
                    window.screens.override_overlay.close_overlay()
                    window.screens.case_page.tell(refusal.text)
                    window.announce(refusal.text)
        elif reply.case is not None:
            window.screens.override_overlay.close_overlay()
            window.screens.case_page.show_case(reply.case, self._till.currency)
            window.announce(self._say.state(reply.case))
            self._till.refresh()

    def _not_decided(self, problem: ProblemView) -> None:
        self._window.screens.case_page.decide.work(False)
        self._window.screens.override_overlay.close_overlay()
        self._window.screens.case_page.tell(problem.text)
