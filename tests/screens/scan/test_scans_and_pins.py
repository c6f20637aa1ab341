"""A scanner's keys where a PIN is asked for: no scan is a try, and a person's PIN counts at any pace."""

import random
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from terminal.interface.asks import Pin, Unlock
from terminal.interface.pin_asks import ChangePin, ResetPin, UnlockByPhone
from terminal.scanner.wedge.wedge import STUMBLE_S, KeyPress
from tests.screens.scan.conftest import NUMBER, booked
from tests.support.cafe import token
from tests.support.keyboards import types
from tests.support.screen import Screen
from tests.support.walk import choose_person, press, settle, until
from ui.screens.staff.pin_pad import PinPad
from ui.threads.hand_scanner import HandScanner
from ui.window.frame import Page

TRIES = (Pin, Unlock, ChangePin, ResetPin, UnlockByPhone)


def on_shift_page(screen: Screen) -> PinPad:
    screen.conversation.staff.lock()
    until(lambda: screen.window.page is Page.SHIFT)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    return screen.window.screens.shift_page.pad


def on_new_pin(screen: Screen) -> PinPad:
    screen.conversation.menu_pages.pin_changes.open()
    settle(screen)
    choose_person(screen.window.screens.pin_overlay.tiles, "Lena Moreau")
    return screen.window.screens.pin_overlay.pad


def on_unlocking(screen: Screen) -> PinPad:
    pad = on_shift_page(screen)
    [sara] = [one for one in screen.window.screens.shift_page.tiles.people if one.name == "Sara Blom"]
    screen.window.screens.shift_page.unlock_asked.emit(sara)
    settle(screen)
    choose_person(screen.window.screens.override_overlay.tiles, "Anna Rossi")
    assert pad is not screen.window.screens.override_overlay.pad
    return screen.window.screens.override_overlay.pad


def on_head_office(screen: Screen) -> PinPad:
    on_shift_page(screen)
    screen.window.screens.shift_page.office.click()
    settle(screen)
    choose_person(screen.window.screens.pin_overlay.tiles, "Lena Moreau")
    settle(screen)
    return screen.window.screens.pin_overlay.pad


@pytest.mark.parametrize("asks_pin", [on_shift_page, on_new_pin, on_unlocking, on_head_office])
def test_no_scan_at_any_pace_is_a_try_of_a_pin(
    plugged: Screen, scanner: HandScanner, asks_pin: Callable[[Screen], PinPad]
) -> None:
    screen, at_s, chance = plugged, 1000.0, random.Random(7)
    pad = asks_pin(screen)
    settle(screen)
    before = [ask for ask in screen.counter.asked if isinstance(ask, TRIES)]
    scanner.listen()
    for code in (NUMBER, token("paul"), "48210937", "4006381333931", "47114711-x"):
        for pace_s in (0.002, 0.06, 0.12, chance.uniform(0.06, 0.12)):
            at_s += 5
            for key in types(code, "us"):
                at_s += pace_s
                press(key, at_s)
            press(KeyPress("\r", False, at_s), at_s + pace_s)
            QApplication.processEvents()
            assert pad.dots.accessibleName().startswith("0 /"), code
    settle(screen)
    assert [ask for ask in screen.counter.asked if isinstance(ask, TRIES)] == before
    assert booked(screen) == []


@pytest.mark.parametrize("asks_pin", [on_shift_page, on_new_pin, on_unlocking, on_head_office])
def test_no_scan_that_stumbles_behind_its_first_digits_is_a_try_of_a_pin(
    plugged: Screen, scanner: HandScanner, asks_pin: Callable[[Screen], PinPad]
) -> None:
    screen, at_s, chance = plugged, 1000.0, random.Random(8)
    pad = asks_pin(screen)
    settle(screen)
    before = [ask for ask in screen.counter.asked if isinstance(ask, TRIES)]
    scanner.listen()
    for code in (NUMBER, "48210937", "4006381333931", "3161484100", "482109", "47114711-x", f"4711{token('paul')}"):
        for after in ((4,), (2, 4), (3, 4), (4, 6), (1, 3, 5)):
            at_s += 5
            pace_s = chance.uniform(0.002, 0.12)
            for index, key in enumerate(types(code, "us")):
                at_s += chance.uniform(0.13, STUMBLE_S * 0.98) if index in after else pace_s
                press(key, at_s)
            press(KeyPress("\r", False, at_s), at_s + pace_s)
            QApplication.processEvents()
            assert pad.dots.accessibleName().startswith("0 /"), (code, after)
    settle(screen)
    assert [ask for ask in screen.counter.asked if isinstance(ask, TRIES)] == before
    assert booked(screen) == []


def test_a_code_of_as_many_digits_as_a_pin_is_none_at_a_fast_scanners_pace(
    plugged: Screen, scanner: HandScanner
) -> None:
    screen, at_s = plugged, 1000.0
    pad = on_shift_page(screen)
    before = [ask for ask in screen.counter.asked if isinstance(ask, TRIES)]
    scanner.listen()
    for late_s in (0.01, 0.3):
        at_s += 5
        for sign in "4711":
            at_s += 0.02
            press(KeyPress(sign, False, at_s), at_s)
        press(KeyPress("\r", False, at_s), at_s + late_s)
        QApplication.processEvents()
        assert pad.dots.accessibleName().startswith("0 /")
    settle(screen)
    assert [ask for ask in screen.counter.asked if isinstance(ask, TRIES)] == before


def test_enter_ends_the_wait_for_a_pin_that_was_typed_fast(plugged: Screen, scanner: HandScanner) -> None:
    screen, at_s = plugged, 1000.0
    on_shift_page(screen)
    scanner.listen()
    for sign in "4711":
        at_s += 0.1
        press(KeyPress(sign, False, at_s), at_s)
    press(KeyPress("\r", False, at_s), at_s + 0.15)
    settle(screen)
    assert screen.counter.staff == "Lena Moreau"


@pytest.mark.parametrize("pace_s", [0.01, 0.06, 0.12, 0.2, 0.6])
def test_a_persons_pin_counts_at_any_pace(plugged: Screen, scanner: HandScanner, pace_s: float) -> None:
    screen, at_s = plugged, 1000.0
    on_shift_page(screen)
    scanner.listen()
    for sign in "4711":
        at_s += pace_s
        press(KeyPress(sign, False, at_s), at_s)
    until(lambda: screen.window.page is Page.SERVE)
    assert screen.counter.staff == "Lena Moreau"
