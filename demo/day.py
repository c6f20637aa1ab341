"""A day at the demo's till without people: opening, all customers in front of the camera, the outage, closing.

The film waits for the cashier, so the day does not depend on the machine's speed.
"""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from demo.cashier import Cashier, Stuck
from demo.cast import NEWCOMER_ELSEWHERE, Customer, Wish, number_without_card
from demo.filming.projector import Projector
from demo.serving import serve, serve_by_number, serve_unplanned
from demo.wire import Wire
from server.demo import cafes
from terminal.interface.asks import Sync
from terminal.interface.views import ProblemView
from ui.bootstrap import Application
from ui.screens.staff.name_tiles import StaffTile
from ui.window.frame import Middle, Page

CUT_AFTER = 6  # customers
FIRST_LOAD_S = 60.0
NEXT_CUSTOMER_S = 60.0  # a user's film may have long pauses
OTHER_STORE_S = 60.0
LAST_EXCHANGE_S = 30.0
AWAY_KEYS_MAX = 4  # enough to close an overlay and a celebration


class Day:
    """A cashier's day at one till."""

    def __init__(
        self,
        cashier: Cashier,
        counter: Application,
        film: Projector,
        customers: Sequence[Customer],
        *,
        scans: Sequence[str],
        wire: Wire | None,
        enrol_elsewhere: Callable[[str], None],
    ) -> None:
        """*scans* is filled by the camera's thread. *wire* is cut in the middle of the day, if given."""
        self._cashier, self._window, self._film, self._scans = cashier, cashier.window, film, scans
        self._wishes = {one.code.qr_code: one.wish for one in customers}
        self._wire, self._enrol_elsewhere = wire, enrol_elsewhere
        self._trouble = ""
        self._sees = False
        counter.camera.picture.connect(self._picture)
        counter.camera.broken.connect(self._broken, Qt.ConnectionType.QueuedConnection)

    def _broken(self, problem: ProblemView) -> None:
        self._trouble = problem.text

    def _picture(self, _picture: QImage, _two_cards: bool) -> None:
        self._sees = True

    def open(self, server: str, code: str) -> None:
        """Pairs the till and starts a shift, with one wrong PIN first."""
        cashier, window = self._cashier, self._window
        cashier.until(lambda: window.page is Page.PAIR, "the page on which a new till is paired")
        for field, text in ((window.screens.pairing_page.server, server), (window.screens.pairing_page.code, code)):
            cashier.tap(field)
            cashier.type(text)
        cashier.until(lambda: self._sees or bool(self._trouble), "a picture from the camera")
        self._stop_in_trouble()
        cashier.shot("pairing")
        cashier.press(Qt.Key.Key_Return)
        cashier.until(
            lambda: window.page is Page.SHIFT or bool(window.screens.pairing_page.message),
            "the first load",
            FIRST_LOAD_S,
        )
        if window.page is not Page.SHIFT:
            raise Stuck(window.screens.pairing_page.message)
        person = cafes.STAFF[0]
        cashier.until(
            lambda: bool(window.screens.shift_page.tiles.findChildren(StaffTile)), "the names of who works here"
        )
        cashier.tap_words(person.name, window.screens.shift_page.tiles)
        self._tap_pin(person.pin[::-1])
        cashier.until(lambda: bool(window.screens.shift_page.pad.message), "a no to a wrong PIN")
        cashier.shot("wrong-pin")
        self._tap_pin(person.pin)
        cashier.until(lambda: window.page is Page.SERVE, "the serving page")
        cashier.shot("ready")

    def serve_everybody(self) -> None:
        """Serves customers until the film ends; then one who has left the card at home."""
        for number in itertools.count():
            if number == CUT_AFTER:
                self._cut()
            code = self._next()
            if code is None:
                break
            self._serve(code)
        self._cut()
        serve_by_number(self._cashier, number_without_card())
        self._put_away()

    def close(self) -> None:
        """Restores the network and waits until everything is exchanged."""
        cashier = self._cashier
        if self._wire is not None:
            cashier.until(lambda: cashier.status is not None and not cashier.status.online, "the word of the outage")
            cashier.shot("offline")
            self._wire.mend()
        cashier.ask(Sync(LAST_EXCHANGE_S), 2 * LAST_EXCHANGE_S)
        cashier.until(self._all_is_in, "the company's word on everything")
        cashier.shot("all-confirmed")

    def _tap_pin(self, pin: str) -> None:
        for digit in pin:
            self._cashier.tap_words(digit, self._window.screens.shift_page.pad)

    def _cut(self) -> None:
        if self._wire is not None:
            self._wire.cut()

    def _next(self) -> str | None:
        """The next scanned code; None at the end of the film."""
        before = len(self._scans)
        self._film.go_on()
        self._cashier.until(
            lambda: len(self._scans) > before or self._film.over or bool(self._trouble), "a code", NEXT_CUSTOMER_S
        )
        self._stop_in_trouble()
        return self._scans[-1] if len(self._scans) > before else None

    def _stop_in_trouble(self) -> None:
        if self._trouble:
            raise Stuck(self._trouble)

    def _serve(self, code: str) -> None:
        self._cashier.settle()
        wish = self._wishes.pop(code, None)
        if wish is None:
            serve_unplanned(self._cashier)
        else:
            serve(self._cashier, wish)
        self._put_away()
        if wish is Wish.UNHEARD_OF:
            with ThreadPoolExecutor(1) as other_store:
                enrolled = other_store.submit(self._enrol_elsewhere, NEWCOMER_ELSEWHERE)
                self._cashier.until(enrolled.done, "the other store's till", OTHER_STORE_S)
                enrolled.result()

    def _put_away(self) -> None:
        for _ in range(AWAY_KEYS_MAX):
            if self._window.middle is Middle.AIM:
                return
            self._cashier.press(Qt.Key.Key_Escape)
        raise Stuck("the card cannot be put away")

    def _all_is_in(self) -> bool:
        status = self._cashier.status
        return (
            status is not None
            and status.online
            and status.acked_seq == status.last_seq
            and status.waiting == status.held == 0
        )
