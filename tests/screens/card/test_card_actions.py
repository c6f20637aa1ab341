"""What managers do to a card, by touch, on the real counter: correct, replace, switch off and on, edit the customer."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.screens.conftest import Opens
from tests.support.cafe import BLANK, MARIE
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, scan, settle, shows, tap, type_keys, until
from ui.screens.card.card_actions_overlay import CardAction, CardActionsOverlay
from ui.window.frame import Middle


@pytest.fixture
def screen(opens: Opens) -> Screen:
    """Marie's card in front of Lena."""
    opened = opens()
    come_on_shift(opened)
    scan(opened, MARIE.token)
    assert shows(opened, Middle.CARD)
    return opened


def form(screen: Screen, action: CardAction) -> CardActionsOverlay:
    """The form of an action, opened from the menu."""
    tap(screen, screen.window.top_bar.menu)
    menu = screen.window.screens.menu_overlay
    tap(screen, next(button for button in menu.buttons if button.text() == "Change card"))
    overlay = screen.window.screens.card_actions_overlay
    assert overlay.is_open
    tap(screen, overlay.entries[action])
    return overlay


def answer_for_it(screen: Screen) -> None:
    """Anna enters her PIN."""
    override = screen.window.screens.override_overlay
    until(lambda: override.is_open)
    settle(screen)
    choose_person(override.tiles, "Anna Rossi")
    type_keys(override, "7391")
    tap(screen, override.allow)
    settle(screen)


def test_points_are_corrected_with_a_reason_and_a_manager(screen: Screen) -> None:
    overlay = form(screen, CardAction.POINTS)
    assert overlay.give.why == "How many?"
    overlay.count.setText("25")
    assert overlay.give.why == "Reason"
    overlay.reason.setText("A mistake at the till")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    assert screen.conversation.current_card.card is not None
    points = screen.conversation.current_card.card.points
    assert points is not None and points.balance == 289


def test_points_are_taken_away_too(screen: Screen) -> None:
    overlay = form(screen, CardAction.POINTS)
    tap(screen, overlay.ways.buttons[1])
    overlay.count.setText("15")
    overlay.reason.setText("A mistake at the till")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    card = screen.conversation.current_card.card
    assert card is not None and card.points is not None and card.points.balance == 249


def test_a_correction_below_zero_is_refused_in_the_form(screen: Screen) -> None:
    overlay = form(screen, CardAction.STAMPS)
    tap(screen, overlay.ways.buttons[1])
    overlay.count.setText("9")
    overlay.reason.setText("A mistake at the till")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: overlay.told != "")
    assert overlay.is_open


def test_a_card_is_switched_off_and_on_again(screen: Screen) -> None:
    overlay = form(screen, CardAction.OFF)
    overlay.reason.setText("Card lost")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    card = screen.conversation.current_card.card
    assert card is not None and not card.active
    overlay = form(screen, CardAction.ON)
    overlay.reason.setText("Found")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    card = screen.conversation.current_card.card
    assert card is not None and card.active


def test_a_lost_card_goes_on_under_a_blank_that_is_held_up(screen: Screen) -> None:
    overlay = form(screen, CardAction.REPLACE)
    screen.conversation.scanned(BLANK.token)
    assert overlay.code.text() == BLANK.token
    overlay.reason.setText("Card lost")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    scan(screen, BLANK.token)
    card = screen.conversation.current_card.card
    assert card is not None and card.name == "Marie Keller"


def test_name_note_and_contact_are_edited_and_the_note_is_told(screen: Screen) -> None:
    overlay = form(screen, CardAction.EDIT)
    assert overlay.give.why == "Nothing was changed yet"
    overlay.name.setText("Marie Weber")
    overlay.note.setText("likes oat milk")
    overlay.contact.setText("marie@example.lu")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    card = screen.conversation.current_card.card
    assert card is not None and (card.name, card.note) == ("Marie Weber", "likes oat milk")
    screen.conversation.current_card.put_away()
    settle(screen)
    scan(screen, MARIE.token)
    notice = screen.window.scan_panel.notice
    assert notice is not None and notice.text == "likes oat milk"


def test_escape_leads_from_the_form_to_the_list_and_then_to_the_card(screen: Screen) -> None:
    overlay = form(screen, CardAction.OFF)
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert overlay.is_open and not overlay.entries[CardAction.OFF].isHidden()
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert not overlay.is_open
    assert shows(screen, Middle.CARD)


def test_a_blank_card_offers_no_actions(screen: Screen) -> None:
    scan(screen, BLANK.token)
    screen.conversation.menu_pages.card_actions.open()
    assert not screen.window.screens.card_actions_overlay.is_open
