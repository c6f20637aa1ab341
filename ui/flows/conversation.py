"""The top flow: decides which page is shown, and connects the other flows. `ui.flows.serving` handles cards."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from terminal.interface.asks import Scan, Speak
from terminal.interface.phrases import Speech
from terminal.interface.views import ProblemView, StatusView
from terminal.scanner.wedge.readings import Typed
from ui.flows.busy_rings import BusyRings
from ui.flows.help import Help
from ui.flows.serving.card_flow import CurrentCard
from ui.flows.serving.customer_view import CustomerViewFlow
from ui.flows.serving.notices import Notices
from ui.flows.serving.receipt_entry import ReceiptEntry
from ui.flows.serving.slip_printing import Receipts
from ui.flows.serving.staff import StaffFlow
from ui.flows.serving.typed_codes import TypedCodes
from ui.flows.shortcuts import Shortcuts
from ui.flows.till_state import TillState
from ui.phrases.phrases import Phrases
from ui.threads.asking import Asking, Pace
from ui.threads.camera_bridge import CameraBridge
from ui.threads.counter_thread import CounterThread
from ui.threads.hand_scanner import HandScanner
from ui.threads.print_queue import PrintQueue
from ui.threads.saved_preferences import SavedPreferences
from ui.window.frame import Middle, Page
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.flows.menu.menu_pages import MenuPages
    from ui.window.screens import Screens


class Conversation(QObject):
    """The top flow of the window, from start to end."""

    read = Signal()  # a code was accepted

    def __init__(
        self,
        window: Window,
        counter: Asking,
        phrases: Phrases,
        *,
        speech: Speech,
        preferences: SavedPreferences,
        print_queue: PrintQueue,
        pace: Pace,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._counter, self._phrases, self._speech = window, counter, phrases, speech
        self._preferences, self._print_queue = preferences, print_queue
        self._pairing_again = False  # the pairing page was requested and stays until left
        self._served = False  # the user left the page of the first load
        self._beginning = False  # the till is being opened; requests wait
        self._camera_works = True
        self.till = TillState(counter, self)
        self.notices = Notices(
            window.scan_panel, window.announce, phrases, till=self.till, lasts_ms=pace.notice, parent=self
        )
        self.staff = StaffFlow(window, counter, phrases, self.till, self)
        self.current_card = CurrentCard(
            window, counter, phrases, pace, notices=self.notices, staff=self.staff, till=self.till, parent=self
        )
        self.receipt_entry = ReceiptEntry(window, self.current_card, phrases, self)
        self.typed_codes = TypedCodes(counter, self)
        self.typed_codes.read.connect(self._take_typed)
        self.typed_codes.unsure.connect(self._typed_unsure)
        self.receipts = Receipts(
            print_queue,
            phrases,
            self.notices,
            till=self.till,
            preferences=lambda: preferences.now,
            announce=window.announce,
            parent=self,
        )
        self.current_card.wrote.connect(self.receipts.wrote)
        self.customer_view = CustomerViewFlow(window, self.current_card, phrases, self.till, self)
        self.help = Help(window, phrases, self)
        self.busy_rings = BusyRings(window, counter, self)
        window.scan_panel.return_asked.connect(lambda: self.menu_pages.card_history.open_return())  # noqa: PLW0108 - created on first use
        window.card_panel.face.opened.connect(lambda: self.menu_pages.card_history.open_card())  # noqa: PLW0108
        window.top_bar.menu_asked.connect(lambda: self.menu_pages.menu.open())  # noqa: PLW0108
        self._idle = QTimer(self, singleShot=True, interval=pace.idle_lock)
        self._idle.timeout.connect(self.staff.lock)
        self._tick = QTimer(self, interval=pace.status)
        self._tick.timeout.connect(self.till.refresh)
        self.till.changed.connect(self._till_changed)
        counter.troubled.connect(self.notices.trouble)
        window.touched.connect(self._touched)
        self.shortcuts = Shortcuts(
            window, self.current_card, menu_pages=lambda: self.menu_pages, receipts=self.receipts, parent=self
        )
        window.top_bar.lock_asked.connect(self.staff.lock)
        window.screens_made.connect(self._listen_to)
        preferences.spoken.connect(self.speak)
        window.scan_panel.number_asked.connect(lambda: window.screens.number_lookup.start())  # noqa: PLW0108 - created on first use
        window.scan_panel.find_asked.connect(lambda: window.screens.contact_lookup.start())  # noqa: PLW0108
        window.recent_panel.row_chosen.connect(self.staff.ask_to_take_back)
        window.loading_page.serve_asked.connect(self._start_serving)

    def _listen_to(self, screens: "Screens") -> None:
        screens.language_asked.connect(lambda language: self._preferences.choose(language=language))
        screens.office_asked.connect(lambda: self.menu_pages.pin_changes.call_office())  # noqa: PLW0108 - created on first use
        screens.pairing_left.connect(self._leave_pairing)

    @cached_property
    def menu_pages(self) -> "MenuPages":
        """The pages of the menu, created with the first status or on first use."""
        from ui.flows.menu.menu_pages import MenuPages  # noqa: PLC0415 - not needed at start

        return MenuPages(
            self._window,
            self._counter,
            self._phrases,
            self._preferences,
            till=self.till,
            staff=self.staff,
            current_card=self.current_card,
            print_queue=self._print_queue,
            receipts=self.receipts,
            tell=lambda text: self.notices.done(self._phrases.labels.pin, text),
            parent=self,
        )

    def watch(self, thread: CounterThread, camera: CameraBridge) -> None:
        """Connects the signals of the other threads: opening, pairing, pictures and scans."""
        window = self._window
        thread.opened.connect(self.start)
        thread.exchanged.connect(self.till.refresh)
        thread.unpaired.connect(self._unpaired)
        thread.broken.connect(self._broken)
        thread.signed_off.connect(self._signed_off)
        thread.paired.connect(self._paired)
        thread.pairing_failed.connect(lambda problem: window.screens.pairing_page.refuse(problem.text))
        window.screens_made.connect(lambda screens: screens.pair_asked.connect(thread.pair))
        window.trouble_page.again_asked.connect(thread.reopen)
        window.top_bar.pair_asked.connect(self._pair_again)
        camera.picture.connect(self._picture)
        camera.read.connect(lambda scan: self.menu_pages.scanner_test.seen(scan))  # noqa: PLW0108
        camera.hinted.connect(lambda hint: self.menu_pages.scanner_test.show_hint(hint))  # noqa: PLW0108
        camera.scanned.connect(self.scanned)
        camera.broken.connect(self._no_camera)

    def listen(self, scanner: HandScanner) -> None:
        """Connects a hand-held scanner."""
        scanner.scanned.connect(self._typed)
        self.typed_codes.learned.connect(scanner.learn)

    def speak(self, language: str) -> None:
        """Changes the language: renews the visible texts and requests the counter's texts again."""
        window, words = self._window, self._phrases.labels
        if language == self._phrases.language:
            return
        self._speech.speak(language)
        self._phrases.changed()
        window.undo_bar.clear()
        self.notices.trouble_over()
        if window.page is Page.MORE and window.more_page is not window.screens.settings_page:
            window.show_page(Page.SERVE)
        if window.middle is Middle.AIM:
            window.scan_panel.show_wide(words.show_code, words.looking)
        self.current_card.change_language()
        self.staff.said_anew()
        self._counter.ask(Speak(language))
        self.staff.ask_people()
        self.till.refresh()
        window.recent_panel.show_view(window.recent_panel.shown)
        window.repaint_all()

    def begin(self) -> None:
        """Shows the serving page while a paired till is being opened; scans wait."""
        window, words = self._window, self._phrases.labels
        self._beginning = True
        window.top_bar.show_starting()
        window.show_page(Page.SERVE)
        window.scan_panel.show_wide(words.show_code, words.looking)
        self._ask_first()

    def start(self) -> None:
        """Starts after the till was opened."""
        if self._beginning:
            self._beginning = False  # already requested, before the scans
        else:
            if not self._pairing_again:
                self._window.show_page(Page.LOAD)
            self._ask_first()
        self._tick.start()
        self._idle.start()

    def _ask_first(self) -> None:
        self._counter.ask(Speak(self._phrases.language))  # a counter does not know the language of a window's system
        self.till.refresh()
        self.staff.ask_people()

    def stop(self) -> None:
        self._tick.stop()
        self._idle.stop()
        self.current_card.stop()
        self.notices.stop()

    def _unpaired(self) -> None:
        self._not_opened()
        self._window.show_page(Page.PAIR)
        self._window.screens.pairing_page.offer_back(False)

    def _not_opened(self) -> None:
        """Ends the state of being opened."""
        self._beginning = False

    def _signed_off(self, problem: ProblemView) -> None:
        self.stop()
        self._not_opened()
        self._window.show_page(Page.PAIR)
        self._window.screens.pairing_page.refuse(problem.text)
        self._window.announce(problem.text)

    def _paired(self) -> None:
        self._pairing_again, self._served = False, False
        self.till.forget()
        self._window.show_page(Page.LOAD)

    def _pair_again(self) -> None:
        self._pairing_again = True
        self._window.show_page(Page.PAIR)
        self._window.screens.pairing_page.offer_back(self.till.status is not None)

    def _leave_pairing(self) -> None:
        if self._pairing_again and self.till.status is not None:
            self._pairing_again = False
            self._show_page(self.till.status)

    def _broken(self, problem: ProblemView) -> None:
        self._not_opened()
        self._window.trouble_page.show_problem(problem.text)
        self._window.show_page(Page.TROUBLE)
        self._window.announce(problem.text)

    def _picture(self, picture: QImage, two_cards: bool) -> None:
        window = self._window
        if not self._camera_works:
            self._camera_works = True
            window.screens.shift_page.show_camera(there=True)
        if window.page is Page.SERVE:
            window.scan_panel.camera.show_picture(picture, two_cards=two_cards)
        elif window.page is Page.PAIR:
            window.screens.pairing_page.camera.show_picture(picture)
        elif self.menu_pages.scanner_test.open:
            self.menu_pages.scanner_test.show_picture(picture, two_cards=two_cards)

    def _no_camera(self, problem: ProblemView) -> None:
        self._camera_works = False
        self._window.screens.shift_page.show_camera(there=False)
        self._window.scan_panel.camera.show_broken(problem.text)
        self._window.screens.pairing_page.camera.show_broken(problem.text)
        self.menu_pages.scanner_test.show_no_camera(problem.text)
        self._window.announce(problem.text)

    # -- touches ----------------------------------------------------------------------------------------------

    def scanned(self, text: str) -> None:
        """Handles a code before the camera, unless a PIN, number or name is being entered, as the card would change."""
        window = self._window
        if window.page is Page.PAIR:
            self.read.emit()
            window.screens.pairing_page.take_scan(text)
        elif self.menu_pages.scanner_test.open or self._taken_elsewhere(text):
            self.read.emit()
        elif self._takes_cards and not window.overlay_open:
            self.current_card.look(Scan(text, by_camera=True))  # first, so that the counter works in parallel
            self.read.emit()
        self._touched()
        window.scan_panel.camera.mark_seen()

    def _taken_elsewhere(self, text: str) -> bool:
        """True if a form, the receipt's field or the search for a purchase took the code."""
        pages = self.menu_pages
        takers = (pages.card_actions, self.receipt_entry, pages.card_history)
        return any(each.take_code(text) for each in takers)

    @property
    def _takes_cards(self) -> bool:
        window = self._window
        busy = window.middle is Middle.ENROL and not window.screens.enrol_dialog.takes_cards
        return window.page is Page.SERVE and not busy

    def _typed(self, typed: Typed) -> None:
        """Handles a hand-held scanner's input, regardless of the focus."""
        self._touched()
        if self._window.page is Page.PAIR:
            self._window.screens.pairing_page.take_scan(typed.readings[0].text)
        elif self.menu_pages.scanner_test.open:
            self.read.emit()
            self.menu_pages.scanner_test.typed(typed)
        else:
            self.typed_codes.take(typed)

    def _take_typed(self, text: str) -> None:
        """Handles a typed code like one before the camera; it also answers the two overlays that request a card."""
        window = self._window
        if self._taken_elsewhere(text):
            self.read.emit()
            return
        screens = window.screens
        gives_way = (screens.number_lookup, screens.contact_lookup, screens.help_overlay)
        if self._takes_cards and (any(each.is_open for each in gives_way) or not window.overlay_open):
            for overlay in gives_way:
                overlay.close_overlay()
            self.read.emit()
            self.current_card.look(Scan(text))

    def _typed_unsure(self) -> None:
        if self._takes_cards:
            self.notices.refuse(self._phrases.labels.scanner_unsure)

    def _touched(self) -> None:
        self._idle.start()
        self.current_card.touched()

    def _start_serving(self) -> None:
        self._served = True
        if self.till.status is not None:
            self._show_page(self.till.status)

    # -- pages ------------------------------------------------------------------------------------------------

    def _till_changed(self) -> None:
        till, panel = self.till, self._window.recent_panel
        if till.status is None:
            return
        self._phrases.formats.tell_hours_of(till.status.time_zone)
        self._window.top_bar.show_view(till.status)
        panel.show_today(till.today)
        if panel.shown != till.recent:
            panel.show_view(till.recent)
        _ = self.menu_pages, self.current_card.enrolment  # created now, if not by the start
        self._show_page(till.status)

    def _show_page(self, status: StatusView) -> None:
        window, words = self._window, self._phrases.labels
        page = self._page_for(status)
        if page is Page.LOAD:
            window.loading_page.show_view(status)
        left_alone = self._pairing_again or (window.page is Page.MORE and page is Page.SERVE)
        if window.page is page or left_alone:
            return
        if page is Page.SHIFT:
            self.current_card.put_away()
            self.staff.start_shift()
        window.show_page(page)
        if page is Page.SERVE:
            self._idle.start()  # the person on shift has the full time
            if window.middle is Middle.AIM:
                window.scan_panel.show_wide(words.show_code, words.looking)

    def _page_for(self, status: StatusView) -> Page:
        if status.program is None or (status.progress is not None and not self._served):
            return Page.LOAD
        if status.staff is None and status.pin_required != "never":
            return Page.SHIFT
        return Page.SERVE
