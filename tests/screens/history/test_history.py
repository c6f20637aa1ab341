"""Histories, voids and returns, by row or by receipt."""

import re
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtTest import QTest

from loyalty.settings import Settings
from loyalty.slip_numbers import slip_code, slip_number
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Stamp, Void
from terminal.interface.views import EntryView
from tests.screens.conftest import Opens
from tests.support.cafe import MARIE, Cafe, token
from tests.support.overlaps import painted
from tests.support.replies import written
from tests.support.screen import Screen
from tests.support.walk import allow, buy, come_on_shift, confirm, scan, settle, tap, type_keys
from ui.phrases.formats import MINUS
from ui.screens.history.history_page import HistoryPage
from ui.window.frame import Page

pytestmark = pytest.mark.slow


def bought(screen: Screen, *amounts: str) -> None:
    for amount in amounts:
        buy(screen, amount)


def served(opens: Opens, *amounts: str) -> Screen:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    bought(screen, *amounts)
    return screen


def spoken(screen: Screen) -> list[str]:
    return [line.accessibleName() for line in screen.window.screens.history_page.lines.lines]


def voids(screen: Screen) -> list[Void]:
    return [ask for ask in screen.counter.asked if isinstance(ask, Void)]


def test_a_tap_on_the_card_opens_what_happened_to_it(opens: Opens) -> None:
    screen = served(opens, "4250")
    QTest.mouseClick(screen.window.card_panel.face, Qt.MouseButton.LeftButton)
    settle(screen)
    page = screen.window.screens.history_page
    assert screen.window.more_page is page
    assert page.title == "Marie Keller"
    assert page.facts.startswith("Card ending 4821 · 7 of 10 stamps · 306 points, +42 waiting")
    assert spoken(screen) == ["+42 points, 14:02, Lena, 42.50 €, Saved here, not yet with the company"]
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert screen.window.page is Page.SERVE


def test_each_state_is_told_in_words(opens: Opens) -> None:
    screen = served(opens, "1000", "1000", "1000", "1000")
    counted, adjusted, rejected, held = screen.counter.entries
    screen.cafe.decides(MARIE, counted, points=10)
    screen.cafe.decides(MARIE, adjusted, "adjusted", points=9, notes=("program_superseded",))
    screen.cafe.decides(MARIE, rejected, "rejected", reason="receipt_used")
    screen.cafe.decides(MARIE, held, "held", notes=("waits_for_card",))
    screen.counter.hears()
    type_keys(screen.window, "h")
    settle(screen)
    assert [words.split(", 10.00 €, ")[1] for words in reversed(spoken(screen))] == [
        "Counted",
        "Counted otherwise than shown here. Counted by the newer rules.",
        "Not counted. This receipt has earned its points already.",
        "On hold. Waits until this card is known.",
    ]
    screen.window.screens.history_page.lines.lines[0].click()
    assert screen.window.screens.history_page.panel.row is None
    assert screen.window.screens.history_page.panel.message == "On hold. Waits until this card is known."


def test_a_long_history_is_read_in_pages_there_and_back(opens: Opens) -> None:
    screen = served(opens, *["500"] * 12)
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    first = spoken(screen)
    shown = [line.row.entry for line in page.lines.lines if line.row is not None]
    assert 2 <= len(first) < 12
    assert (page.lines.newer.why, page.lines.older.why) == ("These are the newest", None)
    assert page.lines.newer.text() == "These are the newest"
    while page.lines.older.why is None:
        QTest.keyClick(page, Qt.Key.Key_PageDown)
        settle(screen)
        shown += [line.row.entry for line in page.lines.lines if line.row is not None]
    assert shown == [entry.id for entry in reversed(screen.counter.entries)]
    while page.lines.newer.why is None:
        QTest.keyClick(page, Qt.Key.Key_PageUp)
        settle(screen)
    assert spoken(screen) == first


