"""What lies beyond the main screen: a card's past, reports, settings, the scanner test, the menu to them."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QObject

from terminal.interface.asks import AnyAsk
from terminal.interface.report_asks import Open
from terminal.interface.views import ProblemView, Reply, StatusView
from ui.flows.menu.card_history import CardHistory
from ui.flows.menu.menu import Menu
from ui.flows.menu.pin_changes import PinChanges
from ui.flows.menu.reports import ReportsFlow
from ui.flows.menu.scanner_test import ScannerTest
from ui.flows.menu.settings import SettingsFlow
from ui.flows.serving.current_card import CurrentCard
from ui.flows.serving.receipts import Receipts
from ui.flows.serving.staff import StaffFlow
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.threads.print_queue import PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.window.window import Page, Window


class MenuPages(QObject):
    """Knows which of them an answer is for."""

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        choices: SavedPreferences,
        *,
        people: StaffFlow,
        front: CurrentCard,
        printing: PrintQueue,
        receipts: Receipts,
        tell: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._front = window, front
        self.history = CardHistory(
            window, counter, phrases, people, card=lambda: front.card, prints=lambda: receipts.on, parent=self
        )
        self.history.take_back.connect(front.writes.ask)
        front.writes.wrote.connect(self.history.wrote)
        front.forgotten.connect(self.history.forget)
        self.history.print_asked.connect(lambda row: receipts.print_row(row, front.card_of(row)))
        receipts.over.connect(window.history.panel.printed)
        self.reports = ReportsFlow(window, counter, phrases, self)
        self.reports.card_chosen.connect(self._open_card)
        window.recent.all_asked.connect(self.reports.open_today)
        self.settings = SettingsFlow(window, phrases, choices, printing, self)
        self.settings.print_tried.connect(receipts.try_out)
        self.scan_test = ScannerTest(window, counter, phrases, self)
        self.pins = PinChanges(window, counter, phrases, people, tell=tell, parent=self)
        self.menu = Menu(
            window,
            phrases,
            self.history,
            self.reports,
            self.settings,
            receipts=receipts,
            pins=self.pins,
            card=lambda: front.card,
            parent=self,
        )

    def show_status(self, status: StatusView) -> None:
        self.history.show_status(status)
        self.reports.show_status(status)
        self.settings.show_status(status)

    def take_answer(self, ask: AnyAsk, reply: Reply) -> bool:
        """Whether it was for one of them."""
        return any(one.take_answer(ask, reply) for one in (self.history, self.reports, self.pins))

    def take_problem(self, ask: AnyAsk, problem: ProblemView) -> bool:
        return any(one.take_problem(ask, problem) for one in (self.history, self.reports, self.pins))

    def _open_card(self, card_id: UUID) -> None:
        self._window.show_page(Page.SERVE)
        self._front.look(Open(card_id))
