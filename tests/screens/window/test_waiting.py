"""Waiting is indicated where it occurs: nothing for 300 ms, then a ring until the answer."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from terminal.interface.asks import Earn, Enrol, Find, Pin, Redeem, Stamp, Void
from terminal.interface.report_asks import Report
from terminal.problems import NotPaired, PairingProblem
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.memory_press import MemoryPress
from tests.support.recorded_counter import RecordedCounter
from tests.support.screen import Screen
from tests.support.walk import choose_key, choose_person, come_on_shift, confirm, scan, settle, tap, type_keys, until
from ui.look.busy_ring import WAITS_MS
from ui.screens.settings.printer_section import PrinterSection
from ui.window.frame import Middle, Page


class Held:
    """An operation that ends when the test says so."""

    def __init__(self) -> None:
        self._go = threading.Event()

    def let_go(self) -> None:
        self._go.set()

    def wait(self) -> None:
        self._go.wait(10)

    def hold(self, counter: RecordedCounter, *kinds: type) -> None:
        """The next asks of these kinds are not answered before."""

        def held(ask: object) -> None:
            if isinstance(ask, kinds):
                self.wait()

        counter.problem = held


@contextmanager
def holding() -> Iterator[Held]:
    held = Held()
    try:
        yield held
    finally:
        held.let_go()


def waits(works: Callable[[], bool], begins: Callable[[], object]) -> float:
    """Seconds from the beginning until the ring was shown."""
    began = time.monotonic()
    begins()
    if time.monotonic() - began < WAITS_MS / 2000:  # otherwise the machine itself was slow
        assert not works(), "not at once: most things are over before anybody waits"
    until(works)
    return time.monotonic() - began


def press(screen: Screen, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or screen.window, key)


def test_a_stamp_on_a_slow_disk_shows_a_ring_after_300_ms_until_it_is_written(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    stamp = screen.window.card_panel.stamp
    words = stamp.text()
    with holding() as held:
        held.hold(screen.counter, Stamp)
        at_rest = stamp.grab().toImage()
        waited_s = waits(lambda: stamp.works, lambda: type_keys(screen.window, "s"))
        assert waited_s >= WAITS_MS / 1000 * 0.9
        assert stamp.text() == words, "its label stays"
        assert stamp.grab().toImage() != at_rest
        assert not screen.window.card_panel.earn.works, "only where it was touched"
    settle(screen)
    assert not stamp.works
    assert screen.window.card_panel.face.accessibleName().split(", ")[2] == "8 of 10 stamps"


def test_what_is_answered_in_time_shows_none(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    over = time.monotonic() + WAITS_MS / 1000 * 1.5
    until(lambda: screen.window.card_panel.stamp.works or time.monotonic() > over)
    assert not screen.window.card_panel.stamp.works


@pytest.mark.parametrize("still", [False, True])
def test_a_ring_goes_round_and_stands_still_where_less_motion_was_asked_for(opens: Opens, still: bool) -> None:
    screen = opens()
    screen.theme.still = still
    come_on_shift(screen)
    scan(screen, token("marie"))
    stamp = screen.window.card_panel.stamp
    with holding() as held:
        held.hold(screen.counter, Stamp)
        waits(lambda: stamp.works, lambda: type_keys(screen.window, "s"))
        first = stamp.grab().toImage()
        ends = time.monotonic() + 0.5
        until(lambda: stamp.grab().toImage() != first or time.monotonic() > ends)
        assert (stamp.grab().toImage() == first) is still


def amount(screen: Screen) -> None:
    type_keys(screen.window, "4250")
    settle(screen)


@pytest.mark.parametrize(
    ("kind", "whose", "place", "begins"),
    [
        (
            Earn,
            "marie",
            lambda window: window.card_panel.earn,
            lambda screen: confirm(screen.window.focusWidget() or screen.window),
        ),
        (
            Redeem,
            "ines",
            lambda window: window.card_panel.rewards.buttons[1],
            lambda screen: type_keys(screen.window, "r"),
        ),
        (Void, "marie", lambda window: window.undo_bar.button, lambda screen: type_keys(screen.window, "u")),
    ],
    ids=["points", "a reward", "undo"],
)
def test_each_touch_on_a_card_waits_where_it_was_made(  # type: ignore[no-untyped-def]
    opens: Opens, kind, whose, place, begins
) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token(whose))
    if kind is Void:
        tap(screen, screen.window.card_panel.stamp)
    elif kind is Earn:
        amount(screen)
    button = place(screen.window)
    with holding() as held:
        held.hold(screen.counter, kind)
        waits(lambda: button.works, lambda: begins(screen))
    settle(screen)
    assert not button.works


def test_a_look_up_waits_in_its_panel(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    look_up = screen.window.screens.contact_lookup
    press(screen, Qt.Key.Key_F2)
    type_keys(look_up.field, "nobody@example.com")
    with holding() as held:
        held.hold(screen.counter, Find)
        waits(lambda: look_up.give.works, lambda: press(screen, Qt.Key.Key_Return))
    settle(screen)
    assert look_up.message
    assert not look_up.give.works


def test_a_pin_that_is_looked_at_waits_beside_its_dots(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    dots = screen.window.screens.shift_page.pad.dots
    with holding() as held:
        held.hold(screen.counter, Pin)
        waits(lambda: dots.ring.shown, lambda: type_keys(screen.window.screens.shift_page, "4711"))
    settle(screen)
    assert screen.window.page is Page.SERVE
    assert not dots.ring.shown


def test_a_new_card_and_a_page_of_numbers_wait_too(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    press(screen, Qt.Key.Key_F3)
    settle(screen)
    scan(screen, token("blank"))
    with holding() as held:
        held.hold(screen.counter, Enrol)
        dialog = screen.window.screens.enrol_dialog
        waits(lambda: dialog.name_step.make.works, lambda: confirm(dialog))
    settle(screen)
    with holding() as held:
        held.hold(screen.counter, Report)
        waits(lambda: screen.window.screens.report_page.ring.works, screen.conversation.menu_pages.reports.open_today)
    settle(screen)
    assert not screen.window.screens.report_page.ring.works


def test_a_stamp_for_a_code_not_known_yet_waits_on_its_choice_and_another_scan_meanwhile_is_no_trouble(
    opens: Opens,
) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("somebody-else"))
    assert screen.window.middle is Middle.CODE
    with holding() as held:
        held.hold(screen.counter, Stamp)
        waits(lambda: screen.window.unknown_code_panel.buttons[0].works, lambda: choose_key(screen.window, "1"))
        screen.conversation.scanned("https://example.com/menu")
    settle(screen)
    assert not screen.window.unknown_code_panel.buttons[0].works


def test_pairing_waits_on_its_button_until_the_server_has_said_something(opens: Opens) -> None:
    def not_paired() -> RecordedCounter:
        raise NotPaired

    with holding() as held:

        def pair(server: str, code: str) -> None:
            held.wait()
            raise PairingProblem

        screen = opens(open_till=not_paired, pair=pair)
        until(lambda: screen.window.page is Page.PAIR)
        page = screen.window.screens.pairing_page
        page.server.setText("https://aurora.example")
        page.code.setText("K7MP-3QRS")
        words = page.pair.text()
        waits(lambda: page.pair.works, lambda: press(screen, Qt.Key.Key_Return))
        assert (page.pair.text(), page.pair.accessibleName()) == (words, "Pairing")
        held.let_go()
        until(lambda: bool(page.message))
        assert not page.pair.works
        assert page.pair.accessibleName() == words


def test_a_printer_that_takes_its_time_is_waited_for_on_the_button_that_tries_it(opens: Opens) -> None:
    with holding() as held:

        class SlowPress(MemoryPress):
            def print_slip(self, *slip: object) -> None:
                held.wait()

        screen = opens(press=SlowPress())
        screen.preferences.choose(printer="network", printer_address="192.168.1.50")
        come_on_shift(screen)
        screen.conversation.menu_pages.settings.open()
        screen.window.screens.settings_page.open_section(PrinterSection)
        section = screen.window.screens.settings_page.section(PrinterSection)
        waits(lambda: section.test.works, section.test.click)
        before = section.message
        held.let_go()
        until(lambda: section.message != before)
        assert not section.test.works


def test_a_ring_is_gone_with_its_button(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    with holding() as held:
        held.hold(screen.counter, Stamp)
        waits(lambda: screen.window.card_panel.stamp.works, lambda: type_keys(screen.window, "s"))
        press(screen, Qt.Key.Key_Escape)
        assert screen.window.middle is Middle.AIM
        assert not screen.window.card_panel.stamp.works
    settle(screen)
