"""A typing scanner: its scans arrive like the camera's, and its keys trigger nothing."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from terminal.interface.asks import Earn, Enrol, Pin, Stamp, Void
from terminal.problems import NotPaired
from terminal.scanner.wedge.wedge import KeyPress, Wedge
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.keyboards import WRITES, types
from tests.support.screen import Screen
from tests.support.walk import choose_person, confirm, scan, settle, shows, type_keys, until
from ui.threads.counter_thread import TillPort
from ui.threads.hand_scanner import HandScanner
from ui.window.frame import Middle, Page


class Counted:
    """A scanner with its own clock, independent of the machine's speed."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def seconds() -> Counted:
    return Counted()


@pytest.fixture
def scanner(qapp: QApplication, seconds: Counted) -> Iterator[HandScanner]:
    listening = HandScanner(Wedge(), seconds, qapp)
    listening.listen()
    yield listening
    listening.stop()


class Plugged:
    """A scanner at the till."""

    def __init__(self, screen: Screen, scanner: HandScanner, seconds: Counted) -> None:
        screen.conversation.listen(scanner)
        self._screen, self._seconds = screen, seconds

    def types(self, keys: list[KeyPress], widget: QWidget | None = None, *, enter: bool = True) -> None:
        self.presses(keys, widget, enter=enter)
        settle(self._screen)

    def presses(self, keys: list[KeyPress], widget: QWidget | None = None, *, enter: bool = True) -> None:
        target = widget or self._screen.window
        for key in keys:
            self._seconds.now_s += 0.004
            shift = Qt.KeyboardModifier.ShiftModifier if key.shift else Qt.KeyboardModifier.NoModifier
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                code = ord(key.sign.upper()[0])
                QCoreApplication.sendEvent(target, QKeyEvent(kind, code, shift, key.sign))
        if enter:
            QTest.keyClick(target, Qt.Key.Key_Return)


def no_till() -> TillPort:
    raise NotPaired


def asked_to_write(screen: Screen) -> list[object]:
    return [ask for ask in screen.counter.asked if isinstance(ask, Stamp | Earn | Void | Enrol)]


@pytest.fixture
def plugged(opens: Opens, scanner: HandScanner, seconds: Counted) -> tuple[Screen, Plugged]:
    screen = opens()
    return screen, Plugged(screen, scanner, seconds)


@pytest.mark.parametrize("caps", [False, True], ids=["", "caps"])
@pytest.mark.parametrize("layout", sorted(WRITES))
def test_a_card_comes_in_front_on_every_keyboard(
    opens: Opens, scanner: HandScanner, seconds: Counted, layout: str, caps: bool
) -> None:
    screen = opens()
    hand = Plugged(screen, scanner, seconds)
    come_on_shift_by_touch(screen)
    hand.types(types(token("marie"), layout, caps=caps))
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Marie Keller")
    assert asked_to_write(screen) == []


def come_on_shift_by_touch(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    for digit in "4711":
        screen.window.screens.shift_page.pad.type_digit(digit)
    until(lambda: screen.window.page is Page.SERVE)
    settle(screen)


def test_a_scan_during_number_entry_presses_nothing_and_clears_the_amount(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("marie"))
    screen.window.card_panel.amount.type_digits("42")
    hand.types(types("509311760042", "us"))
    assert screen.window.card_panel.amount.minor == 0
    assert screen.window.card_panel.face.accessibleName().startswith("Paul Dumont")
    assert asked_to_write(screen) == []


def test_a_scan_of_letters_that_are_shortcuts_stamps_nothing(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("marie"))
    hand.types(types("sru" * 10 + "sr", "us"))
    assert asked_to_write(screen) == []
    assert screen.window.undo_bar.words == ""


def test_a_scan_while_a_pin_is_typed_reaches_no_pin(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    hand.types(types("471147114711", "us"), screen.window.screens.shift_page)
    assert [ask for ask in screen.counter.asked if isinstance(ask, Pin)] == []
    assert screen.window.page is Page.SHIFT


def test_a_person_at_the_keyboard_is_served_as_before(plugged: tuple[Screen, Plugged], seconds: Counted) -> None:
    screen, _ = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("marie"))
    for key in "4250":
        seconds.now_s += 0.12
        type_keys(screen.window, key)
    until(lambda: screen.window.card_panel.amount.minor == 4250)
    seconds.now_s += 0.3
    confirm(screen.window)
    settle(screen)
    assert asked_to_write(screen) == [Earn(4250)]
    seconds.now_s += 0.3
    type_keys(screen.window, "s")
    until(lambda: asked_to_write(screen) == [Earn(4250), Stamp()])


def test_typed_digits_come_before_the_enter_that_follows_at_once(plugged: tuple[Screen, Plugged]) -> None:
    screen, _ = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "500")
    confirm(screen.window)
    settle(screen)
    assert asked_to_write(screen) == [Earn(500)]


def test_a_scan_answers_the_question_for_a_card_number(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F1)
    hand.types(types(token("marie"), "fr"), screen.window.screens.number_lookup.field)
    assert not screen.window.screens.number_lookup.is_open
    assert screen.window.screens.number_lookup.field.text() == ""
    assert shows(screen, Middle.CARD)


def test_a_scan_while_a_name_is_typed_changes_nothing(plugged: tuple[Screen, Plugged], seconds: Counted) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("blank"))
    for letter in "El":
        seconds.now_s += 0.12
        type_keys(screen.window.screens.enrol_dialog.name_step.name, letter)
    seconds.now_s += 1
    hand.types(types(token("marie"), "de"), screen.window.screens.enrol_dialog.name_step.name)
    assert screen.window.screens.enrol_dialog.asks_name
    assert screen.window.screens.enrol_dialog.name_step.name.text() == "El"
    assert asked_to_write(screen) == []


def test_a_scanner_without_enter_is_heard_as_well(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    hand.types(types(token("paul"), "be"), enter=False)
    until(lambda: screen.window.middle is Middle.CARD)


def test_a_code_that_may_be_read_in_several_ways_stamps_nobodys_card(plugged: tuple[Screen, Plugged]) -> None:
    screen, hand = plugged
    come_on_shift_by_touch(screen)
    stranger = "kzyaqwmby" * 3 + "abcde"
    hand.types(types(stranger, "de"))
    assert shows(screen, Middle.AIM)
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text.startswith("The scanner's keyboard is not known yet.")
    hand.types(types(token("marie"), "de"))
    hand.types(types(stranger, "de"))
    assert shows(screen, Middle.CODE)
    assert screen.window.unknown_code_panel.title == "This card is not known here yet"


def test_a_till_is_paired_by_a_scanner(opens: Opens, scanner: HandScanner, seconds: Counted) -> None:
    asked: list[tuple[str, str]] = []
    screen = opens(open_till=no_till, pair=lambda server, code: asked.append((server, code)))
    until(lambda: screen.window.page is Page.PAIR)
    hand = Plugged(screen, scanner, seconds)
    code = types("orion-pair:https://aurora.example#K7MP-3QRS", "fr", caps=True)
    hand.presses(code, screen.window.screens.pairing_page.server)
    until(lambda: bool(asked))
    assert asked == [("https://aurora.example", "K7MP-3QRS")]


def test_what_was_not_a_scan_is_not_lost_when_the_program_ends(
    plugged: tuple[Screen, Plugged], scanner: HandScanner
) -> None:
    screen, _ = plugged
    come_on_shift_by_touch(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "7")
    scanner.stop()
    assert screen.window.card_panel.amount.minor == 7
