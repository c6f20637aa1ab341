"""The window: a top bar, three places, and the pages and overlays that take turns. It shows; it decides nothing."""

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QInputEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QWidget

from ui.look.focus_ring import FocusRing
from ui.look.screen_layout import places
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.screens.card.card_panel import CardPanel
from ui.screens.card.celebration import Celebration
from ui.screens.card.recent_panel import RecentPanel
from ui.screens.card.undo_bar import UndoBar
from ui.screens.scan.scan_panel import ScanPanel
from ui.screens.scan.unknown_code_panel import UnknownCodePanel
from ui.widgets.back_page import BackPage
from ui.widgets.overlay import Overlay
from ui.widgets.question_overlay import QuestionOverlay
from ui.window.loading_page import LoadingPage
from ui.window.top_bar import TopBar
from ui.window.trouble_page import TroublePage

if TYPE_CHECKING:
    from ui.screens.card.stamp_count_overlay import StampsOverlay
    from ui.screens.enrolment.enrol_dialog import EnrolDialog
    from ui.screens.history.history_page import HistoryPage
    from ui.screens.history.list_page import ListPage
    from ui.screens.history.report_page import ReportPage
    from ui.screens.scan.lookup_overlay import LookupOverlay
    from ui.screens.settings.settings_page import SettingsPage
    from ui.screens.staff.override_overlay import OverrideOverlay
    from ui.screens.staff.pin_overlay import PinOverlay
    from ui.screens.staff.shift_page import ShiftPage
    from ui.window.help_overlay import HelpOverlay
    from ui.window.menu_overlay import MenuOverlay
    from ui.window.pairing_page import PairingPage

B = TypeVar("B", bound=BackPage)
V = TypeVar("V", bound=Overlay)
W = TypeVar("W", bound=QWidget)

_ACTIVITY = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel)


class Page(Enum):
    """What fills the window under the top bar."""

    SERVE = "serve"
    MORE = "more"  # beyond the main screen: history, the day, what the company says
    SHIFT = "shift"
    PAIR = "pair"
    LOAD = "load"
    TROUBLE = "trouble"


class Middle(Enum):
    """What stands in the middle of the serving page."""

    AIM = "aim"  # nothing: the camera takes the room
    CARD = "card"
    CELEBRATION = "celebration"
    CODE = "code"
    ENROL = "enrol"


