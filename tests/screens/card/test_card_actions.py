"""What managers do to a card, by touch, on the real counter: correct, replace, switch off and on, edit the customer."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.support.paper_company import PaperCompany
from tests.support.paper_opened import PaperOpened
from tests.support.screen import Screen, open_screen
from tests.support.walk import scan, settle, shows, tap, type_keys, until
from ui.screens.card.card_actions_overlay import CardAction, CardActionsOverlay
from ui.threads.counter_thread import TillPort
from ui.window.frame import Middle, Page


@pytest.fixture
def company() -> PaperCompany:
    return PaperCompany()


@pytest.fixture
def marie(company: PaperCompany) -> UUID:
    return company.issues_card("Marie Keller", stamp_count=3, points_balance=40)


@pytest.fixture
def blank(company: PaperCompany) -> UUID:
    return company.issues_card(blank=True)


@pytest.fixture
def screen(qapp: QApplication, tmp_path: Path, company: PaperCompany, marie: UUID, blank: UUID) -> Iterator[Screen]:
    def open_till() -> TillPort:
        return PaperOpened(tmp_path, company)

    opened = open_screen(qapp, open_till=open_till)
    until(lambda: opened.window.page is Page.SHIFT)
    settle(opened)
    opened.window.screens.shift_page.tiles.choose("Lena")
    type_keys(opened.window.screens.shift_page, "4711")
    until(lambda: opened.window.page is Page.SERVE)
    settle(opened)
    scan(opened, company.tokens[marie])
    assert shows(opened, Middle.CARD)
    yield opened
    opened.close()


def form(screen: Screen, action: CardAction) -> CardActionsOverlay:
    """The form of an action, opened from the menu."""
    type_keys(screen.window, "m")
    settle(screen)
    menu = screen.window.screens.menu_overlay
    tap(screen, next(button for button in menu.buttons if button.text() == "Change this card"))
    overlay = screen.window.screens.card_actions_overlay
    assert overlay.is_open
    tap(screen, overlay.entries[action])
    return overlay


def answer_for_it(screen: Screen) -> None:
    """Anna enters her PIN."""
    override = screen.window.screens.override_overlay
    until(lambda: override.is_open)
    settle(screen)
    override.tiles.choose("Anna")
    type_keys(override, "2580")
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
    assert points is not None and points.balance == 65


def test_points_are_taken_away_too(screen: Screen) -> None:
    overlay = form(screen, CardAction.POINTS)
    tap(screen, overlay.ways.buttons[1])
    overlay.count.setText("15")
    overlay.reason.setText("A mistake at the till")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    card = screen.conversation.current_card.card
    assert card is not None and card.points is not None and card.points.balance == 25


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


def test_a_lost_card_goes_on_under_a_blank_that_is_held_up(screen: Screen, company: PaperCompany, blank: UUID) -> None:
    overlay = form(screen, CardAction.REPLACE)
    screen.conversation.scanned(company.tokens[blank])
    assert overlay.code.text() == company.tokens[blank]
    overlay.reason.setText("Card lost")
    tap(screen, overlay.give)
    answer_for_it(screen)
    until(lambda: not overlay.is_open)
    scan(screen, company.tokens[blank])
    card = screen.conversation.current_card.card
    assert card is not None and card.name == "Marie Keller"


def test_name_note_and_contact_are_edited_and_the_note_is_told(
    screen: Screen, company: PaperCompany, marie: UUID
) -> None:
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
    scan(screen, company.tokens[marie])
    notice = screen.window.scan_panel.notice
    assert notice is not None and notice.text == "likes oat milk"


def test_escape_leads_from_the_form_to_the_list_and_then_to_the_card(screen: Screen) -> None:
    overlay = form(screen, CardAction.OFF)
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert overlay.is_open and not overlay.entries[CardAction.OFF].isHidden()
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert not overlay.is_open
    assert shows(screen, Middle.CARD)


def test_a_blank_card_offers_no_actions(screen: Screen, company: PaperCompany, blank: UUID) -> None:
    scan(screen, company.tokens[blank])
    screen.conversation.menu_pages.card_actions.open()
    assert not screen.window.screens.card_actions_overlay.is_open
