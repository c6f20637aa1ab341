"""All screens beyond the first, each created on first use and added to the frame."""

from collections.abc import Callable
from functools import cached_property

from PySide6.QtCore import QObject, Signal

from loyalty.texts import RECEIPT_CHARS_MAX
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.screens.card.card_actions_overlay import CardActionsOverlay
from ui.screens.card.stamp_count_overlay import StampCountOverlay
from ui.screens.enrolment.enrol_dialog import EnrolDialog
from ui.screens.history.case_page import CasePage
from ui.screens.history.cases_page import CasesPage
from ui.screens.history.history_page import HistoryPage
from ui.screens.history.list_page import ListPage
from ui.screens.history.report_page import ReportPage
from ui.screens.scan.lookup_overlay import LookupOverlay
from ui.screens.settings.settings_page import SettingsPage
from ui.screens.staff.override_overlay import OverrideOverlay
from ui.screens.staff.pin_overlay import PinOverlay
from ui.screens.staff.shift_page import ShiftPage
from ui.window.frame import Frame, Middle, Page
from ui.window.help_overlay import HelpOverlay
from ui.window.menu_overlay import MenuOverlay
from ui.window.pairing_page import PairingPage


class Screens(QObject):
    """The screens as properties, and the signals of user input on them."""

    number_given = Signal(str)
    contact_given = Signal(str)
    receipt_given = Signal(str)
    pin_entered = Signal(object, str)  # person, PIN
    unlock_asked = Signal(object)  # a locked-out person
    office_asked = Signal()
    allowed = Signal(object, str)  # manager, PIN
    override_closed = Signal()
    stamps_chosen = Signal(int)
    language_asked = Signal(str)
    pair_asked = Signal(str, str)  # server address, code
    pairing_left = Signal()

    def __init__(self, frame: Frame, theme: Theme, phrases: Phrases) -> None:
        super().__init__(frame)
        self._frame, self._theme, self._phrases = frame, theme, phrases

    # -- pages and the middle -----------------------------------------------------------------------------------

    @cached_property
    def enrol_dialog(self) -> EnrolDialog:
        return self._frame.add_middle(Middle.ENROL, EnrolDialog(self._theme, self._phrases))

    @cached_property
    def shift_page(self) -> ShiftPage:
        made = self._frame.add_page(Page.SHIFT, ShiftPage(self._theme, self._phrases, self._frame))
        made.entered.connect(self.pin_entered)
        made.unlock_asked.connect(self.unlock_asked)
        made.office_asked.connect(self.office_asked)
        made.language_asked.connect(self.language_asked)
        return made

    @cached_property
    def pairing_page(self) -> PairingPage:
        made = self._frame.add_page(Page.PAIR, PairingPage(self._theme, self._phrases, self._frame))
        made.pair_asked.connect(self.pair_asked)
        made.left.connect(self.pairing_left)
        made.language_asked.connect(self.language_asked)
        return made

    @cached_property
    def history_page(self) -> HistoryPage:
        return self._frame.add_more(HistoryPage(self._theme, self._phrases, self._frame))

    @cached_property
    def report_page(self) -> ReportPage:
        return self._frame.add_more(ReportPage(self._theme, self._phrases, self._frame))

    @cached_property
    def list_page(self) -> ListPage:
        return self._frame.add_more(ListPage(self._theme, self._phrases, self._frame))

    @cached_property
    def cases_page(self) -> CasesPage:
        return self._frame.add_more(CasesPage(self._theme, self._phrases, self._frame))

    @cached_property
    def case_page(self) -> CasePage:
        return self._frame.add_more(CasePage(self._theme, self._phrases, self._frame))

    @cached_property
    def settings_page(self) -> SettingsPage:
        return self._frame.add_more(SettingsPage(self._theme, self._phrases, self._frame))

    # -- overlays -----------------------------------------------------------------------------------------------

    @cached_property
    def number_lookup(self) -> LookupOverlay:
        words = self._phrases.labels
        made = self._lookup(
            lambda: words.type_number, lambda: words.type_number_hint, lambda: words.show_card, digits=True
        )
        made.asked.connect(self.number_given)
        return made

    @cached_property
    def contact_lookup(self) -> LookupOverlay:
        words = self._phrases.labels
        made = self._lookup(lambda: words.find_customer, lambda: words.find_hint, lambda: words.find)
        made.asked.connect(self.contact_given)
        return made

    def _lookup(
        self, title: Callable[[], str], hint: Callable[[], str], action: Callable[[], str], *, digits: bool = False
    ) -> LookupOverlay:
        made = LookupOverlay(
            self._theme, self._phrases, self._frame, title=title, hint=hint, action=action, digits=digits
        )
        return self._frame.add_overlay(made)

    @cached_property
    def receipt_entry(self) -> LookupOverlay:
        """The overlay for the receipt of a purchase."""
        words = self._phrases.labels
        made = LookupOverlay(
            self._theme,
            self._phrases,
            self._frame,
            title=lambda: words.receipt_number,
            hint=lambda: words.receipt_hint,
            action=lambda: words.take_receipt,
            digits=True,
            icon="check",
            may_be_empty=True,
        )
        made.field.setMaxLength(RECEIPT_CHARS_MAX)
        made.asked.connect(self.receipt_given)
        return self._frame.add_overlay(made)

    @cached_property
    def override_overlay(self) -> OverrideOverlay:
        made = self._frame.add_overlay(OverrideOverlay(self._theme, self._phrases, self._frame))
        made.allowed.connect(self.allowed)
        made.closed.connect(self.override_closed)
        return made

    @cached_property
    def card_actions_overlay(self) -> CardActionsOverlay:
        return self._frame.add_overlay(CardActionsOverlay(self._theme, self._phrases, self._frame))

    @cached_property
    def stamp_count_overlay(self) -> StampCountOverlay:
        made = self._frame.add_overlay(StampCountOverlay(self._theme, self._phrases, self._frame))
        made.chosen.connect(self.stamps_chosen)
        return made

    @cached_property
    def menu_overlay(self) -> MenuOverlay:
        made = self._frame.add_overlay(MenuOverlay(self._theme, self._phrases, self._frame))
        made.language_asked.connect(self.language_asked)
        return made

    @cached_property
    def help_overlay(self) -> HelpOverlay:
        return self._frame.add_overlay(HelpOverlay(self._theme, self._phrases, self._frame))

    @cached_property
    def pin_overlay(self) -> PinOverlay:
        """The overlay to choose a new PIN."""
        return self._frame.add_overlay(PinOverlay(self._theme, self._phrases, self._frame))
