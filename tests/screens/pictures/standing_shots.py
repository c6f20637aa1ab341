"""States of the connection and the till for the pictures: offline, stopped, outdated, unpaired, locked, broken."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.asks import Earn
from terminal.interface.views import StaffView
from terminal.problems import JournalBroken, ProfileInUse, SignedOff
from terminal.scanner.scans import FrameReport, Hint
from terminal.scanner.seen import Ambiguous, Seen
from tests.screens.pictures.shot import Shot, Show
from tests.support.cafe import MARIE, Cafe, token
from tests.support.cafe_days import waiting
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, scan, settle, type_keys, until
from ui.window.frame import Page

FRAME = np.full((720, 1280, 3), 96, np.uint8)


LATELY = timedelta(minutes=22)


def _standing(
    *, offline: timedelta | None = LATELY, waits: int = 0, kind: str | None = None, card: bool = True, **status: object
) -> Shot:
    """A till with this status, with or without a card; *kind* is the problem of the latest exchange."""

    def cafe() -> Cafe:
        made = Cafe(offline=offline, history=waiting(waits) if waits else None)
        made.line.stands(problem_kind=kind, **status)
        return made

    def show(screen: Screen) -> None:
        come_on_shift(screen)
        if card:
            scan(screen, token("marie"))

    return Shot(show, cafe=cafe)


def _camera(report: FrameReport) -> Show:
    def show(screen: Screen) -> None:
        come_on_shift(screen)
        screen.camera.frame(report)
        settle(screen)

    return show


def _seen(side: int) -> Seen:
    return Seen(token("marie"), ((0, 0), (side, 0), (side, side), (0, side)), "live")


def _unlock(screen: Screen) -> None:
    until(lambda: bool(screen.window.screens.shift_page.tiles.people))
    [sara] = [person for person in screen.window.screens.shift_page.tiles.people if person.name == "Sara Blom"]
    screen.window.screens.shift_page.tiles.locked_tapped.emit(sara)
    settle(screen)
    choose_person(screen.window.screens.override_overlay.tiles, "Anna Rossi")
    type_keys(screen.window.screens.override_overlay, "73")


def _many_people(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    names = ("Alexandrine Schumacher-Weber", "Jean-Baptiste Wagner", "Mia Hoffmann", "Luc Thill", "Sophie Muller")
    crowd = tuple(
        StaffView(uuid4(), f"{name} {number}" if number else name, "cashier") for number in range(4) for name in names
    )
    screen.window.screens.shift_page.show_view(crowd, 4)


def _found(screen: Screen) -> None:
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F1)
    type_keys(screen.window.screens.number_lookup.field, "5093-1176-11")


def _receipt_found(screen: Screen) -> None:
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    type_keys(screen.window.screens.history_page.number, "R-2041")
    QTest.keyClick(screen.window.screens.history_page.number, Qt.Key.Key_Return)
    settle(screen)
    screen.window.screens.history_page.lines.lines[0].click()
    settle(screen)


def _no_history(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "h")
    settle(screen)


def _with_receipt() -> Cafe:
    cafe = Cafe()
    with cafe.before() as till:
        till.serves(MARIE.id, staff="Lena Moreau", pin="4711")
        till.asks(Earn(4250, receipt="R-2041"))
    return cafe


def _switched_off() -> Cafe:
    cafe = Cafe()
    cafe.changes(MARIE, is_active=False)
    cafe.counter.hears()
    return cafe


def _a_card(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, token("marie"))


def _fetching(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.LOAD)
    settle(screen)


def _arrives_at(page: Page) -> Show:
    return lambda screen: until(lambda: screen.window.page is page)


STANDING_STATES: dict[str, Shot] = {
    "02j-inactive": Shot(_a_card, cafe=_switched_off),
    "04a-unreachable": _standing(kind="unreachable"),
    "04b-captive-portal": _standing(card=False, kind="not_our_server", waits=12),
    "04c-offline-long": _standing(offline=timedelta(days=4), kind="unreachable", waits=312),
    "04d-rewards-stopped": _standing(offline=timedelta(days=8), waits=1240),
    "04e-too-old": _standing(offline=None, too_old=True),
    "04f-pair-again": _standing(pair_again=True, kind="journal_forked", waits=3),
    "04g-sending": _standing(offline=None, waits=1240),
    "05d-unlock": Shot(_unlock),
    "05e-many-people": Shot(_many_people),
    "07d-two-cards": Shot(_camera(FrameReport(FRAME, 0.0, (), Ambiguous((_seen(90), _seen(90)))))),
    "07e-closer": Shot(_camera(FrameReport(FRAME, 0.0, (), None, Hint.CLOSER))),
    "07f-number": Shot(_found),
    "08c-fetching-rules": Shot(_fetching, cafe=lambda: Cafe(heard=False)),
    "08d-signed-off": Shot(_arrives_at(Page.PAIR), trouble=SignedOff()),
    "10b-journal-broken": Shot(_arrives_at(Page.TROUBLE), trouble=JournalBroken(17)),
    "10c-in-use": Shot(_arrives_at(Page.TROUBLE), trouble=ProfileInUse()),
    "11c-receipt-found": Shot(_receipt_found, cafe=_with_receipt),
    "11d-no-history": Shot(_no_history),
}
