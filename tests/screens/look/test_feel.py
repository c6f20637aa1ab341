"""Feedback on taps, animations, and settings that managers change."""

import time

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, rules, token
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, scan, settle, shows, tap, type_keys, until
from ui.screens.settings.scanner_section import ScannerSection
from ui.screens.settings.sound_section import SoundSection
from ui.screens.settings.till_section import TillSection
from ui.threads.sound_player import Sound
from ui.widgets.buttons import Button
from ui.widgets.number_pad import DIGITS
from ui.window.frame import Middle

pytestmark = pytest.mark.slow

FRAME_S = 1 / 60


class Painted(QObject):
    """Records when a widget was pressed and when it was painted next."""

    def __init__(self, button: Button) -> None:
        super().__init__()
        self.pressed = self.painted = 0.0
        button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.MouseButtonPress:
            self.pressed, self.painted = time.perf_counter(), 0.0
        elif event.type() is QEvent.Type.Paint and self.pressed and not self.painted:
            self.painted = time.perf_counter()
        return False


def a_card(opens: Opens, whose: str = "marie") -> Screen:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token(whose))
    return screen


def test_a_finger_is_answered_on_the_way_down_within_one_frame(opens: Opens, qapp: QApplication) -> None:
    screen = a_card(opens)
    button = screen.window.card_panel.stamp
    seen = Painted(button)
    best = float("inf")
    for _ in range(5):  # a busy machine may miss one
        before = button.grab().toImage()
        QTest.mousePress(button, Qt.MouseButton.LeftButton)
        until(lambda: bool(seen.painted))
        held = button.grab().toImage()
        assert held.pixelColor(12, 12) != before.pixelColor(12, 12), "its tone changes before the finger is lifted"
        best = min(best, seen.painted - seen.pressed)
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=QPoint(-50, -50))  # released outside
        qapp.processEvents()
    assert best < FRAME_S
    assert screen.window.card_panel.stamp.text() == "Stamp → 8 of 10", "nothing was given"


def test_the_next_tap_is_taken_while_something_still_moves(opens: Opens) -> None:
    screen = a_card(opens, "paul")
    type_keys(screen.window, "s")
    settle(screen)
    assert screen.window.middle is Middle.CELEBRATION
    assert screen.window.celebration.motion.runs
    tap(screen, screen.window.celebration.take)
    assert shows(screen, Middle.CARD)


def test_a_celebration_comes_to_rest(opens: Opens) -> None:
    screen = a_card(opens, "paul")
    type_keys(screen.window, "s")
    settle(screen)
    until(lambda: not screen.window.celebration.motion.runs)
    assert screen.window.celebration.motion.part == 1.0


def test_with_less_motion_nothing_moves_and_a_new_stamp_has_a_check_mark(opens: Opens) -> None:
    screen = a_card(opens)
    screen.preferences.choose(still=True)
    type_keys(screen.window, "s")
    settle(screen)
    assert not screen.window.card_panel.face.moves
    still = screen.window.card_panel.face.grab().toImage()
    screen.theme.still = False
    screen.window.card_panel.face.update()
    assert screen.window.card_panel.face.grab().toImage() != still, "a ring, where things may move"


def test_a_wrong_pin_shakes_the_dots_once(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.staff.lock()
    settle(screen)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    dots = screen.window.screens.shift_page.pad.dots
    assert not dots.shaken.runs
    type_keys(screen.window.screens.shift_page, "0000")
    until(lambda: dots.shaken.runs)
    until(lambda: not dots.shaken.runs)


def test_the_pin_pads_keys_stand_in_another_order_each_time_where_a_manager_chose_so(opens: Opens) -> None:
    screen = opens()
    until(lambda: bool(screen.window.screens.shift_page.tiles.people))
    pad = screen.window.screens.shift_page.pad
    assert pad.order == DIGITS
    screen.preferences.choose(pin_shuffled=True)
    orders = set()
    for _ in range(6):
        choose_person(screen.window.screens.shift_page.tiles, "Anna Rossi")
        orders.add(pad.order)
        assert sorted(pad.order) == sorted(DIGITS)
    assert len(orders) > 1
    for digit in "7391":  # taps the digits at their shuffled places
        tap(screen, next(key for key in pad.findChildren(Button) if key.text() == digit))
    settle(screen)
    until(lambda: screen.window.page.value == "serve")


def test_only_a_manager_chooses_the_order_of_the_keys(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(TillSection)
    section = screen.window.screens.settings_page.section(TillSection)
    section.keys.buttons[1].click()
    assert not screen.preferences.now.pin_shuffled
    assert section.keys.buttons[1].why == "A manager on shift can change this."


def test_how_loud_the_till_is_is_heard_when_it_is_chosen(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    tried: list[Sound] = []
    screen.conversation.menu_pages.settings.sound_tried.connect(tried.append)
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(SoundSection)
    section = screen.window.screens.settings_page.section(SoundSection)
    tap(screen, section.volume.buttons[2])
    assert (screen.preferences.now.volume, tried) == ("loud", [Sound.STAMP])


def left_and_right(screen: Screen) -> tuple[QColor, QColor]:
    """The colours at the left and right of the camera picture, for a frame with a red left half."""
    picture = QImage(640, 480, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    for x in range(320):
        for y in range(0, 480, 1):
            picture.setPixelColor(x, y, QColor("red"))
    camera = screen.window.scan_panel.camera
    camera.show_picture(picture)
    seen = camera.grab().toImage()
    y = seen.height() - 20
    return seen.pixelColor(seen.width() // 8, y), seen.pixelColor(seen.width() * 7 // 8, y)


@pytest.mark.parametrize("mirrored", [True, False])
def test_the_picture_is_a_mirror_unless_that_is_switched_off(opens: Opens, mirrored: bool) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.menu_pages.settings.open()
    section = screen.window.screens.settings_page.section(ScannerSection)
    section.mirror.buttons[0 if mirrored else 1].click()
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_Escape)
    left, right = left_and_right(screen)
    assert (left.red() > 200, right.red() > 200) == (not mirrored, mirrored)


@pytest.mark.parametrize(("at_once", "size"), [(30, (1024, 768)), (30, (800, 1280)), (80, (1366, 768))])
def test_thirty_stamps_are_one_tap_on_the_list(opens: Opens, at_once: int, size: tuple[int, int]) -> None:
    screen = opens(Cafe(rules(max_stamps_per_visit=at_once)), size=size)
    come_on_shift(screen)
    scan(screen, token("ines"))
    type_keys(screen.window, "x")
    settle(screen)
    several = screen.window.screens.stamp_count_overlay
    shown = [button for button in several.buttons if button.isVisible()]
    assert len(shown) == 30
    assert not any(button.is_cut for button in shown)
    assert all(several.panel.rect().contains(button.geometry()) for button in shown)
    tap(screen, shown[16])
    assert screen.window.undo_bar.words == "+17 stamps"
