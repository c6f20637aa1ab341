"""The report pages: the day in numbers, the company's differing decisions, the cards served here."""

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from terminal.interface.report_asks import Decided, Report, Served
from terminal.interface.views import HistoryRow, ProblemView, Reply
from ui.flows.till_state import TillState
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.window.window import Window

Lists = Decided | Served


class ReportsFlow(QObject):
    """Requests and shows reports; a chosen card is opened by `ui.flows.serving.card_flow`."""

    card_chosen = Signal(object)  # the card's id

    def __init__(
        self, window: Window, counter: Asking, phrases: Phrases, till: TillState, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._till = window, counter, phrases, till
        self._say = PagePhrases(phrases)
        self._asked: Report | Lists | None = None
        window.screens.report_page.asked.connect(self._ask_report)
        window.screens.list_page.lines.marked.connect(self._marked)
        window.screens.list_page.lines.chosen.connect(self._chosen)
        window.screens.list_page.lines.newer_asked.connect(lambda: self._turn(-1))
        window.screens.list_page.lines.older_asked.connect(lambda: self._turn(1))

    def open_today(self) -> None:
        page = self._window.screens.report_page
        page.allow(None if self._till.manager_serves else self._phrases.labels.manager_on_shift)
        self._window.show_more(page)
        self._ask_report(1)

    def open_decided(self) -> None:
        self._open(Decided(limit=self._room + 1), self._phrases.labels.decided, self._phrases.labels.decided_hint)

    def open_served(self) -> None:
        self._open(Served(limit=self._room + 1), self._phrases.labels.served, self._phrases.labels.served_hint)

    def _answered(self, ask: Report | Lists, reply: Reply) -> None:
        if ask is not self._asked:
            return  # the page was left meanwhile
        if isinstance(ask, Report):
            if reply.report is not None:
                self._window.screens.report_page.show_report(reply.report, self._till.currency)
            elif reply.refusal is not None:
                self._window.screens.report_page.tell(reply.refusal.text)
        elif reply.refusal is not None:
            self._window.screens.list_page.lines.tell(reply.refusal.text)
        elif isinstance(reply.history, tuple):
            self._show(ask, reply.history)

    def _failed(self, ask: Report | Lists, problem: ProblemView) -> None:
        if isinstance(ask, Report):
            self._window.screens.report_page.tell(problem.text)
        else:
            self._window.screens.list_page.lines.tell(problem.text)

    @property
    def _room(self) -> int:
        return self._window.screens.list_page.lines_in(self._window.size())

    def _ask_report(self, days: int) -> None:
        self._window.screens.report_page.choose(days)
        self._ask(Report(days))

    def _open(self, ask: Lists, title: str, message: str) -> None:
        page = self._window.screens.list_page
        page.set_title(title)
        page.tell(message)
        page.show_hint(True)
        page.lines.show_rows((), self._till.currency)
        self._window.show_more(page)
        self._ask(ask)

    def _ask(self, ask: Report | Lists) -> None:
        self._asked = ask
        self._counter.ask(ask, partial(self._answered, ask), partial(self._failed, ask))

    def _turn(self, pages: int) -> None:
        ask = self._asked
        if isinstance(ask, Decided | Served):
            self._ask(type(ask)(ask.limit, max(0, ask.skip + pages * (ask.limit - 1))))

    def _show(self, ask: Lists, rows: tuple[HistoryRow, ...]) -> None:
        fits = ask.limit - 1
        words = self._phrases.labels
        self._window.screens.list_page.show_hint(bool(rows))
        self._window.screens.list_page.lines.show_rows(
            rows[:fits],
            self._till.currency,
            newer=ask.skip > 0,
            older=len(rows) > fits,
            named=True,
            empty=words.decided_none if isinstance(ask, Decided) else words.served_none,
        )

    def _marked(self, row: HistoryRow) -> None:
        self._window.announce(self._window.screens.list_page.lines.spoken)
        if isinstance(self._asked, Decided):
            self._window.screens.list_page.tell(
                f"{self._say.title(row)}. {self._say.details(row, self._till.currency)}"
            )

    def _chosen(self, row: HistoryRow) -> None:
        if isinstance(self._asked, Served) and isinstance(row.card_id, UUID):
            self.card_chosen.emit(row.card_id)
