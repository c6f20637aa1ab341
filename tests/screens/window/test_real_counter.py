"""The same screen with the real counter on real files: from a code before the camera to a row of the journal."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.paper_company import PaperCompany, PaperTill
from tests.support.paper_opened import PaperOpened
from tests.support.screen import Screen, open_screen
from tests.support.walk import scan, settle, shows, tap, type_keys, until
from ui.threads.counter_thread import TillPort
from ui.window.frame import Middle, Page


@pytest.fixture
def company() -> PaperCompany:
    return PaperCompany()


@pytest.fixture
def marie(company: PaperCompany) -> UUID:
    return company.issues_card("Marie Keller")


@pytest.fixture
def blank(company: PaperCompany) -> UUID:
    return company.issues_card(blank=True)


@pytest.fixture
def screen(qapp: QApplication, tmp_path: Path, company: PaperCompany, marie: UUID, blank: UUID) -> Iterator[Screen]:
    def open_till() -> TillPort:
        return PaperOpened(tmp_path, company)

    opened = open_screen(qapp, open_till=open_till)
    yield opened
    opened.close()


def on_shift(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.screens.shift_page.tiles.choose("Lena")
    type_keys(screen.window.screens.shift_page, "4711")
    until(lambda: screen.window.page is Page.SERVE)
    settle(screen)


def kinds(tmp_path: Path, company: PaperCompany) -> list[str]:
    till = PaperTill(tmp_path, company)
    found = [
        written.entry.kind
        for written in till.journal.of_kinds(["stamp_earned", "stamp_voided", "points_earned"], limit=50)
    ]
    till.stop()
    return found[::-1]


def test_a_stamp_a_purchase_and_an_undo_are_three_rows_of_the_journal(
    screen: Screen, tmp_path: Path, company: PaperCompany, marie: UUID
) -> None:
    on_shift(screen)
    scan(screen, company.tokens[marie])
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.stamp.text() == "Stamp → 1 of 10"
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
    assert kinds(tmp_path, company) == ["stamp_earned", "stamp_voided", "points_earned"]


def test_a_wrong_pin_says_the_counters_own_sentence(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.screens.shift_page.tiles.choose("Lena")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)
    assert screen.window.page is Page.SHIFT
    assert "4" in screen.window.screens.shift_page.pad.told


def test_a_foreign_code_says_the_counters_own_sentence(screen: Screen) -> None:
    on_shift(screen)
    scan(screen, "https://example.com/menu")
    assert shows(screen, Middle.CODE)
    assert "web address" in screen.window.unknown_code_panel.title


def test_a_blank_card_is_handed_out_with_a_name(screen: Screen, company: PaperCompany, blank: UUID) -> None:
    on_shift(screen)
    scan(screen, company.tokens[blank])
    assert shows(screen, Middle.ENROL)
    type_keys(screen.window.screens.enrol_dialog.name, "Elif\r")
    settle(screen)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Elif")


def test_a_card_nobody_knows_waits_for_its_stamp(screen: Screen) -> None:
    on_shift(screen)
    scan(screen, "k" * 32)
    assert screen.window.unknown_code_panel.title == "This card is not known here yet"
    tap(screen, screen.window.unknown_code_panel.buttons[0])
    assert screen.window.undo_bar.words == "+1 stamp"


def test_each_visit_comes_out_on_paper_and_so_does_what_is_taken_back(
    screen: Screen, company: PaperCompany, marie: UUID
) -> None:
    screen.preferences.choose(printer="network", printer_address="127.0.0.1", print_after="receipt")
    on_shift(screen)
    scan(screen, company.tokens[marie])
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
    screen: Screen, company: PaperCompany, marie: UUID
) -> None:
    on_shift(screen)
    assert not screen.window.recent_panel.all_today.isVisible()
    scan(screen, company.tokens[marie])
    assert shows(screen, Middle.CARD)
    for amount in ("420", "1250", "980"):
        type_keys(screen.window, amount)
        settle(screen)
        tap(screen, screen.window.card_panel.earn)
    assert screen.window.recent_panel.all_today.text() == "All today: 3"
    tap(screen, screen.window.undo_bar.button)
    assert screen.window.recent_panel.all_today.text() == "All today: 4", "what is taken back is a transaction too"
    tap(screen, screen.window.recent_panel.all_today)
    assert screen.window.more_page is screen.window.screens.report_page
