"""Takes a picture of each state of the screen, through the real window, for people to look at, and judges its words."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from terminal.phrases import problem_of
from terminal.problems import JournalUnwritable, KeyringLocked, NoCamera, NotPaired, PairingProblem
from terminal.reports import Progress
from terminal.scanner.looks import Look
from terminal.views import Stamp
from tests.screens.customer_shots import CUSTOMER_STATES, customer_window
from tests.screens.new_shots import new_states
from tests.screens.report_shots import REPORT_STATES
from tests.screens.settings_shots import settings_states
from tests.screens.standing_shots import STANDING_STATES
from tests.support.fake_cards import the_cards, token
from tests.support.fake_counter import FakeCounter
from tests.support.overlaps import overlapping
from tests.support.screen import FakeTill, Screen, open_screen
from tests.support.walk import come_on_shift, scan, settle, type_keys, until
from tests.support.words import clipped, untranslated
from ui.customer_window import CustomerWindow
from ui.window import Page

Show = Callable[[Screen], None]


def picture(screen: Screen) -> None:
    """A café, out of focus: what the camera would see."""
    y, x = np.mgrid[0:720, 0:1280]
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[..., 0] = 52 + (720 - y) // 18
    frame[..., 1] = 60 + (720 - y) // 14
    frame[..., 2] = 72 + (720 - y) // 11
    for cx, cy, r, colour in ((300, 140, 60, 190), (620, 90, 50, 210), (930, 160, 70, 180), (1130, 480, 110, 120)):
        glow = np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (2 * r * r)))[..., None]
        frame = (frame * (1 - glow * 0.7) + glow * 0.7 * np.array([colour * 0.6, colour * 0.8, colour])).astype(
            np.uint8
        )
    screen.camera.frame(Look(frame, 0.0, (), None))
    settle(screen)


def idle(screen: Screen) -> None:
    come_on_shift(screen)
    picture(screen)


def card(screen: Screen) -> None:
    idle(screen)
    scan(screen, token("ines"))
    type_keys(screen.window, "1820")
    settle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Return)
    settle(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "320")
    settle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Return)
    settle(screen)
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
    screen.window.card.rewards.buttons[2].click()
    settle(screen)
    screen.window.override.tiles.choose("Anna Rossi")
    type_keys(screen.window.override, "739")


def wrong_pin(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.shift.tiles.choose("Lena Moreau")
    type_keys(screen.window.shift, "0000")
    settle(screen)


def who(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.shift.tiles.choose("Lena Moreau")
    type_keys(screen.window.shift, "47")


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
    type_keys(screen.window.look_up.field, "nobody@example.com")
    QTest.keyClick(screen.window.look_up.field, Qt.Key.Key_Return)
    settle(screen)


def refused(screen: Screen) -> None:
    card(screen)
    scan(screen, "https://example.com/menu")


def disk_full(screen: Screen) -> None:
    card(screen)
    screen.counter.problem = lambda ask: JournalUnwritable(0) if isinstance(ask, Stamp) else None
    type_keys(screen.window, "s")
    settle(screen)


def no_camera(screen: Screen) -> None:
    come_on_shift(screen)
    screen.camera.end(NoCamera())
    settle(screen)


def pairing(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.PAIR)
    screen.window.pairing.server.setText("https://aurora.example")
    screen.window.pairing.code.setText("K7MP-3")
    screen.window.pairing.refuse(problem_of(PairingProblem(), screen.speech).text)


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
    screen.window.recent.row_chosen.emit(screen.window.recent.shown[0])
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
    screen.window.history.lines.lines[-1].click()
    type_keys(screen.window.history, "120")
    settle(screen)


def receipts(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F4)
    type_keys(screen.window.history.receipt, "R-77")
    QTest.keyClick(screen.window.history.receipt, Qt.Key.Key_Return)
    settle(screen)


def menu(screen: Screen) -> None:
    card(screen)
    screen.window.status_line.menu_asked.emit()
    settle(screen)


def help_on_card(screen: Screen) -> None:
    card(screen)
    screen.window.status_line.help.click()
    settle(screen)


def _not_paired() -> FakeTill:
    raise NotPaired


def _locked_keyring() -> FakeTill:
    raise KeyringLocked


def states() -> dict[str, tuple[Show, dict[str, object]]]:
    """Each state's name, how to come to it, and how its till differs."""
    return {
        "01-idle": (idle, {}),
        "02-card": (card, {}),
        "02b-stamps-only": (stamps_only, {"program": "stamps"}),
        "02c-points-only": (card, {"program": "points"}),
        "02d-by-number": (by_number, {}),
        "02e-refused": (refused, {}),
        "02f-disk-full": (disk_full, {}),
        "02g-take-back": (take_back, {}),
        "02h-several": (several, {}),
        "02i-unusual": (unusual, {}),
        "03-reward": (reward, {}),
        "04-offline-cooldown": (cooldown_offline, {}),
        "05-manager": (manager, {}),
        "05b-who": (who, {}),
        "05c-wrong-pin": (wrong_pin, {}),
        "07-unknown": (unknown, {}),
        "07a-points-waiting": (points_waiting, {}),
        "07b-foreign": (foreign, {}),
        "07c-look-up": (look_up, {}),
        "08-pair": (pairing, {"open_till": _not_paired}),
        "08b-loading": (loading, {"status": {"progress": Progress(380, 664_000)}}),
        "09-no-camera": (no_camera, {}),
        "11-history": (history, {}),
        "11b-receipts": (receipts, {}),
        "12-menu": (menu, {}),
        "12b-help": (help_on_card, {}),
        **{name: (show, {}) for name, show in (settings_states(idle, picture) | new_states(idle)).items()},
        **REPORT_STATES,
        **STANDING_STATES,
        **CUSTOMER_STATES,
        "10-trouble": (trouble, {"open_till": _locked_keyring}),
    }