class Window(QWidget):
    """One window for one till."""

    key_pressed = Signal(int, str)
    touched = Signal()  # anything that shows that somebody is there
    help_asked = Signal()
    announced = Signal(str)  # what a screen reader is told beyond what has the focus
    closing = Signal()
    made = Signal(QWidget)  # one more of the screens that are made when they are first asked for
    # What is asked for on those:
    number_given = Signal(str)
    contact_given = Signal(str)
    pin_entered = Signal(str, str)  # name, PIN
    unlock_asked = Signal(str)
    office_asked = Signal()
    allowed = Signal(str, str)  # a manager's name, PIN
    override_closed = Signal()
    language_asked = Signal(str)
    pair_asked = Signal(str, str)
    pairing_left = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, seconds: Callable[[], float]) -> None:
        super().__init__()
        phrases.always(lambda: self.setWindowTitle(phrases.labels.product))
        self.theme = self._theme = theme
        self._phrases = phrases
        self.page, self.middle = Page.LOAD, Middle.AIM
        self.status_line = TopBar(theme, phrases, self)
        self.undo = UndoBar(theme, phrases, seconds)
        self.serve = QWidget(self)
        self.scan = ScanPanel(theme, phrases, self.serve)
        self.recent = RecentPanel(theme, phrases, self.serve)
        self.card = CardPanel(theme, phrases, self.undo)
        self.celebration = Celebration(theme, phrases)
        self.code = UnknownCodePanel(theme)
        self._middles = QStackedWidget(self.serve)
        self._by_middle: dict[Middle, QWidget] = {
            Middle.CARD: self.card,
            Middle.CELEBRATION: self.celebration,
            Middle.CODE: self.code,
        }
        for widget in self._by_middle.values():
            self._middles.addWidget(widget)
        self.loading = LoadingPage(theme, phrases, seconds, self)
        self.trouble = TroublePage(theme, phrases, self)
        self._more = QStackedWidget(self)
        self._by_page: dict[Page, QWidget] = {
            Page.SERVE: self.serve,
            Page.MORE: self._more,
            Page.LOAD: self.loading,
            Page.TROUBLE: self.trouble,
        }
        self._overlays: list[Overlay] = []
        self.question = self._over(QuestionOverlay(theme, self))
        self.doubt = self._over(QuestionOverlay(theme, self, icon="coins"))
        self.status_line.help_asked.connect(self.help_asked)
        self.code.shown.connect(self.announce)
        self.ring = FocusRing(theme, self)
        theme.changed.connect(self.update)
        self.setMinimumSize(theme.px(640), theme.px(600))
        self.show_page(Page.LOAD)

    # -- beyond the main screen: made when first asked for, since no start waits for them --------------------------

    @cached_property
    def enrol(self) -> "EnrolDialog":
        from ui.screens.enrolment.enrol_dialog import EnrolDialog  # noqa: PLC0415 - as said above

        made = self._by_middle[Middle.ENROL] = EnrolDialog(self._theme, self._phrases)
        self._middles.addWidget(made)
        return made

    @cached_property
    def shift(self) -> "ShiftPage":
        from ui.screens.staff.shift_page import ShiftPage  # noqa: PLC0415

        made = self._turning(Page.SHIFT, ShiftPage(self._theme, self._phrases, self))
        made.entered.connect(self.pin_entered)
        made.unlock_asked.connect(self.unlock_asked)
        made.office_asked.connect(self.office_asked)
        made.language_asked.connect(self.language_asked)
        return made

    @cached_property
    def pairing(self) -> "PairingPage":
        from ui.window.pairing_page import PairingPage  # noqa: PLC0415

        made = self._turning(Page.PAIR, PairingPage(self._theme, self._phrases, self))
        made.pair_asked.connect(self.pair_asked)
        made.left.connect(self.pairing_left)
        made.language_asked.connect(self.language_asked)
        return made

    def _turning(self, page: Page, made: W) -> W:
        self._by_page[page] = made
        made.setVisible(self.page is page)
        self._place()
        self.made.emit(made)
        return made

    @cached_property
    def number(self) -> "LookupOverlay":
        words = self._phrases.labels
        made = self._lookup(lambda: words.type_number, lambda: words.type_number_hint, lambda: words.show_card)
        made.asked.connect(self.number_given)
        return made

    @cached_property
    def look_up(self) -> "LookupOverlay":
        words = self._phrases.labels
        made = self._lookup(lambda: words.find_customer, lambda: words.find_hint, lambda: words.find)
        made.asked.connect(self.contact_given)
        return made

    def _lookup(self, title: Callable[[], str], hint: Callable[[], str], action: Callable[[], str]) -> "LookupOverlay":
        from ui.screens.scan.lookup_overlay import LookupOverlay  # noqa: PLC0415

        return self._over(LookupOverlay(self._theme, self._phrases, self, title=title, hint=hint, action=action))

    @cached_property
    def override(self) -> "OverrideOverlay":
        from ui.screens.staff.override_overlay import OverrideOverlay  # noqa: PLC0415

        made = self._over(OverrideOverlay(self._theme, self._phrases, self))
        made.allowed.connect(self.allowed)
        made.closed.connect(self.override_closed)
        return made

    @cached_property
    def several(self) -> "StampsOverlay":
        from ui.screens.card.stamp_count_overlay import StampsOverlay  # noqa: PLC0415

        made = self._over(StampsOverlay(self._theme, self._phrases, self))
        made.chosen.connect(self.card.give_stamps)
        return made

    @cached_property
    def menu(self) -> "MenuOverlay":
        from ui.window.menu_overlay import MenuOverlay  # noqa: PLC0415

        made = self._over(MenuOverlay(self._theme, self._phrases, self))
        made.language_asked.connect(self.language_asked)
        return made

    @cached_property
    def help(self) -> "HelpOverlay":
        from ui.window.help_overlay import HelpOverlay  # noqa: PLC0415

        return self._over(HelpOverlay(self._theme, self._phrases, self))

    @cached_property
    def pins(self) -> "PinOverlay":
        """Where a new PIN is chosen."""
        from ui.screens.staff.pin_overlay import PinOverlay  # noqa: PLC0415

        return self._over(PinOverlay(self._theme, self._phrases, self))

    def _over(self, made: V) -> V:
        made.closed.connect(self._take_focus)
        self._overlays.append(made)
        self.made.emit(made)
        return made

    @cached_property
    def history(self) -> "HistoryPage":
        from ui.screens.history.history_page import HistoryPage  # noqa: PLC0415

        return self._beyond(HistoryPage(self._theme, self._phrases, self._more))

    @cached_property
    def report(self) -> "ReportPage":
        from ui.screens.history.report_page import ReportPage  # noqa: PLC0415

        return self._beyond(ReportPage(self._theme, self._phrases, self._more))

    @cached_property
    def listed(self) -> "ListPage":
        from ui.screens.history.list_page import ListPage  # noqa: PLC0415

        return self._beyond(ListPage(self._theme, self._phrases, self._more))

    @cached_property
    def settings(self) -> "SettingsPage":
        from ui.screens.settings.settings_page import SettingsPage  # noqa: PLC0415

        return self._beyond(SettingsPage(self._theme, self._phrases, self._more))

    def _beyond(self, page: B) -> B:
        page.back_asked.connect(lambda: self.show_page(Page.SERVE))
        self._more.addWidget(page)
        return page

    def listen(self, application: QApplication) -> None:
        """Hears what is touched from now on. Not while the window is made and first painted: each of the many hundred
        events of that would reach Python, and have it make the classes of all that they concern.
        """
        application.installEventFilter(self.ring)
        application.installEventFilter(self)

    # -- what is shown ----------------------------------------------------------------------------------------

    def show_page(self, page: Page) -> None:
        self.page = page
        self._widget_of(page)
        for each, widget in self._by_page.items():
            widget.setVisible(each is page)
        if page is not Page.SERVE:
            self.close_overlays()
        self.status_line.offer_menu(page in (Page.SERVE, Page.MORE))
        self._place()
        self._take_focus()

    def _widget_of(self, page: Page) -> QWidget:
        """Made when it is first to be shown."""
        match page:
            case Page.SHIFT:
                return self.shift
            case Page.PAIR:
                return self.pairing
            case _:
                return self._by_page[page]

    def show_more(self, page: BackPage) -> None:
        """One of the pages beyond the main screen."""
        self._more.setCurrentWidget(page)
        self.show_page(Page.MORE)

    @property
    def more_page(self) -> QWidget | None:
        """Which of them is open; None on every other page."""
        return self._more.currentWidget() if self.page is Page.MORE else None

    def show_middle(self, middle: Middle) -> None:
        self.middle = middle
        if (widget := self._by_middle.get(middle)) is not None:
            self._middles.setCurrentWidget(widget)
        self._place()
        if middle is not Middle.ENROL and not self.overlay_open:
            self._take_focus()

    def close_overlays(self) -> None:
        for overlay in self._overlays:
            overlay.close_overlay()

    @property
    def overlay_open(self) -> bool:
        return any(overlay.is_open for overlay in self._overlays)

    def repaint_all(self) -> None:
        """Words that are painted are painted anew."""
        for widget in self.findChildren(QWidget):
            widget.updateGeometry()
            widget.update()

    def announce(self, words: str) -> None:
        """Says *words* to a screen reader."""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, words))
        self.announced.emit(words)

    # -- size, look, keys -------------------------------------------------------------------------------------

    def _place(self) -> None:
        width, height = self.width(), self.height()
        bar = self.status_line.height()
        self.status_line.setGeometry(0, 0, width, bar)
        for page, widget in self._by_page.items():
            if page is not Page.SERVE:
                widget.setGeometry(0, bar, width, height - bar)
        self.serve.setGeometry(0, 0, width, height)
        self.serve.lower()
        found = places(width, height, aiming=self.middle is Middle.AIM, scale=self._theme.px(1000) / 1000)
        self.scan.set_places(found.side, found.actions)
        self.recent.setGeometry(found.recent)
        self._middles.setVisible(self.middle is not Middle.AIM)
        if self.middle is not Middle.AIM:
            self._middles.setGeometry(found.middle)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        QPainter(self).fillRect(event.rect(), self._theme.colour("bg"))

    def _take_focus(self) -> None:
        if self.overlay_open:
            return
        if self.page is Page.PAIR:
            self.pairing.start()
        elif self.page is Page.SERVE:
            self.setFocus()
        elif (more := self.more_page) is not None:
            more.setFocus()
        else:
            self._widget_of(self.page).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not isinstance(event, QInputEvent):  # by class: of the many hundred events of a screen few are of this one
            return False
        if event.type() in _ACTIVITY:
            self.touched.emit()
        if event.type() is QEvent.Type.KeyPress and watched is self.focusWidget() and self._asks_help(event):
            self.help_asked.emit()
            return True
        return False

    def _asks_help(self, event: QEvent) -> bool:
        """ "?" on any screen, but not where it is a letter among others."""
        typed = isinstance(event, QKeyEvent) and event.text() == "?"
        return typed and not self.overlay_open and not isinstance(self.focusWidget(), QLineEdit)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.page is Page.SERVE and not self.overlay_open:
            self.key_pressed.emit(event.key(), event.text())
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.closing.emit()
        event.accept()
