"""The main screen and what lies over it, for the pictures: a card, a reward, a manager, codes of all kinds, pairing."""

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.asks import Earn, Stamp
from terminal.interface.phrases import problem_of
from terminal.interface.report_views import Progress
from terminal.problems import JournalUnwritable, KeyringLocked, NoCamera, NotPaired, PairingProblem
from tests.screens.pictures.shot import Shot, idle
from tests.support.fake_cards import token
from tests.support.screen import Screen
from tests.support.walk import buy, come_on_shift, scan, settle, type_keys, until
from ui.window.frame import Page


def card(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("ines"))
    buy(screen, "1820")
    scan(screen, token("marie"))
    buy(screen, "320")
    type_keys(screen.window, "4250")
    settle(screen)


def cooldown_offline(screen: Screen) -> None:
    screen.counter.online = False
    idle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    screen.counter.now += timedelta(minutes=18)
    scan(screen, token("marie"))


def reward(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)


def manager(screen: Screen) -> None:
    screen.counter.stale_hours = 26
    idle(screen)
    scan(screen, token("ines"))
    screen.window.card_panel.rewards.buttons[2].click()
    settle(screen)
    screen.window.screens.override_overlay.tiles.choose("Anna Rossi")
    type_keys(screen.window.screens.override_overlay, "739")


def wrong_pin(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.screens.shift_page.tiles.choose("Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)


def who(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.screens.shift_page.tiles.choose("Lena Moreau")
    type_keys(screen.window.screens.shift_page, "47")


def unknown(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("somebody-else"))


def points_waiting(screen: Screen) -> None:
    unknown(screen)
    type_keys(screen.window, "2")
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
    screen.counter.problem = lambda ask: JournalUnwritable(0) if isinstance(ask, Stamp | Earn) else None
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
    screen.counter.status_changes = {"progress": Progress(412_380, 664_000)}
    settle(screen)


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
    screen.counter.at_once = 9
    idle(screen)
    scan(screen, token("ines"))
    type_keys(screen.window, "x")
    settle(screen)


def unusual(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "425000")
    settle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Return)
    settle(screen)


def history(screen: Screen) -> None:
    card(screen)
    counter = screen.counter
    type_keys(screen.window, "s")
    settle(screen)
    counter.now += timedelta(minutes=4)
    counter.done[1].receipt, counter.done[1].returned_minor, counter.done[1].word = "R-2041", 100, "accepted"
    counter.done[2].word, counter.done[2].note = "adjusted", "Counted by the newer rules."
    type_keys(screen.window, "h")
    settle(screen)
    screen.window.screens.history_page.lines.lines[-1].click()
    type_keys(screen.window.screens.history_page, "120")
    settle(screen)


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
    type_keys(screen.window.screens.history_page.receipt, "R-77")
    QTest.keyClick(screen.window.screens.history_page.receipt, Qt.Key.Key_Return)
    settle(screen)


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
    "02b-stamps-only": Shot(stamps_only, program="stamps"),
    "02c-points-only": Shot(card, program="points"),
    "02d-by-number": Shot(by_number),
    "02e-refused": Shot(refused),
    "02f-disk-full": Shot(disk_full),
    "02g-take-back": Shot(take_back),
    "02h-several": Shot(several),
    "02i-unusual": Shot(unusual),
    "03-reward": Shot(reward),
    "04-offline-cooldown": Shot(cooldown_offline),
    "05-manager": Shot(manager),
    "05b-who": Shot(who),
    "05c-wrong-pin": Shot(wrong_pin),
    "07-unknown": Shot(unknown),
    "07a-points-waiting": Shot(points_waiting),
    "07b-foreign": Shot(foreign),
    "07c-look-up": Shot(look_up),
    "08-pair": Shot(pairing, trouble=NotPaired()),
    "08b-loading": Shot(loading, status={"progress": Progress(380, 664_000)}),
    "09-no-camera": Shot(no_camera),
    "10-trouble": Shot(trouble, trouble=KeyringLocked()),
    "11-history": Shot(history),
    "11a-history-long": Shot(long_history),
    "11b-receipts": Shot(receipts),
    "12-menu": Shot(menu),
    "12b-help": Shot(help_on_card),
}
