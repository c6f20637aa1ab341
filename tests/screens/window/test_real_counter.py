"""The screen with the real counter on real files, from a scanned code to a row of the journal."""

import pytest

from tests.screens.conftest import Opens
from tests.support.cafe import BLANK, MARIE
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, confirm, scan, settle, shows, tap, type_keys, until
from ui.window.frame import Middle, Page


@pytest.fixture
def screen(opens: Opens) -> Screen:
    return opens()


def kinds(screen: Screen) -> list[str]:
    """The kinds of the entries in the journal's file."""
    with screen.cafe.before() as till:
        found = till.journal.of_kinds(["stamp_earned", "stamp_voided", "points_earned"], limit=50)
    return [written.entry.kind for written in reversed(found)]


def test_a_stamp_a_purchase_and_an_undo_are_three_rows_of_the_journal(
    screen: Screen,
) -> None:
    come_on_shift(screen)
    scan(screen, MARIE.token)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.stamp.text() == "Stamp → 8 of 10"
    tap(screen, screen.window.card_panel.stamp)
    assert screen.window.undo_bar.words == "+1 stamp"
    tap(screen, screen.window.undo_bar.button)
    assert screen.window.undo_bar.words == "Taken back"
    type_keys(screen.window, "4250")
    settle(screen)
    assert screen.window.card_panel.earn.text() == "42.50 € → +42 points"
    tap(screen, screen.window.card_panel.earn)
    assert len(screen.window.recent_panel.shown) == 3
    assert screen.thread.stop()
    assert kinds(screen) == ["stamp_earned", "stamp_voided", "points_earned"]


def test_a_wrong_pin_says_the_counters_own_sentence(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)
    assert screen.window.page is Page.SHIFT
    assert "4" in screen.window.screens.shift_page.pad.message


def test_a_foreign_code_says_the_counters_own_sentence(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, "https://example.com/menu")
    assert shows(screen, Middle.CODE)
    assert "web address" in screen.window.unknown_code_panel.title


def test_a_blank_card_is_handed_out_with_a_name(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, BLANK.token)
    assert shows(screen, Middle.ENROL)
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")
    confirm(screen.window.screens.enrol_dialog.name_step.name)
    settle(screen)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Elif")


def test_a_card_nobody_knows_waits_for_its_stamp(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, "k" * 32)
    assert screen.window.unknown_code_panel.title == "This card is not known here yet"
    tap(screen, screen.window.unknown_code_panel.buttons[0])
    assert screen.window.undo_bar.words == "+1 stamp"


def test_each_visit_comes_out_on_paper_and_so_does_what_is_taken_back(
    screen: Screen,
) -> None:
    screen.preferences.choose(printer="network", printer_address="127.0.0.1", print_after="receipt")
    come_on_shift(screen)
    scan(screen, MARIE.token)
    assert shows(screen, Middle.CARD)
    type_keys(screen.window, "4250")
    settle(screen)
    tap(screen, screen.window.card_panel.stamp)  # the purchase and its stamp in one step
    until(lambda: len(screen.press.printed) == 1)
    both = screen.press.printed[0][1].words
    assert [words for words in both if words.startswith("+")] == ["+42 points", "+1 stamp"]
    assert any(words.startswith("Provisional") for words in both)
    screen.window.undo_bar.button.click()
    until(lambda: len(screen.press.printed) == 2)
    assert [words for words in screen.press.printed[1][1].words if words.startswith("Taken back")] == [
        "Taken back: \N{MINUS SIGN}42 points",
        "Taken back: \N{MINUS SIGN}1 stamp",
    ]


def test_all_of_today_are_counted_beside_the_last_ones_and_lead_to_the_day(
    screen: Screen,
) -> None:
    come_on_shift(screen)
    assert not screen.window.recent_panel.all_today.isVisible()
    scan(screen, MARIE.token)
    assert shows(screen, Middle.CARD)
    for amount in ("420", "1250", "980"):
        type_keys(screen.window, amount)
        settle(screen)
        tap(screen, screen.window.card_panel.earn)
    assert screen.window.recent_panel.all_today.text() == "All today: 3"
    tap(screen, screen.window.undo_bar.button)
    assert screen.window.recent_panel.all_today.text() == "All today: 3", "what takes one back is not one more"
    tap(screen, screen.window.recent_panel.all_today)
    assert screen.window.more_page is screen.window.screens.report_page
