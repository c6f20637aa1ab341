"""Cards on customers' phones: the code is shown large, once, and can be scanned."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from terminal.interface.asks import Enrol
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.scanner.decoding.decoder import read_still
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, confirm, scan, settle, shows, tap, type_keys, until
from ui.threads.asking import Pace
from ui.window.customer_window import CustomerWindow
from ui.window.frame import Middle

pytestmark = pytest.mark.slow


def starts(opens: Opens) -> Screen:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    return screen


def press(screen: Screen, key: Qt.Key) -> None:
    QTest.keyClick(screen.window.focusWidget() or screen.window, key)
    settle(screen)


def picture_of_code(screen: Screen) -> np.ndarray:
    return pixels(screen.window.screens.enrol_dialog.code_page)


def pixels(widget: QWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].copy()


@pytest.mark.parametrize("dark", [False, True])
def test_the_code_on_the_screen_is_read_by_a_camera(opens: Opens, dark: bool) -> None:
    screen = starts(opens)
    screen.window.theme.set_dark(dark)
    press(screen, Qt.Key.Key_F6)
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")
    confirm(screen.window.screens.enrol_dialog.name_step.name)
    settle(screen)
    assert screen.window.screens.enrol_dialog.shows_code
    assert screen.counter.new_card is not None
    assert [seen.text for seen in read_still(picture_of_code(screen))] == [screen.counter.new_card.qr_code]
    assert screen.window.screens.enrol_dialog.code_page.number == screen.counter.new_card.card_number


@pytest.mark.parametrize("size", [(1366, 768), (800, 1280), (480, 320)])
def test_the_customer_photographs_it_from_their_own_window_for_as_long_as_it_is_shown(
    opens: Opens, size: tuple[int, int]
) -> None:
    screen = starts(opens)
    customer = CustomerWindow(screen.theme)
    customer.resize(*size)
    press(screen, Qt.Key.Key_F6)
    press(screen, Qt.Key.Key_F3)
    customer.show_view(screen.conversation.customer_view.now)
    assert screen.counter.new_card is not None
    assert [seen.text for seen in read_still(pixels(customer))] == [screen.counter.new_card.qr_code]
    assert screen.counter.new_card.qr_code not in repr(customer.view) + customer.accessibleName()
    confirm(screen.window.focusWidget() or screen.window)
    settle(screen)
    customer.show_view(screen.conversation.customer_view.now)
    assert read_still(pixels(customer)) == ()
    assert customer.view is not None and customer.view.code == ""


def test_a_phone_has_its_card_in_three_taps(opens: Opens) -> None:
    screen = starts(opens)
    tap(screen, screen.window.screens.enrol_dialog.blank_step.on_phone)
    tap(screen, screen.window.screens.enrol_dialog.name_step.without_name)
    assert shows(screen, Middle.ENROL) and screen.window.screens.enrol_dialog.shows_code
    assert [ask for ask in screen.counter.asked if isinstance(ask, Enrol)] == [Enrol()]
    assert HandedOver() not in screen.counter.asked
    tap(screen, screen.window.screens.enrol_dialog.code_page.have_it)
    assert HandedOver() in screen.counter.asked
    assert shows(screen, Middle.CARD), "and the customer is in front"
    card = screen.window.card_panel
    assert card.stamp.isVisible()


def test_no_code_is_left_on_a_screen_that_went_on(opens: Opens) -> None:
    screen = starts(opens)
    press(screen, Qt.Key.Key_F6)
    press(screen, Qt.Key.Key_F3)
    confirm(screen.window.focusWidget() or screen.window)
    settle(screen)
    assert shows(screen, Middle.CARD)
    press(screen, Qt.Key.Key_Escape)
    assert screen.window.screens.enrol_dialog.code_page.number == ""
    assert read_still(picture_of_code(screen)) == ()


def test_a_code_that_nobody_took_is_shown_once_more(opens: Opens) -> None:
    screen = starts(opens)
    press(screen, Qt.Key.Key_F6)
    press(screen, Qt.Key.Key_F3)
    shown = screen.window.screens.enrol_dialog.code_page.number
    press(screen, Qt.Key.Key_Escape)
    assert shows(screen, Middle.AIM)
    press(screen, Qt.Key.Key_F3)
    assert screen.window.screens.enrol_dialog.blank_step.again.isVisible()
    press(screen, Qt.Key.Key_F7)
    assert ShowCode() in screen.counter.asked
    assert screen.window.screens.enrol_dialog.code_page.number == shown
    confirm(screen.window.focusWidget() or screen.window)
    settle(screen)
    assert shows(screen, Middle.CARD)
    press(screen, Qt.Key.Key_Escape)
    press(screen, Qt.Key.Key_F3)
    assert not screen.window.screens.enrol_dialog.blank_step.again.isVisible()


def test_a_code_that_everybody_has_left_is_put_away_and_kept(opens: Opens) -> None:
    screen = opens(pace=Pace(card_away=40, status=100_000))
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    press(screen, Qt.Key.Key_F6)
    QTest.keyClick(screen.window.screens.enrol_dialog.name_step.name, Qt.Key.Key_F3)
    until(lambda: screen.counter.new_card is not None and shows(screen, Middle.AIM))
    assert screen.window.screens.enrol_dialog.code_page.number == ""
    assert HandedOver() not in screen.counter.asked


def test_a_card_held_before_the_camera_does_not_take_a_code_off_the_screen(opens: Opens) -> None:
    screen = starts(opens)
    press(screen, Qt.Key.Key_F6)
    press(screen, Qt.Key.Key_F3)
    scan(screen, token("marie"))
    assert screen.window.screens.enrol_dialog.shows_code
    assert screen.counter.new_card is not None
    assert screen.window.screens.enrol_dialog.code_page.number == screen.counter.new_card.card_number


def test_a_till_without_cards_for_phones_says_so_before_anything_is_typed(opens: Opens) -> None:
    screen = opens(Cafe(phone_cards=0))
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    tap(screen, screen.window.screens.enrol_dialog.blank_step.on_phone)
    assert (
        screen.window.screens.enrol_dialog.message
        == "There is no new card for a phone left here. Please take a printed one."
    )
    assert not [ask for ask in screen.counter.asked if isinstance(ask, Enrol)]


def test_a_blank_card_may_still_be_shown_after_the_phone_was_chosen_and_given_up(opens: Opens) -> None:
    screen = starts(opens)
    press(screen, Qt.Key.Key_F6)
    press(screen, Qt.Key.Key_Escape)
    press(screen, Qt.Key.Key_F3)
    scan(screen, token("blank"))
    assert screen.window.screens.enrol_dialog.asks_name
    press(screen, Qt.Key.Key_F3)
    assert [ask.code for ask in screen.counter.asked if isinstance(ask, Enrol)] == [token("blank")]