def test_a_part_comes_back_with_a_managers_pin(opens: Opens) -> None:
    screen = served(opens, "4250")
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    QTest.keyClick(page, Qt.Key.Key_Down)
    settle(screen)
    assert page.panel.give.text() == f"Take back all, 42.50 €: {MINUS}42 points"
    type_keys(page, "1200")
    settle(screen)
    assert page.panel.give.text() == f"Take back 12.00 €: {MINUS}12 points"
    confirm(page)
    settle(screen)
    override = screen.window.screens.override_overlay
    assert override.is_open
    allow(screen)
    entry = screen.counter.entries[0].id
    assert voids(screen) == [Void(entry, 1200, Override(screen.cafe.staff_id("Anna Rossi"), "7391"))]
    assert page.panel.message == f"Taken back: {MINUS}12 points"
    assert spoken(screen)[1].endswith("not yet with the company, 12.00 € returned")
    assert ", Lena with Anna, " in spoken(screen)[0], "who agreed stands on the row"
    assert screen.counter.staff == "Lena Moreau"


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_where_the_button_needs_two_lines_no_number_is_torn_from_what_it_counts(opens: Opens, language: str) -> None:
    screen = opens(language=language)
    come_on_shift(screen)
    scan(screen, token("marie"))
    bought(screen, "4250")
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    page.lines.lines[0].click()
    settle(screen)
    give = page.panel.give
    place = QRectF(QRect(give.mapTo(screen.window, QPoint()), give.size()))
    lines = [each.words for each in painted(screen.window) if each.owner == place]
    assert len(lines) == 2
    assert [line for line in lines if re.search(rf"{MINUS}42\s\w", line)]


def test_more_than_the_purchase_cannot_come_back(opens: Opens) -> None:
    screen = served(opens, "4250")
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    page.lines.lines[0].click()
    type_keys(page, "4251")
    settle(screen)
    tap(screen, page.panel.give)
    assert page.panel.message == "At most 42.50 € of this purchase can be returned."
    assert voids(screen) == []


def test_ones_own_last_transaction_comes_back_whole_without_a_manager(opens: Opens) -> None:
    screen = served(opens)
    tap(screen, screen.window.card_panel.stamp)
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    page.lines.lines[0].click()
    settle(screen)
    assert page.panel.give.text() == f"Take back: {MINUS}1 stamp"
    tap(screen, page.panel.give)
    assert voids(screen) == [Void(screen.counter.entries[0].id)]
    assert spoken(screen)[1].endswith("Taken back")
    assert screen.window.more_page is page
    assert screen.counter.asked.count(Stamp()) == 1


def test_a_return_without_the_card_goes_by_the_receipt(opens: Opens) -> None:
    cafe = Cafe()
    with cafe.before() as till:
        till.serves(MARIE.id, staff="Lena Moreau", pin="4711")
        assert till.asks(Earn(4250, receipt="R-17")).ok
        till.machine.passes(minutes=20)
    screen = opens(cafe)
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    settle(screen)
    page = screen.window.screens.history_page
    assert screen.window.more_page is page
    type_keys(page.number, "R-99")
    QTest.keyClick(page.number, Qt.Key.Key_Return)
    settle(screen)
    assert page.lines.message.startswith("No purchase of this shop with this number is known here.")
    page.show_search()
    type_keys(page.number, "R-17")
    QTest.keyClick(page.number, Qt.Key.Key_Return)
    settle(screen)
    assert len(spoken(screen)) == 1
    assert spoken(screen)[0].startswith("Marie Keller, +42 points")
    assert "receipt R-17" in spoken(screen)[0]


def test_the_page_goes_when_the_card_is_put_away(opens: Opens) -> None:
    screen = served(opens, "4250")
    type_keys(screen.window, "h")
    settle(screen)
    screen.conversation.current_card.put_away()
    settle(screen)
    assert screen.window.page is Page.SERVE


def test_the_menu_opens_by_key_and_says_what_cannot_be_used(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F10)
    menu = screen.window.screens.menu_overlay
    assert menu.is_open
    assert menu.buttons[0].why == "Scan a card first"
    assert all(button.height() >= 64 for button in menu.buttons)
    QTest.keyClick(menu, Qt.Key.Key_2)
    settle(screen)
    assert not menu.is_open
    assert screen.window.screens.history_page.title == "Return"


def test_upright_the_lines_have_the_whole_width_and_the_way_back_stands_under_them(opens: Opens) -> None:
    screen = opens(size=(800, 1280))
    come_on_shift(screen)
    scan(screen, token("marie"))
    bought(screen, *["500"] * 12)
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    page.lines.lines[-1].click()
    settle(screen)
    last, panel = page.lines.lines[-1], page.panel
    assert page.width() - last.width() == 2 * screen.theme.px(16)
    assert last.mapTo(page, last.rect().bottomLeft()).y() < page.lines.older.mapTo(page, QPoint()).y() < panel.y()
    assert panel.width() == last.width()
    assert panel.pad.x() >= panel.give.geometry().right()
    screen.window.resize(1366, 768)
    settle(screen)
    assert panel.x() >= page.lines.geometry().right()
    assert panel.pad.x() == panel.give.x()