def _calm(screen: Screen) -> bool:
    window = screen.window
    return not (window.scan.camera.has_seen or window.celebration.motion.runs or window.card.face.moves)


def _still(shown: QWidget) -> bool:
    return not (isinstance(shown, CustomerWindow) and shown.moves)


@dataclass
class Taken:
    """How many pictures, and what is wrong with the words on them."""

    screens: int = 0
    untranslated: list[str] = field(default_factory=list)
    clipped: list[str] = field(default_factory=list)
    overlapping: list[str] = field(default_factory=list)


def take(
    out: Path, sizes: tuple[tuple[int, int], ...], looks: tuple[bool, ...], languages: tuple[str, ...], only: str = ""
) -> Taken:
    """Writes the pictures into *out*, and judges the words on them."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    out.mkdir(parents=True, exist_ok=True)
    taken = Taken()
    for name, (show, differs) in states().items():
        if only not in name:
            continue
        for (width, height), dark, language in itertools.product(sizes, looks, languages):
            counter = FakeCounter(str(differs.get("program", "hybrid")), the_cards())
            if isinstance(stands := differs.get("status"), dict):
                counter.status_changes = stands
            opener = differs.get("open_till")
            screen = open_screen(
                application,
                counter,
                size=(width, height),
                dark=dark,
                language=language,
                open_till=opener if callable(opener) else None,
                real_words=True,
            )
            show(screen)
            until(partial(_calm, screen))
            picture_name = f"{name}-{language}-{'dark' if dark else 'light'}-{width}x{height}"
            shown = customer_window(screen) if name in CUSTOMER_STATES else screen.window
            until(partial(_still, shown))
            shown.grab().save(str(out / f"{picture_name}.png"))
            taken.untranslated += [f"{picture_name}: {words}" for words in untranslated(shown, language)]
            taken.clipped += [f"{picture_name}: {words}" for words in clipped(shown)]
            taken.overlapping += [f"{picture_name}: {words}" for words in overlapping(shown)]
            if shown is not screen.window:
                shown.deleteLater()
            screen.close()
            taken.screens += 1
    return taken
