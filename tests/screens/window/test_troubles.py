"""Problems of the till: each has a sentence on screen and a remedy."""

import re
from datetime import timedelta

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from terminal.interface.asks import Stamp
from terminal.problems import JournalUnwritable, KeyringLocked, NoCamera, NotPaired, PairingProblem, SignedOff
from terminal.scanner.scans import FrameReport, Scan
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, token
from tests.support.recorded_counter import RecordedCounter
from tests.support.walk import come_on_shift, scan, settle, shows, tap, type_keys, until
from ui.threads.camera_bridge import to_picture
from ui.window.frame import Middle, Page


def test_a_full_disk_is_told_until_something_was_saved_again(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.counter.problem = lambda ask: JournalUnwritable() if isinstance(ask, Stamp) else None
    tap(screen, screen.window.card_panel.stamp)
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == screen.problem("journal_unwritable")
    assert not screen.window.undo_bar.words
    assert screen.window.card_panel.stamp.text() == "Stamp → 8 of 10"
    screen.counter.problem = lambda ask: None
    tap(screen, screen.window.card_panel.stamp)
    assert screen.window.scan_panel.notice is None


def test_a_bug_is_told_with_the_number_of_its_log_line(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))

    def breaks(ask: object) -> None:
        if isinstance(ask, Stamp):
            raise ZeroDivisionError

    screen.counter.problem = breaks
    tap(screen, screen.window.card_panel.stamp)
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert re.fullmatch(rf"{re.escape(screen.problem('problem'))} \([0-9a-f]+\)", notice.text)
    assert shows(screen, Middle.CARD)


