"""Serving customers: scan, stamp, points, reward, Undo."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.asks import Earn, PutAway, Stamp, Void
from tests.screens.conftest import Opens
from tests.support.cafe import OLD_CODE, token
from tests.support.walk import come_on_shift, confirm, scan, settle, shows, tap, type_keys
from ui.phrases.formats import MINUS
from ui.window.frame import Middle

pytestmark = pytest.mark.slow


def test_a_card_is_scanned_stamped_and_the_stamp_undone(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    card = screen.window.card_panel
    assert shows(screen, Middle.CARD)
    assert card.face.accessibleName().startswith("Marie Keller, Card ending 4821, 7 of 10 stamps")
    assert card.stamp.text() == "Stamp → 8 of 10"

    tap(screen, card.stamp)
    assert card.face.accessibleName().split(", ")[2] == "8 of 10 stamps"
    assert card.stamp.text() == "Next stamp in 30 min"
    assert screen.window.undo_bar.words == "+1 stamp"

    tap(screen, screen.window.undo_bar.button)
    assert screen.counter.asked[-1] != Stamp()
    assert [type(ask) for ask in screen.counter.asked if isinstance(ask, Stamp | Void)] == [Stamp, Void]
    assert card.face.accessibleName().split(", ")[2] == "7 of 10 stamps"
    assert screen.window.undo_bar.words == "Taken back"
    assert not screen.window.undo_bar.offers


def test_a_button_that_cannot_be_used_says_why_when_tapped(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    asked = screen.counter.asked.count(Stamp())
    tap(screen, screen.window.card_panel.stamp)
    assert screen.counter.asked.count(Stamp()) == asked
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == "Please wait 30 minutes before the next stamp."


def test_an_amount_typed_on_the_pad_is_worth_what_the_button_says(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    card = screen.window.card_panel
    assert card.earn.text() == "Type the amount"
    type_keys(screen.window, "4250")
    settle(screen)
    assert card.earn.text() == "42.50 € → +42 points"
    tap(screen, card.earn)
    assert screen.counter.asked.count(Earn(4250)) == 1
    assert card.amount.minor == 0
    assert "306 points" in card.face.accessibleName()
    assert (screen.window.undo_bar.words, screen.window.undo_bar.second) == ("+42 points", "for 42.50 €")


def test_an_amount_below_the_minimum_says_from_where_on_points_are_given(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "199")
    settle(screen)
    assert screen.window.card_panel.earn.text() == "from 2.00 €"
    tap(screen, screen.window.card_panel.earn)
    assert Earn(199) not in screen.counter.asked


def test_another_card_scanned_while_an_amount_is_typed_gets_nothing_of_it(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    scan(screen, token("ines"))
    assert screen.window.card_panel.amount.minor == 0
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == "The amount was cleared. Please type it again."
    confirm(screen.window)
    settle(screen)
    assert not any(isinstance(ask, Earn) for ask in screen.counter.asked)


def test_the_same_card_seen_again_keeps_the_amount(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    scan(screen, token("marie"))
    assert screen.window.card_panel.amount.minor == 4250


def test_a_tap_while_another_card_is_being_read_writes_nothing(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.conversation.scanned(token("ines"))  # the request is not answered yet when the button is tapped
    screen.window.card_panel.stamp.click()
    settle(screen)
    assert Stamp() not in screen.counter.asked
    assert screen.window.card_panel.face.accessibleName().startswith("Ines Vieira")


def test_a_second_tap_on_the_way_down_is_one_stamp(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.window.card_panel.stamp.click()
    screen.window.card_panel.stamp.click()
    settle(screen)
    assert screen.counter.asked.count(Stamp()) == 1


def test_the_stamp_that_fills_the_card_is_celebrated_and_the_reward_taken(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    tap(screen, screen.window.card_panel.stamp)
    assert shows(screen, Middle.CELEBRATION)
    assert screen.window.celebration.accessibleName() == "Reward reached: Free coffee"
    assert screen.window.celebration.take.text() == f"Free coffee ({MINUS}10 stamps)"
    tap(screen, screen.window.celebration.take)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().split(", ")[2].startswith("0 of 10")


def test_a_reward_kept_for_later_leaves_the_card_in_front(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    tap(screen, screen.window.card_panel.stamp)
    tap(screen, screen.window.celebration.keep)
    assert shows(screen, Middle.CARD)


def test_undo_goes_after_ten_seconds(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    assert screen.window.undo_bar.offers
    screen.seconds.now += 10
    screen.window.undo_bar.tick()
    assert not screen.window.undo_bar.offers
    type_keys(screen.window, "u")
    settle(screen)
    assert not any(isinstance(ask, Void) for ask in screen.counter.asked)


def test_the_celebration_offers_undo_no_longer_than_the_bar(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    tap(screen, screen.window.card_panel.stamp)
    assert screen.window.celebration.back.isVisible()
    screen.seconds.now += 10
    screen.window.undo_bar.tick()
    assert not screen.window.celebration.back.isVisible()
    assert shows(screen, Middle.CELEBRATION)


def test_the_whole_visit_by_keyboard_only(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    window = screen.window
    QTest.keyClick(window, Qt.Key.Key_F1)
    QTest.keyClicks(window.screens.number_lookup.field, "509311760042")
    QTest.keyClick(window.screens.number_lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert shows(screen, Middle.CARD)
    type_keys(window, "500")
    settle(screen)
    confirm(window)
    settle(screen)
    type_keys(window, "s")
    settle(screen)
    assert shows(screen, Middle.CELEBRATION)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    type_keys(window, "u")
    settle(screen)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    settle(screen)
    assert shows(screen, Middle.AIM)
    assert screen.counter.asked.count(PutAway()) >= 1
    assert [type(ask) for ask in screen.counter.asked if isinstance(ask, Earn | Stamp | Void)] == [Earn, Stamp, Void]


def test_digits_that_are_another_programs_code_open_its_card(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F1)
    type_keys(screen.window.screens.number_lookup.field, OLD_CODE)
    QTest.keyClick(screen.window.screens.number_lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert shows(screen, Middle.CARD)


@pytest.mark.parametrize("digits", ["4821", "5093-1176-48211"])
def test_a_number_that_is_no_cards_says_how_many_digits_one_has(opens: Opens, digits: str) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F1)
    lookup = screen.window.screens.number_lookup
    type_keys(lookup.field, digits)
    QTest.keyClick(lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert lookup.is_open
    assert lookup.message.startswith("A card number has 12 digits.")
