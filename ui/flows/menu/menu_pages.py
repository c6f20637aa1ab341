"""The pages reached from the menu: a card's history, reports, settings, the scanner test, new PINs."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QObject

from terminal.interface.report_asks import Open
from ui.flows.menu.card_actions import CardActions
from ui.flows.menu.card_history import CardHistory
from ui.flows.menu.cases import CasesFlow
from ui.flows.menu.menu_entries import Menu
from ui.flows.menu.pin_changes import PinChanges
from ui.flows.menu.reports import ReportsFlow
from ui.flows.menu.scanner_test import ScannerTest
from ui.flows.menu.settings import SettingsFlow
from ui.flows.serving.card_flow import CurrentCard
from ui.flows.serving.slip_printing import Receipts
from ui.flows.serving.staff import StaffFlow
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking
from ui.threads.print_queue import PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.window.frame import Page
from ui.window.window import Window


class MenuPages(QObject):
    """Owns the pages reached from the menu, and connects them with the serving flows."""

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        preferences: SavedPreferences,
        *,
        till: TillState,
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
            window,
            counter,
            phrases,
            staff,
            till=till,
            card=lambda: current_card.card,
            prints=lambda: receipts.on,
            parent=self,
        )
        self.card_history.take_back.connect(current_card.write)
        current_card.wrote.connect(self.card_history.wrote)
        current_card.forgotten.connect(self.card_history.forget)
        self.card_history.print_asked.connect(lambda row: receipts.print_row(row, current_card.card_of(row)))
        receipts.over.connect(window.screens.history_page.panel.printed)
        self.reports = ReportsFlow(window, counter, phrases, till, self)
        self.reports.card_chosen.connect(self._open_card)
        window.recent_panel.all_asked.connect(self.reports.open_today)
        self.settings = SettingsFlow(window, phrases, preferences, print_queue, till=till, parent=self)
        self.settings.print_tried.connect(receipts.try_out)
        self.scanner_test = ScannerTest(window, counter, phrases, self)
        self.pin_changes = PinChanges(window, counter, phrases, staff, till, tell=tell, parent=self)
        self.card_actions = CardActions(window, current_card, self)
        window.screens.history_page.actions_asked.connect(self.card_actions.open)
        self.cases = CasesFlow(window, counter, phrases, staff=staff, till=till, parent=self)
        self.menu = Menu(
            window,
            phrases,
            self.card_history,
            self.reports,
            self.settings,
            receipts=receipts,
            pin_changes=self.pin_changes,
            card_actions=self.card_actions,
            cases=self.cases,
            till=till,
            card=lambda: current_card.card,
            parent=self,
        )

    def _open_card(self, card_id: UUID) -> None:
        self._window.show_page(Page.SERVE)
        self._current_card.look(Open(card_id))