def test_a_camera_that_is_back_is_not_read_aloud_as_missing(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.camera.end(NoCamera())
    settle(screen)
    screen.camera.frame(FrameReport(np.zeros((72, 128, 3), np.uint8), 0.0, (), None))
    settle(screen)
    assert screen.window.scan_panel.camera.broken == screen.window.scan_panel.camera.accessibleDescription() == ""


def test_without_a_camera_the_till_says_so_and_serves_by_number(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.camera.end(NoCamera())
    settle(screen)
    camera = screen.window.scan_panel.camera
    assert camera.broken == camera.accessibleDescription() == screen.problem("no_camera")
    screen.window.scan_panel.number_asked.emit()
    type_keys(screen.window.screens.number_lookup.field, "509311764821\r")
    settle(screen)
    assert shows(screen, Middle.CARD)


def test_a_locked_keyring_has_its_page_and_trying_again_opens_the_till(opens: Opens) -> None:
    cafe = Cafe()
    locked = [True]

    def open_till() -> RecordedCounter:
        if locked:
            locked.clear()
            raise KeyringLocked
        return cafe.counter.open()

    screen = opens(cafe, open_till=open_till)
    until(lambda: screen.window.page is Page.TROUBLE)
    assert screen.window.trouble_page.message == screen.problem("keyring_locked")
    QTest.keyClick(screen.window.focusWidget(), Qt.Key.Key_Return)
    until(lambda: screen.window.page is Page.SHIFT)


def test_a_new_till_is_paired_by_the_code_shown_to_its_camera(opens: Opens) -> None:
    cafe = Cafe()
    paired: list[tuple[str, str]] = []

    def open_till() -> RecordedCounter:
        if not paired:
            raise NotPaired
        return cafe.counter.open()

    screen = opens(cafe, open_till=open_till, pair=lambda server, code: paired.append((server, code)))
    until(lambda: screen.window.page is Page.PAIR)
    screen.camera.scan(Scan("orion-pair:https://aurora.example#K7MP-3QRS", 0.0))
    until(lambda: screen.window.page is Page.SHIFT)
    assert paired == [("https://aurora.example", "K7MP-3QRS")]


def test_a_refused_pairing_code_leaves_both_fields_to_be_mended(opens: Opens) -> None:
    def open_till() -> RecordedCounter:
        raise NotPaired

    def pair(server: str, code: str) -> None:
        raise PairingProblem

    screen = opens(open_till=open_till, pair=pair)
    until(lambda: screen.window.page is Page.PAIR)
    pairing = screen.window.screens.pairing_page
    type_keys(pairing.server, "https://aurora.example")
    type_keys(pairing.code, "WRONG\r")
    until(lambda: bool(pairing.message))
    assert pairing.message == screen.problem("pairing_refused")
    assert pairing.code.isEnabled()
    assert pairing.code.text() == "WRONG"


def test_a_till_that_must_be_paired_again_is_paired_from_its_window_and_serves_until_then(opens: Opens) -> None:
    paired: list[str] = []
    cafe = Cafe()
    cafe.line.stands(pair_again=True)

    def pair(server: str, code: str) -> None:
        if code == "WRONG":
            raise PairingProblem
        paired.append(code)
        cafe.line.stands(pair_again=False)

    screen = opens(cafe, pair=pair)
    until(lambda: screen.window.page is Page.SHIFT)
    screen.window.top_bar.pair_asked.emit()
    until(lambda: screen.window.page is Page.PAIR)
    pairing = screen.window.screens.pairing_page
    type_keys(pairing.server, "https://aurora.example")
    type_keys(pairing.code, "WRONG\r")
    until(lambda: bool(pairing.message))
    until(lambda: cafe.counter.times_opened == 2)
    assert screen.window.page is Page.PAIR, "no status takes the page away"
    type_keys(pairing, "\x1b")
    until(lambda: screen.window.page is Page.SHIFT)
    screen.window.top_bar.pair_asked.emit()
    pairing.code.clear()
    type_keys(pairing.code, "K7MP-3QRS\r")
    until(lambda: screen.window.page is Page.SHIFT)
    assert paired == ["K7MP-3QRS"]
    assert cafe.counter.times_opened == 3


def test_a_till_that_was_signed_off_says_so_and_waits_for_a_code(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.counter.problem = lambda ask: SignedOff()
    screen.camera.scan(Scan(token("marie"), 0.0))
    until(lambda: screen.window.page is Page.PAIR)
    assert screen.window.screens.pairing_page.message == screen.problem("revoked")


def test_the_first_load_lets_serve_as_soon_as_rules_and_staff_are_in(opens: Opens) -> None:
    screen = opens(Cafe(heard=False))
    until(lambda: screen.window.page is Page.LOAD)
    settle(screen)
    assert not screen.window.loading_page.serve.isVisible()
    screen.counter.hears(more=True, rows_left=664_000)
    settle(screen)
    assert screen.window.loading_page.serve.isVisible()
    tap(screen, screen.window.loading_page.serve)
    assert screen.window.page is Page.SHIFT


def test_offline_changes_the_light_and_the_words_and_nothing_else(opens: Opens) -> None:
    screen = opens(Cafe(offline=timedelta(minutes=22)))
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    assert screen.window.top_bar.connection == "Offline since 13:40, 1 waiting, all saved"
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.title == "Serve as usual"
    assert screen.window.undo_bar.offers


def test_closing_the_window_ends_the_counters_thread_and_closes_the_till(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    assert screen.thread.stop()
    assert screen.counter.till is None


def test_any_picture_a_camera_gives_is_shown_or_passed_over() -> None:
    assert isinstance(to_picture(np.zeros((4, 6, 3), np.uint8)), QImage)
    assert isinstance(to_picture(np.zeros((4, 6), np.uint8)), QImage)
    assert isinstance(to_picture(np.zeros((4, 6, 4), np.uint8)), QImage)
    assert to_picture(np.zeros((4, 6), np.float32)) is None
    assert to_picture(np.zeros((0, 6, 3), np.uint8)) is None
    assert to_picture(np.zeros((4, 6, 2), np.uint8)) is None