def test_without_lines_nothing_is_said_of_tapping_them(opens: Opens) -> None:
    screen = served(opens)
    type_keys(screen.window, "h")
    settle(screen)
    page = screen.window.screens.history_page
    assert page.lines.message == "Nothing is known here of this card's past."
    assert page.panel.message == ""


def searching(screen: Screen) -> HistoryPage:
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    settle(screen)
    return screen.window.screens.history_page


def with_a_purchase() -> tuple[Cafe, EntryView]:
    """A café without contact, in which Marie bought something before this shift."""
    cafe = Cafe(offline=timedelta(minutes=30))
    with cafe.before() as till:
        till.serves(MARIE.id, staff="Lena Moreau", pin="4711")
        done = till.asks(Earn(4250, stamps=1))
        till.machine.passes(minutes=20)
    return cafe, written(done)


def test_the_number_of_a_slip_typed_or_scanned_leads_to_its_transactions_offline(opens: Opens) -> None:
    cafe, bought = with_a_purchase()
    screen = opens(cafe)
    come_on_shift(screen)
    page = searching(screen)
    type_keys(page.number, slip_number(bought.id).replace("-", ""))
    QTest.keyClick(page.number, Qt.Key.Key_Return)
    settle(screen)
    typed = spoken(screen)
    assert {words.split(", ")[1] for words in typed} == {"+1 stamp", "+42 points"}
    scan(screen, slip_code(slip_number(bought.id)))
    assert spoken(screen) == typed
    QTest.keyClick(page, Qt.Key.Key_Escape)
    scan(screen, slip_code(slip_number(bought.id)))
    assert screen.window.more_page is page, "a slip opens the return by itself"
    assert spoken(screen) == typed


@pytest.mark.parametrize("by", ["camera", "number"])
def test_a_return_takes_a_card_and_shows_its_purchases_to_choose_from(opens: Opens, by: str) -> None:
    cafe, bought = with_a_purchase()
    screen = opens(cafe)
    come_on_shift(screen)
    page = searching(screen)
    if by == "camera":
        scan(screen, token("marie"))
        assert page.number.text() == "", "the code of a card is nobody's to read"
    else:
        type_keys(page.number, MARIE.number)
        QTest.keyClick(page.number, Qt.Key.Key_Return)
        settle(screen)
    assert page.title == "Return: Marie Keller"
    assert screen.conversation.current_card.card is None, "nobody is served by that"
    points = next(line for line in page.lines.lines if line.row is not None and line.row.entry == bought.id)
    points.click()
    type_keys(page, "1000")
    settle(screen)
    confirm(page)
    settle(screen)
    allow(screen)
    assert voids(screen) == [Void(bought.id, 1000, Override(screen.cafe.staff_id("Anna Rossi"), "7391"))]
    assert any("10.00 € returned" in words for words in spoken(screen))
    scan(screen, token("paul"))
    assert page.lines.message == "No purchase with this card is known here."


def test_the_purchases_of_a_card_are_read_in_pages(opens: Opens) -> None:
    screen = served(opens, *["500"] * 12)
    screen.conversation.current_card.put_away()
    settle(screen)
    page = searching(screen)
    scan(screen, token("marie"))
    shown = [line.row.entry for line in page.lines.lines if line.row is not None]
    while page.lines.older.why is None:
        QTest.keyClick(page, Qt.Key.Key_PageDown)
        settle(screen)
        shown += [line.row.entry for line in page.lines.lines if line.row is not None]
    assert shown == [entry.id for entry in reversed(screen.counter.entries)]


def test_rows_tell_the_hours_of_the_company_as_its_statistics_do(opens: Opens) -> None:
    screen = opens(Cafe(settings=Settings(time_zone="Asia/Tokyo")))
    come_on_shift(screen)
    scan(screen, token("marie"))
    bought(screen, "4250")
    type_keys(screen.window, "h")
    settle(screen)
    assert spoken(screen)[0].startswith("+42 points, 23:02, Lena")
