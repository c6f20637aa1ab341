"""Reports, verdicts other than accepted, and the cards of seven days."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.report_asks import Open, Report, Served
from tests.screens.conftest import Opens
from tests.support.cafe import INES, MARIE, Cafe, token
from tests.support.cafe_days import a_month
from tests.support.screen import Screen
from tests.support.walk import ANNA, come_on_shift, scan, settle, shows, tap, type_keys
from ui.screens.history.plot import steps
from ui.window.frame import Middle, Page


def busy(screen: Screen) -> None:
    for whose in ("ines", "marie"):
        scan(screen, token(whose))
        type_keys(screen.window, "4250")
        settle(screen)
        type_keys(screen.window, "s")
        settle(screen)


def chooses(screen: Screen, entry: str) -> None:
    """Opens an entry of the menu by finger."""
    screen.window.top_bar.menu_asked.emit()
    [button] = [each for each in screen.window.screens.menu_overlay.buttons if each.text() == entry]
    tap(screen, button)


def test_today_is_for_everybody_and_more_days_for_managers(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    busy(screen)
    for entry, customer in zip(screen.counter.entries, (INES, INES, MARIE, MARIE), strict=True):
        screen.cafe.decides(customer, entry, stamps=entry.stamps, points=entry.points)
    screen.counter.hears()
    chooses(screen, "Today and statistics")
    page = screen.window.screens.report_page
    assert screen.window.more_page is page
    assert page.title == "Today at this till"
    assert [figure.accessibleName() for figure in page.figures] == [
        "Stamps: 2, 0 taken back",
        "Points: 84, for 85.00 €",
        "Rewards: 0",
        "New cards: 0, 183 blank cards left",
    ]
    assert page.contact == (
        "Everything is with the company. Never offline for over two minutes while somebody was served. "
        "If the line goes now, this till can serve for 7 days."
    )
    QTest.keyClick(page, Qt.Key.Key_2)
    settle(screen)
    assert page.contact == "With a manager on shift"
    assert [ask.days for ask in screen.counter.asked if isinstance(ask, Report)] == [1]


def test_a_manager_reads_the_weeks_as_plots_that_are_read_aloud_too(opens: Opens) -> None:
    screen = opens(Cafe(begins=timedelta(days=29), history=a_month))
    come_on_shift(screen, ANNA)
    chooses(screen, "Today and statistics")
    page = screen.window.screens.report_page
    QTest.keyClick(page, Qt.Key.Key_3)
    settle(screen)
    assert page.title == "The last 30 days"
    assert [plot.accessibleName() for plot in page.plots if plot.isVisible()] == [
        "Stamps by day",
        "Points by day",
        "Rewards by day",
        "New cards by day",
        "Hours offline by day",
    ]
    assert page.plots[0].accessibleDescription().endswith("11 May: 34, today: 0")
    assert "Offline for" in page.contact


def test_what_the_company_decided_is_read_in_full(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    busy(screen)
    first = screen.counter.entries[0]
    screen.cafe.decides(INES, first, "adjusted", points=42, notes=("program_superseded",))
    screen.counter.hears()
    chooses(screen, "The company's decisions")
    page = screen.window.screens.list_page
    QTest.keyClick(page, Qt.Key.Key_Down)
    assert page.message == "+42 points. Counted otherwise than shown here. Counted by the newer rules."
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert screen.window.page is Page.SERVE


def test_where_nothing_was_decided_otherwise_it_says_so(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    chooses(screen, "The company's decisions")
    assert screen.window.screens.list_page.lines.message == "Everything so far was counted as shown here."


def test_a_cashier_does_not_browse_customers(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    busy(screen)
    screen.window.top_bar.menu_asked.emit()
    [entry] = [each for each in screen.window.screens.menu_overlay.buttons if each.text() == "Cards served here"]
    assert entry.why == "With a manager on shift"
    tap(screen, entry)
    assert not any(isinstance(ask, Served) for ask in screen.counter.asked)


def test_a_manager_opens_a_card_that_was_served_here(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    busy(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Escape)
    chooses(screen, "Cards served here")
    lines = screen.window.screens.list_page.lines.lines
    assert [line.accessibleName().split(", ")[0] for line in lines] == ["Marie Keller", "Ines Vieira"]
    tap(screen, lines[1])
    assert any(isinstance(ask, Open) for ask in screen.counter.asked)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Ines Vieira")
    assert screen.window.card_panel.rewards.buttons[1].second == "manager's PIN: no code"


def test_by_keyboard_a_manager_reads_down_the_list_and_opens_the_card_they_want(opens: Opens) -> None:
    screen, said = opens(), list[str]()
    come_on_shift(screen, ANNA)
    busy(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Escape)
    chooses(screen, "Cards served here")
    page = screen.window.screens.list_page
    screen.window.announced.connect(said.append)
    for _ in range(2):
        QTest.keyClick(page, Qt.Key.Key_Down)
    settle(screen)
    assert [words.split(", ")[0] for words in said] == ["Marie Keller", "Ines Vieira"]
    assert screen.window.more_page is page
    QTest.keyClick(page, Qt.Key.Key_Return)
    settle(screen)
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Ines Vieira")


@pytest.mark.parametrize(
    ("largest", "grid"), [(1, (1, 2)), (2, (1, 2)), (3, (2, 4)), (19, (10, 20)), (1830, (1000, 2000))]
)
def test_the_grid_of_a_plot_has_round_numbers_that_hold_the_largest(largest: int, grid: tuple[int, int]) -> None:
    assert steps(largest) == grid
