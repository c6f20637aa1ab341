"""States of reports and lists for the pictures."""

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.screens.pictures.shot import Shot, Show
from tests.support.cafe import INES, MARIE, PAUL, Cafe, token
from tests.support.cafe_days import a_month
from tests.support.screen import Screen
from tests.support.walk import ANNA, come_on_shift, scan, settle, type_keys


def anna_works(screen: Screen) -> None:
    come_on_shift(screen, ANNA)
    for whose in ("ines", "marie", "paul"):
        scan(screen, token(whose))
        type_keys(screen.window, "4250")
        settle(screen)
        type_keys(screen.window, "s")
        settle(screen)
        QTest.keyClick(screen.window, Qt.Key.Key_Escape)


def today(screen: Screen) -> None:
    anna_works(screen)
    for entry, customer in zip(screen.counter.entries, (INES, INES, MARIE, MARIE, PAUL, PAUL), strict=True):
        screen.cafe.decides(customer, entry, stamps=entry.stamps, points=entry.points)
    screen.counter.hears()
    for whose, choice in (("ines", 1), ("ines", 2), ("marie", 1)):
        scan(screen, token(whose))
        screen.window.card_panel.rewards.buttons[choice].click()
        settle(screen)
    screen.conversation.menu_pages.reports.open_today()
    settle(screen)


def month(screen: Screen) -> None:
    today(screen)
    type_keys(screen.window.screens.report_page, "3")
    settle(screen)


def decided(screen: Screen) -> None:
    anna_works(screen)
    adjusted, rejected, held, *_ = screen.counter.entries
    screen.cafe.decides(INES, adjusted, "adjusted", points=42, notes=("program_superseded",))
    screen.cafe.decides(INES, rejected, "rejected", reason="receipt_used")
    screen.cafe.decides(MARIE, held, "held", notes=("waits_for_program",))
    screen.counter.hears()
    screen.conversation.menu_pages.reports.open_decided()
    settle(screen)
    screen.window.screens.list_page.lines.lines[0].click()


def served(screen: Screen) -> None:
    anna_works(screen)
    screen.conversation.menu_pages.reports.open_served()
    settle(screen)


def _empty(open_page: Callable[[Screen], None]) -> Show:
    """A manager's page on a day without transactions."""

    def show(screen: Screen) -> None:
        come_on_shift(screen, ANNA)
        open_page(screen)
        settle(screen)

    return show


REPORT_STATES: dict[str, Shot] = {
    "13-today": Shot(today),
    "13b-month": Shot(month, cafe=lambda: Cafe(begins=timedelta(days=29), history=a_month)),
    "13c-today-empty": Shot(_empty(lambda screen: screen.conversation.menu_pages.reports.open_today())),
    "14-decided": Shot(decided),
    "14b-decided-none": Shot(_empty(lambda screen: screen.conversation.menu_pages.reports.open_decided())),
    "15-served": Shot(served),
    "15b-served-none": Shot(_empty(lambda screen: screen.conversation.menu_pages.reports.open_served())),
}
