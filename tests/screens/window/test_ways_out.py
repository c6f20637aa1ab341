"""Whatever is shown, one gets back to where the till serves or waits: by touch alone, and by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.screens.conftest import Opens
from tests.screens.pictures.shots import STATES
from tests.support.overlaps import top_layer
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, settle, until
from ui.screens.staff.override_overlay import OverrideOverlay
from ui.screens.staff.pin_overlay import PinOverlay
from ui.widgets.buttons import Button
from ui.window.frame import Middle, Page

pytestmark = pytest.mark.slow

NAMES = [name for name, shot in STATES.items() if not shot.of_customer]
STEPS_MAX = 6
OUT_HIGH = 48  # of the top bar's; everything else is higher


def is_home(screen: Screen) -> bool:
    window = screen.window
    if window.overlay_open:
        return False
    return window.page not in (Page.SERVE, Page.MORE) or (window.page is Page.SERVE and window.middle is Middle.AIM)


def way_out(screen: Screen) -> Button:
    """The button that says so, on what lies on top."""
    layer = top_layer(screen.window)
    found = [each for each in layer.findChildren(Button) if each.isVisible() and each.cap == "Esc"]
    return max(found, key=lambda each: each.height())


@pytest.mark.parametrize("name", NAMES)
def test_every_state_is_left_by_touch_alone(qapp: QApplication, name: str) -> None:
    screen = STATES[name].open(qapp)
    for _ in range(STEPS_MAX):
        if is_home(screen):
            break
        button = way_out(screen)
        assert button.height() >= 64, button.accessibleName()
        assert button.visibleRegion().boundingRect() == button.rect()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        settle(screen) if screen.window.page is not Page.PAIR else QApplication.processEvents()
    assert is_home(screen)
    screen.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_state_is_left_by_keyboard_alone(qapp: QApplication, name: str) -> None:
    screen = STATES[name].open(qapp)
    for _ in range(STEPS_MAX):
        if is_home(screen):
            break
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Escape)
        settle(screen) if screen.window.page is not Page.PAIR else QApplication.processEvents()
    assert is_home(screen)
    screen.close()


def test_a_till_that_is_paired_again_goes_back_by_touch(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.window.top_bar.pair_asked.emit()
    back = screen.window.screens.pairing_page.back
    assert back.isVisible() and back.height() >= 64
    QTest.mouseClick(back, Qt.MouseButton.LeftButton)
    assert screen.window.page is Page.SERVE


@pytest.mark.parametrize("state", ["05-manager", "12-menu"])
def test_what_keeps_the_till_from_serving_goes_when_it_is_left_alone(qapp: QApplication, state: str) -> None:
    screen = STATES[state].open(qapp)
    overlays = screen.window.findChildren(OverrideOverlay) + screen.window.findChildren(PinOverlay)
    for overlay in overlays:
        overlay.close_when_left_alone(20)
        until(lambda shown=overlay: not shown.is_open)  # type: ignore[misc]
    screen.close()


def test_head_office_is_left_by_touch_and_by_waiting(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    for leaves in (lambda: QTest.mouseClick(way_out(screen), Qt.MouseButton.LeftButton), None):
        QTest.mouseClick(screen.window.screens.shift_page.office, Qt.MouseButton.LeftButton)
        settle(screen)
        pins = screen.window.screens.pin_overlay
        assert pins.is_open
        if leaves is None:
            pins.close_when_left_alone(20)
            until(lambda: not screen.window.screens.pin_overlay.is_open)
        else:
            leaves()
        assert not pins.is_open
        assert screen.window.page is Page.SHIFT
