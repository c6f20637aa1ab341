"""Setting PINs by finger and keyboard: one's own, a colleague's, and by telephone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from terminal.interface.ask import Override
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from tests.screens.conftest import Opens
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, settle, tap, type_keys, until
from ui.window.frame import Page

pytestmark = pytest.mark.slow


def opened(opens: Opens) -> Screen:
    """Opens the menu's entry as a cashier on shift."""
    screen = opens()
    come_on_shift(screen)
    screen.window.top_bar.menu_asked.emit()
    settle(screen)
    (entry,) = [button for button in screen.window.screens.menu_overlay.buttons if button.text() == "PIN"]
    tap(screen, entry)
    assert screen.window.screens.pin_overlay.is_open
    return screen


def chooses(screen: Screen, name: str) -> None:
    choose_person(screen.window.screens.pin_overlay.tiles, name)
    settle(screen)


def enters(screen: Screen, *digits: str) -> None:
    for one in digits:
        type_keys(screen.window.screens.pin_overlay, one)
        settle(screen)


def asked(screen: Screen, kind: type) -> list[object]:
    return [ask for ask in screen.counter.asked if isinstance(ask, kind)]


def test_a_cashier_changes_their_own_pin(opens: Opens) -> None:
    screen = opened(opens)
    chooses(screen, "Lena Moreau")
    enters(screen, "4711", "9053", "9053")
    assert asked(screen, ChangePin) == [ChangePin(screen.cafe.staff_id("Lena Moreau"), "4711", "9053")]
    assert not screen.window.screens.pin_overlay.is_open
    notice = screen.window.scan_panel.notice
    assert notice is not None and notice.text == "The new PIN of Lena Moreau holds."


def test_a_slip_in_the_second_time_is_told_before_anything_is_asked(opens: Opens) -> None:
    screen = opened(opens)
    chooses(screen, "Lena Moreau")
    enters(screen, "4711", "9053", "9054")
    assert asked(screen, ChangePin) == []
    assert screen.window.screens.pin_overlay.pad.message == "These two were not the same. Please choose the PIN again."
    enters(screen, "9053", "9053")
    assert asked(screen, ChangePin) == [ChangePin(screen.cafe.staff_id("Lena Moreau"), "4711", "9053")]


def test_a_no_leads_back_to_what_it_is_about(opens: Opens) -> None:
    screen = opened(opens)
    chooses(screen, "Lena Moreau")
    enters(screen, "4711", "7777", "7777")
    assert screen.window.screens.pin_overlay.pad.message == "This PIN is too easy to guess. Please choose another."
    enters(screen, "9053", "9053")
    assert asked(screen, ChangePin)[-1] == ChangePin(screen.cafe.staff_id("Lena Moreau"), "4711", "9053")
    again = opened(opens)
    chooses(again, "Lena Moreau")
    enters(again, "0000", "9053", "9053")
    assert again.window.screens.pin_overlay.pad.message == "That PIN was not right. 4 tries are left."
    enters(again, "4711", "9053", "9053")
    assert not again.window.screens.pin_overlay.is_open


def test_a_manager_lets_a_colleague_choose_who_may_be_locked(opens: Opens) -> None:
    screen = opened(opens)
    (locked,) = [
        tile
        for tile in screen.window.screens.pin_overlay.tiles.findChildren(QWidget)
        if "Sara" in tile.accessibleName()
    ]
    tap(screen, locked)
    assert screen.window.screens.pin_overlay.title == "A manager, please"
    chooses(screen, "Anna Rossi")
    enters(screen, "7391", "9053", "9053")
    assert asked(screen, ResetPin) == [
        ResetPin(screen.cafe.staff_id("Sara Blom"), "9053", Override(screen.cafe.staff_id("Anna Rossi"), "7391"))
    ]
    assert not screen.window.screens.pin_overlay.is_open
    assert screen.window.page is Page.SERVE, "and the cashier is still on shift"


def test_head_office_lets_somebody_in_when_nobody_here_can(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    tap(screen, screen.window.screens.shift_page.office)
    chooses(screen, "Anna Rossi")
    assert asked(screen, Telephone) == [Telephone(screen.cafe.staff_id("Anna Rossi"))]
    digits = screen.window.screens.pin_overlay.digits
    answer = screen.cafe.company.answers_by_phone("Anna Rossi", digits)
    wrong = f"{(int(answer) + 1) % 10**8:08}"
    enters(screen, wrong, "9053", "9053")
    assert screen.window.screens.pin_overlay.pad.message == "Those were not the digits. 4 tries are left."
    assert screen.window.screens.pin_overlay.digits == digits
    enters(screen, answer, "9053", "9053")
    assert asked(screen, UnlockByPhone)[-1] == UnlockByPhone(screen.cafe.staff_id("Anna Rossi"), answer, "9053")
    assert not screen.window.screens.pin_overlay.is_open
    assert screen.window.screens.shift_page.pad.message == "The new PIN of Anna Rossi holds."
    choose_person(screen.window.screens.shift_page.tiles, "Anna Rossi")
    type_keys(screen.window.screens.shift_page, "9053")
    until(lambda: screen.window.page is Page.SERVE)


def test_escape_forgets_what_was_entered(opens: Opens) -> None:
    screen = opened(opens)
    chooses(screen, "Lena Moreau")
    enters(screen, "4711", "9053")
    QTest.keyClick(screen.window.screens.pin_overlay, Qt.Key.Key_Escape)
    settle(screen)
    assert not screen.window.screens.pin_overlay.is_open
    held = [vars(one) for one in (screen.conversation.menu_pages.pin_changes, screen.window.screens.pin_overlay.pad)]
    assert not any("9053" in str(value) or "4711" in str(value) for each in held for value in each.values())
    assert not any("9053" in field.text() for field in screen.window.findChildren(QLineEdit))
    assert asked(screen, ChangePin) == []
