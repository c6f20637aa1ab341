"""States of the main screen and its overlays for the pictures."""

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.ask import Override
from terminal.interface.asks import Earn, Scan, Stamp, Void
from terminal.interface.phrases import problem_of
from terminal.problems import JournalUnwritable, KeyringLocked, NoCamera, NotPaired, PairingProblem
from tests.screens.pictures.shot import Shot, idle
from tests.support.cafe import INES, MARIE, Cafe, rules, token
from tests.support.replies import written
from tests.support.screen import Screen
from tests.support.walk import buy, choose_key, choose_person, come_on_shift, confirm, scan, settle, type_keys, until
from ui.window.frame import Page

ROWS = 664_000  # of a large company


def card(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("ines"))
    buy(screen, "1820")
    scan(screen, token("marie"))
    buy(screen, "320")
    type_keys(screen.window, "4250")
    settle(screen)


def cooldown_offline(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    screen.counter.passes(minutes=18)
    scan(screen, token("marie"))


def reward(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)


def manager(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("ines"))
    screen.window.card_panel.rewards.buttons[2].click()
    settle(screen)
    choose_person(screen.window.screens.override_overlay.tiles, "Anna Rossi")
    type_keys(screen.window.screens.override_overlay, "739")


def wrong_pin(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)


def who(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "47")


def unknown(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("somebody-else"))


def points_waiting(screen: Screen) -> None:
    unknown(screen)
    choose_key(screen.window, "2")
    settle(screen)


def foreign(screen: Screen) -> None:
    idle(screen)
    scan(screen, "https://example.com/menu")


def look_up(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F2)
    type_keys(screen.window.screens.contact_lookup.field, "nobody@example.com")
    QTest.keyClick(screen.window.screens.contact_lookup.field, Qt.Key.Key_Return)
    settle(screen)


def refused(screen: Screen) -> None:
    card(screen)
    scan(screen, "https://example.com/menu")


def disk_full(screen: Screen) -> None:
    card(screen)
    screen.counter.problem = lambda ask: JournalUnwritable() if isinstance(ask, Stamp | Earn) else None
    type_keys(screen.window, "s")
    settle(screen)


def no_camera(screen: Screen) -> None:
    come_on_shift(screen)
    screen.camera.end(NoCamera())
    settle(screen)


def pairing(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.PAIR)
    screen.window.screens.pairing_page.server.setText("https://aurora.example")
    screen.window.screens.pairing_page.code.setText("K7MP-3")
    screen.window.screens.pairing_page.refuse(problem_of(PairingProblem(), screen.speech).text)


def loading(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.LOAD)
    settle(screen)
    screen.seconds.now += 10.0
    _loads(screen.cafe, 412_380)
    settle(screen)


def first_load() -> Cafe:
    cafe = Cafe(heard=False)
    cafe.counter.hears(more=True, rows_left=ROWS - len(cafe.company.rows))
    _loads(cafe, 380)
    return cafe


def _loads(cafe: Cafe, rows: int) -> None:
    """Lets so many rows arrive, most of them as part of a snapshot."""
    there = len(cafe.company.rows)
    cafe.line.stands(loaded=(rows - there) / (ROWS - there))


def trouble(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.TROUBLE)


def take_back(screen: Screen) -> None:
    card(screen)
    screen.window.recent_panel.row_chosen.emit(screen.window.recent_panel.shown[0])
    settle(screen)


def stamps_only(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))


def by_number(screen: Screen) -> None:
    idle(screen)
    scan(screen, "5093-1176-1111")


def several(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("ines"))
    type_keys(screen.window, "x")
    settle(screen)


def unusual(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "425000")
    settle(screen)
    confirm(screen.window)
    settle(screen)


