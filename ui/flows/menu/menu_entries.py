"""The entries of the menu, depending on the person on shift and the card in front."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from terminal.interface.views import CardView
from ui.flows.menu.card_actions import CardActions, can_be_worked_on
from ui.flows.menu.card_history import CardHistory
from ui.flows.menu.cases import CasesFlow
from ui.flows.menu.pin_changes import PinChanges
from ui.flows.menu.reports import ReportsFlow
from ui.flows.menu.settings import SettingsFlow
from ui.flows.serving.slip_printing import Receipts
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.window.frame import Page
from ui.window.menu_overlay import Entry
from ui.window.window import Window


class Menu(QObject):
    """Opens the menu with the entries available now."""

    def __init__(
        self,
        window: Window,
        phrases: Phrases,
        card_history: CardHistory,
        reports: ReportsFlow,
        settings: SettingsFlow,
        *,
        receipts: Receipts,
        pin_changes: PinChanges,
        card_actions: CardActions,
        cases: CasesFlow,
        till: TillState,
        card: Callable[[], CardView | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._phrases, self._card_history = window, phrases, card_history
        self._card, self._reports, self._settings = card, reports, settings
        self._receipts, self._pin_changes, self._till = receipts, pin_changes, till
        self._card_actions, self._cases = card_actions, cases

    def open(self) -> None:
        if self._window.page in (Page.SERVE, Page.MORE):
            self._window.screens.menu_overlay.ask(self._entries())

    def _entries(self) -> tuple[Entry, ...]:
        words, card = self._phrases.labels, self._card()
        usable = card is not None and not card.blank
        return (
            Entry(
                "credit-card",
                words.menu_history,
                words.menu_history_hint,
                self._card_history.open_card,
                None if usable else words.menu_no_card,
            ),
            Entry("receipt-text", words.give_back, words.menu_return_hint, self._card_history.open_search),
            Entry("chart-column", words.menu_today, words.menu_today_hint, self._reports.open_today),
            Entry("message-square-text", words.decided, words.menu_decided_hint, self._reports.open_decided),
            Entry(
                "store",
                words.served,
                words.menu_served_hint,
                self._reports.open_served,
                None if self._till.manager_serves else words.manager_on_shift,
            ),
            Entry("lock", words.pin, words.menu_pin_hint, self._pin_changes.open),
            Entry("settings", words.settings, words.menu_settings_hint, self._settings.open),
            Entry(
                "id-card",
                words.card_actions,
                words.card_actions_hint,
                self._card_actions.open,
                None if can_be_worked_on(card) else words.menu_no_card,
            ),
            *self._printing(),
            *self._asked_about(),
        )

    def _asked_about(self) -> tuple[Entry, ...]:
        """The entry for cases, of which only managers know."""
        if not self._till.manager_serves:
            return ()
        return (Entry("scale", self._phrases.labels.cases, self._cases.title, self._cases.open),)

    def _printing(self) -> tuple[Entry, ...]:
        """The entry for the last receipt, where a printer is chosen."""
        words = self._phrases.labels
        if not self._receipts.on:
            return ()
        return (Entry("printer", words.print_last, words.print_last_hint, self._receipts.print_last),)
