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
from ui.window.frame import Page
from ui.window.window import Window


class MenuPages(QObject):
    """Knows which of them an answer is for."""

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        preferences: SavedPreferences,
        *,
        staff: StaffFlow,
        current_card: CurrentCard,
        print_queue: PrintQueue,
        receipts: Receipts,
        tell: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._current_card = window, current_card
        self.card_history = CardHistory(
            window, counter, phrases, staff, card=lambda: current_card.card, prints=lambda: receipts.on, parent=self
        )
        self.card_history.take_back.connect(current_card.write_gate.ask)
        current_card.write_gate.wrote.connect(self.card_history.wrote)
        current_card.forgotten.connect(self.card_history.forget)
        self.card_history.print_asked.connect(lambda row: receipts.print_row(row, current_card.card_of(row)))
        receipts.over.connect(window.screens.history_page.panel.printed)
        self.reports = ReportsFlow(window, counter, phrases, self)
        self.reports.card_chosen.connect(self._open_card)
        window.recent_panel.all_asked.connect(self.reports.open_today)
        self.settings = SettingsFlow(window, phrases, preferences, print_queue, self)
        self.settings.print_tried.connect(receipts.try_out)
        self.scanner_test = ScannerTest(window, counter, phrases, self)
        self.pin_changes = PinChanges(window, counter, phrases, staff, tell=tell, parent=self)
        self.menu = Menu(
            window,
            phrases,
            self.card_history,
            self.reports,
            self.settings,
            receipts=receipts,
            pin_changes=self.pin_changes,
            card=lambda: current_card.card,
            parent=self,
        )

    def show_status(self, status: StatusView) -> None:
        self.card_history.show_status(status)
        self.reports.show_status(status)
        self.settings.show_status(status)

    def take_answer(self, ask: AnyAsk, reply: Reply) -> bool:
        """Whether it was for one of them."""
        return any(one.take_answer(ask, reply) for one in (self.card_history, self.reports, self.pin_changes))

    def take_problem(self, ask: AnyAsk, problem: ProblemView) -> bool:
        return any(one.take_problem(ask, problem) for one in (self.card_history, self.reports, self.pin_changes))

    def _open_card(self, card_id: UUID) -> None:
        self._window.show_page(Page.SERVE)
        self._current_card.look(Open(card_id))
