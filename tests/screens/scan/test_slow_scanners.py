"""A scanner's keys at every pace, with stumbles, before every state of a card: none books, no card is mistaken."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from terminal.interface.asks import Scan, Stamp, Void
from terminal.scanner.wedge.wedge import STUMBLE_S, KeyPress, Wedge
from tests.screens.conftest import Opens
from tests.screens.scan.conftest import NUMBER, booked, opened
from tests.support.cafe import Cafe, rules, token
from tests.support.keyboards import WRITES, types
from tests.support.screen import Screen
from tests.support.walk import (
    choose_key,
    choose_person,
    confirm,
    press,
    scan,
    settle,
    shows,
    tap,
    type_keys,
    until,
)
from ui.threads.hand_scanner import HandScanner
from ui.window.frame import Middle

State = Callable[[Screen], None]


def aiming(screen: Screen) -> None:
    screen.conversation.current_card.put_away()


def card(screen: Screen) -> None:
    scan(screen, token("marie"))


def amount(screen: Screen) -> None:
    card(screen)
    type_keys(screen.window, "425")
    settle(screen)


def stamp_button(screen: Screen) -> None:
    card(screen)
    screen.window.card_panel.stamp.setFocus(Qt.FocusReason.TabFocusReason)


def celebration(screen: Screen) -> None:
    scan(screen, token("paul"))
    scan(screen, token("marie"))
    screen.window.show_middle(Middle.CELEBRATION)


def unknown(screen: Screen) -> None:
    scan(screen, token("somebody-else"))


def doubt(screen: Screen) -> None:
    card(screen)
    type_keys(screen.window, "425000")
    settle(screen)
    confirm(screen.window)
    settle(screen)
    assert screen.window.doubt.is_open


def several(screen: Screen) -> None:
    scan(screen, token("ines"))
    choose_key(screen.window, "x")
    settle(screen)
    assert screen.window.screens.stamp_count_overlay.is_open


def manager(screen: Screen) -> None:
    scan(screen, token("ines"))
    screen.window.card_panel.rewards.buttons[2].click()
    settle(screen)
    choose_person(screen.window.screens.override_overlay.tiles, "Anna Rossi")
    type_keys(screen.window.screens.override_overlay, "7391")
    assert screen.window.screens.override_overlay.allow.why is None


def new_card(screen: Screen) -> None:
    aiming(screen)
    screen.conversation.current_card.start_enrolment()
    scan(screen, token("blank"))
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")


def history(screen: Screen) -> None:
    card(screen)
    choose_key(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    page.setFocus()
    page.lines.step(1)
    settle(screen)


def menu(screen: Screen) -> None:
    card(screen)
    screen.window.top_bar.menu_asked.emit()
    settle(screen)


def helped(screen: Screen) -> None:
    card(screen)
    screen.window.help_asked.emit()


TAKES_CARDS: tuple[State, ...] = (aiming, card, amount, stamp_button, celebration, unknown, helped)
OTHERS: tuple[State, ...] = (doubt, several, manager, new_card, history, menu)


class Burst:
    """One scan as a chance has it: its pace, its stumbles, what it begins and ends with."""

    def __init__(self, seed: int, layout: str) -> None:
        chance = random.Random(seed)
        self.code = chance.choice([token("paul"), NUMBER, token("somebody-else")])
        self.pace_s = chance.uniform(0.002, 0.12)
        self.stumbles = {
            chance.randrange(32): chance.uniform(0.01, STUMBLE_S * 0.98) for _ in range(chance.randrange(4))
        }
        self.ends = chance.choice(["\r", "\n", "\t", "\r\n", ""])
        prefix = chance.choice(["", "", "]Q1"]) if layout in ("us", "gb") else ""
        self.keys = types(prefix + self.code, layout)

    def strike(self, at_s: float) -> float:
        """Presses its keys where the focus is; when the last was pressed."""
        for index, key in enumerate(self.keys):
            at_s += self.stumbles.get(index, self.pace_s)
            press(key, at_s)
        for sign in self.ends:
            at_s += self.pace_s
            press(KeyPress(sign, False, at_s), at_s)
        return at_s


@pytest.mark.parametrize("state", [*TAKES_CARDS, *OTHERS])
def test_no_burst_books_and_each_is_read_right_or_said_to_be_unsure(
    opens: Opens, scanner: HandScanner, qapp: QApplication, state: State
) -> None:
    cafes: dict[State, Cafe] = {
        several: Cafe(rules(max_stamps_per_visit=9)),
        manager: Cafe(offline=timedelta(hours=26)),
    }
    screen, at_s = opened(opens, scanner, cafes.get(state)), 1000.0
    window = screen.window
    window.activateWindow()
    for seed, layout in enumerate(sorted(WRITES)):
        state(screen)
        scanner = HandScanner(Wedge(), lambda: 0.0, qapp)
        screen.conversation.listen(scanner)
        scanner.listen()
        before, asked = booked(screen), len(screen.counter.asked)
        burst = Burst(seed, layout)
        at_s = burst.strike(at_s + 5)
        if state not in TAKES_CARDS:
            settle(screen)
            scanner.stop()
            assert booked(screen) == before, burst.ends
            window.close_overlays()
            window.show_page(type(window.page).SERVE)
            continue
        until(lambda start=asked: answered(screen, start))  # type: ignore[misc]
        settle(screen)
        scanner.stop()
        assert booked(screen) == before
        scans = {ask.code for ask in screen.counter.asked[asked:] if isinstance(ask, Scan)}
        assert scans <= {burst.code, burst.code.removeprefix("]Q1")}
        assert not window.card_panel.amount.minor or state is amount


def answered(screen: Screen, start: int) -> bool:
    """Whether a card was looked for, or the till has said that it is not sure."""
    notice = screen.window.scan_panel.notice
    unsure = notice is not None and notice.text.startswith("The scanner's keyboard")
    return unsure or any(isinstance(ask, Scan) for ask in screen.counter.asked[start:])


def test_digits_that_were_a_slow_scan_are_taken_back_from_the_amount(plugged: Screen, scanner: HandScanner) -> None:
    screen, at_s = plugged, 1000.0
    amount(screen)
    scanner.listen()
    for key in types(NUMBER, "us"):
        at_s += 0.1
        press(key, at_s)
    assert screen.window.card_panel.amount.minor != 425
    press(KeyPress("\r", False, at_s), at_s + 0.1)
    settle(screen)
    assert screen.window.card_panel.face.accessibleName().startswith("Paul Dumont")
    assert screen.window.card_panel.amount.minor == 0, "of the next customer"
    assert booked(screen) == []


def test_numbers_typed_with_alt_and_their_two_ends_write_and_confirm_nothing(
    plugged: Screen, scanner: HandScanner
) -> None:
    screen, at_s = plugged, 1000.0
    card(screen)
    scanner.listen()
    for sign in NUMBER:
        for digit in f"0{ord(sign)}":
            at_s += 0.01
            event = QKeyEvent(QEvent.Type.KeyPress, ord(digit), Qt.KeyboardModifier.AltModifier, digit)
            event.setTimestamp(round(at_s * 1000))
            QCoreApplication.sendEvent(screen.window, event)
    for end in "\r\n":
        press(KeyPress(end, False, at_s), at_s + 0.01)
    settle(screen)
    assert screen.window.card_panel.amount.minor == 0
    assert booked(screen) == []


def test_a_control_sign_in_a_code_gives_no_stamp_and_a_person_does(plugged: Screen, scanner: HandScanner) -> None:
    screen = plugged
    card(screen)
    scanner.listen()
    for at_s, follows in ((1000.0, True), (1100.0, False)):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, "\x13")
        event.setTimestamp(round(at_s * 1000))
        QCoreApplication.sendEvent(screen.window, event)
        if follows:
            press(KeyPress("\r", False, at_s), at_s + 0.05)
        else:
            until(lambda: bool(booked(screen)))
        settle(screen)
        assert booked(screen) == ([] if follows else [Stamp()])


def test_taps_are_as_many_as_before(plugged: Screen, scanner: HandScanner) -> None:
    screen = plugged
    card(screen)
    scanner.listen()
    tap(screen, screen.window.card_panel.stamp)
    tap(screen, screen.window.undo_bar.button)
    assert [type(ask) for ask in booked(screen)] == [Stamp, Void]
    assert shows(screen, Middle.CARD)