def history(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    points, stamp = screen.counter.entries
    screen.cafe.decides(MARIE, points, "adjusted", points=42, notes=("program_superseded",))
    screen.cafe.decides(MARIE, stamp, stamps=1)
    screen.counter.passes(minutes=4)
    screen.counter.hears()
    type_keys(screen.window, "h")
    settle(screen)
    screen.window.screens.history_page.lines.lines[-1].click()
    type_keys(screen.window.screens.history_page, "120")
    settle(screen)


def a_part_returned() -> Cafe:
    """Ines and Marie were served; part of Marie's purchase was returned."""
    cafe = Cafe()
    with cafe.before() as till:
        till.serves(INES.id, staff="Lena Moreau", pin="4711")
        of_ines = written(till.asks(Earn(1820)))
        till.asks(Scan(MARIE.token))
        bought = written(till.asks(Earn(320, receipt="R-2041")))
        returned = written(till.asks(Void(bought.id, 100, Override("Anna Rossi", "7391"))))
    cafe.decides(INES, of_ines, points=of_ines.points)
    cafe.decides(MARIE, bought, points=bought.points)
    cafe.decides(MARIE, returned, points=returned.points)
    return cafe


def long_history(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))
    for _ in range(12):
        buy(screen, "350")
    type_keys(screen.window, "h")
    settle(screen)


def receipts(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    type_keys(screen.window.screens.history_page.number, "R-77")
    QTest.keyClick(screen.window.screens.history_page.number, Qt.Key.Key_Return)
    settle(screen)


def receipt_typed(screen: Screen) -> None:
    card(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F5)
    field = screen.window.screens.receipt_entry.field
    type_keys(field, "R-2041-7730")
    settle(screen)


def receipt_of_purchase(screen: Screen) -> None:
    receipt_typed(screen)
    QTest.keyClick(screen.window.screens.receipt_entry.field, Qt.Key.Key_Return)
    settle(screen)


def purchases_of_card(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    scan(screen, token("marie"))
    screen.window.screens.history_page.lines.lines[0].click()
    settle(screen)


def return_begun(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)


def menu(screen: Screen) -> None:
    card(screen)
    screen.window.top_bar.menu_asked.emit()
    settle(screen)


def help_on_card(screen: Screen) -> None:
    card(screen)
    screen.window.top_bar.help.click()
    settle(screen)


MAIN_STATES: dict[str, Shot] = {
    "01-idle": Shot(idle),
    "02-card": Shot(card),
    "02b-stamps-only": Shot(stamps_only, cafe=lambda: Cafe(rules("stamps"))),
    "02c-points-only": Shot(card, cafe=lambda: Cafe(rules("points"))),
    "02d-by-number": Shot(by_number),
    "02e-refused": Shot(refused),
    "02f-disk-full": Shot(disk_full),
    "02g-take-back": Shot(take_back),
    "02h-several": Shot(several, cafe=lambda: Cafe(rules(max_stamps_per_visit=9))),
    "02i-unusual": Shot(unusual),
    "02l-receipt-typed": Shot(receipt_typed),
    "02m-receipt": Shot(receipt_of_purchase),
    "03-reward": Shot(reward),
    "04-offline-cooldown": Shot(cooldown_offline, cafe=lambda: Cafe(offline=timedelta(minutes=22))),
    "05-manager": Shot(manager, cafe=lambda: Cafe(offline=timedelta(hours=26))),
    "05b-who": Shot(who),
    "05c-wrong-pin": Shot(wrong_pin),
    "07-unknown": Shot(unknown),
    "07a-points-waiting": Shot(points_waiting),
    "07b-foreign": Shot(foreign),
    "07c-look-up": Shot(look_up),
    "08-pair": Shot(pairing, trouble=NotPaired()),
    "08b-loading": Shot(loading, cafe=first_load),
    "09-no-camera": Shot(no_camera),
    "10-trouble": Shot(trouble, trouble=KeyringLocked()),
    "11-history": Shot(history, cafe=a_part_returned),
    "11a-history-long": Shot(long_history),
    "11b-receipts": Shot(receipts),
    "11e-return": Shot(return_begun),
    "11f-return-by-card": Shot(purchases_of_card, cafe=a_part_returned),
    "12-menu": Shot(menu),
    "12b-help": Shot(help_on_card),
}
