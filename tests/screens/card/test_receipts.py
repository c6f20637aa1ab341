"""The optional receipt of a purchase: typed or scanned, by touch or by keyboard, never asked for."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from loyalty.texts import RECEIPT_CHARS_MAX
from terminal.interface.asks import Earn, Stamp
from terminal.scanner.wedge.readings import read
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.keyboards import types
from tests.support.screen import Screen
from tests.support.walk import buy, come_on_shift, confirm, scan, settle, tap, type_keys
from ui.screens.card.purchase_panel import PurchasePanel
from ui.touch_keyboard.touch_keyboard import TouchKeyboard
from ui.widgets.buttons import Button


def begun(opens: Opens) -> Screen:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    return screen


def mark(screen: Screen) -> Button:
    [panel] = screen.window.card_panel.findChildren(PurchasePanel)
    return panel.receipt


def earned(screen: Screen) -> list[Earn]:
    return [ask for ask in screen.counter.asked if isinstance(ask, Earn)]


def test_by_touch_alone_a_purchase_carries_the_number_tapped(opens: Opens) -> None:
    screen = begun(opens)
    entry = screen.window.screens.receipt_entry
    tap(screen, mark(screen))
    tap(screen, entry.field)
    [keyboard] = screen.window.findChildren(TouchKeyboard)
    keys = {each.text(): each for each in keyboard.findChildren(Button) if each.isVisible()}
    for digit in "2041":
        tap(screen, keys[digit])
    tap(screen, entry.give)
    assert not entry.is_open
    for digit in ("4", "2", "5", "0"):
        type_keys(screen.window, digit)
    settle(screen)
    assert screen.window.card_panel.earn.second == "receipt 2041"
    tap(screen, screen.window.card_panel.earn)
    assert earned(screen) == [Earn(4250, "2041")]
    assert screen.window.card_panel.receipt == "", "the next purchase has a receipt of its own"


def test_by_keyboard_alone_and_with_stamps_in_one_step(opens: Opens) -> None:
    screen = begun(opens)
    type_keys(screen.window, "4250")
    QTest.keyClick(screen.window, Qt.Key.Key_F5)
    field = QApplication.focusWidget()
    assert field is screen.window.screens.receipt_entry.field
    type_keys(field, "R-17")
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    assert earned(screen) == [Earn(4250, "R-17", stamps=1)]


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_scanned_receipt_is_taken_and_a_card_is_not(opens: Opens, by_hand: bool) -> None:
    screen = begun(opens)
    entry = screen.window.screens.receipt_entry

    def scanned(text: str) -> None:
        if by_hand:
            screen.conversation.typed_codes.take(read(types(text, "us")))
        else:
            scan(screen, text)
        settle(screen)

    QTest.keyClick(screen.window, Qt.Key.Key_F5)
    scanned(token("paul"))
    assert entry.is_open and entry.message == "This is a card, not a receipt."
    scanned("7" * (RECEIPT_CHARS_MAX + 1))
    assert entry.is_open and entry.message.endswith("At most 64 characters fit.")
    scanned("KASSE-0417-2041")
    assert not entry.is_open
    assert screen.window.card_panel.receipt == "KASSE-0417-2041"
    assert earned(screen) == [], "it books nothing"
    name = screen.conversation.current_card.card
    assert name is not None and name.name == "Marie Keller"


def test_a_receipt_that_earned_already_says_so_before_the_tap(opens: Opens) -> None:
    screen = begun(opens)
    for amount in ("1000", "2000"):
        QTest.keyClick(screen.window, Qt.Key.Key_F5)
        type_keys(screen.window.screens.receipt_entry.field, "R-17")
        QTest.keyClick(screen.window.screens.receipt_entry.field, Qt.Key.Key_Return)
        buy(screen, amount)
    assert earned(screen) == [Earn(1000, "R-17")]
    assert screen.window.card_panel.earn.why == "This receipt has earned its points already."
    QTest.keyClick(screen.window, Qt.Key.Key_F5)
    QTest.keyClick(screen.window.screens.receipt_entry.field, Qt.Key.Key_Delete)
    QTest.keyClick(screen.window.screens.receipt_entry.field, Qt.Key.Key_Return)
    settle(screen)
    confirm(screen.window)
    settle(screen)
    assert earned(screen) == [Earn(1000, "R-17"), Earn(2000)]


def test_the_receipt_of_one_customer_is_not_the_next_ones(opens: Opens) -> None:
    screen = begun(opens)
    QTest.keyClick(screen.window, Qt.Key.Key_F5)
    type_keys(screen.window.screens.receipt_entry.field, "R-17")
    QTest.keyClick(screen.window.screens.receipt_entry.field, Qt.Key.Key_Return)
    scan(screen, token("paul"))
    assert screen.window.card_panel.receipt == ""
    buy(screen, "1000")
    assert earned(screen) == [Earn(1000)]
    assert not any(isinstance(ask, Stamp) for ask in screen.counter.asked)
