"""Every state by screen reader and by keyboard: names, order, focus, keys, results."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from tests.screens.conftest import Opens
from tests.screens.pictures.shots import STATES
from tests.support.cafe import token
from tests.support.heard import heard
from tests.support.overlaps import top_layer
from tests.support.screen import Screen
from tests.support.walk import choose_person, come_on_shift, scan, settle, type_keys, until
from ui.widgets.buttons import Button

pytestmark = pytest.mark.slow

NAMES = [name for name, shot in STATES.items() if not shot.of_customer]
TABS_MAX = 120


@pytest.fixture(params=NAMES)
def shown(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Screen]:
    """The window in one of its states."""
    screen = STATES[request.param].open(qapp)
    yield screen
    screen.close()


def tabbed(screen: Screen) -> list[QWidget]:
    """The widgets that Tab reaches, in order."""
    screen.window.activateWindow()
    visited: list[QWidget] = []
    for _ in range(TABS_MAX):
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None, "the focus is lost"
        if focused in visited:
            return visited
        visited.append(focused)
    raise AssertionError("Tab does not come round")


def test_a_state_is_read_reached_and_explained(shown: Screen) -> None:
    """The focused widget has a name, a ring and is not covered; Tab reaches every button; help names every key."""
    layer = top_layer(shown.window)
    assert [each for each in heard(shown.window) if each.focusable and not each.name] == []
    reached = tabbed(shown)
    for stop in reached:
        assert stop.isVisible()
        assert stop.accessibleName(), type(stop).__name__
        on_top = layer is shown.window or layer.isAncestorOf(stop)
        assert on_top, f"{stop.accessibleName()} lies behind"
        if isinstance(stop, QAbstractButton | QLabel):  # fields and pages show focus by themselves
            stop.setFocus(Qt.FocusReason.TabFocusReason)
            assert shown.window.ring.around is stop, stop.accessibleName()
    buttons = [each for each in layer.findChildren(Button) if each.isVisible() and each.isEnabled()]
    wanted = [each for each in buttons if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [each.accessibleName() for each in wanted if each not in reached] == []
    if layer is not shown.window:
        return  # overlays show their keys
    caps = {each.cap for each in buttons if each.cap}
    shown.window.help_asked.emit()
    assert shown.window.screens.help_overlay.is_open
    heard_names = {each.name for each in heard(shown.window.screens.help_overlay)}
    assert {cap for cap in caps if cap not in heard_names and not cap.removeprefix("Ctrl ").isdecimal()} == set()


# -- results --------------------------------------------------------------------------------------------------


def test_a_screen_reader_is_told_each_result(opens: Opens) -> None:
    screen, said = opens(), list[str]()
    come_on_shift(screen)
    screen.window.announced.connect(said.append)
    scan(screen, token("marie"))
    assert said[-1] == "Marie Keller, Card ending 4821, 7 of 10 stamps, 264 points"
    type_keys(screen.window, "s")
    settle(screen)
    assert said[-1] == "+1 stamp Marie Keller"
    type_keys(screen.window, "s")
    settle(screen)
    assert said[-1] == "Please wait 30 minutes before the next stamp."
    type_keys(screen.window, "u")
    settle(screen)
    assert said[-1] == "Taken back"
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)
    assert said[-1] == "Reward reached: Free coffee"
    scan(screen, token("somebody-else"))
    assert said[-1].startswith("This card is not known here yet")
    scan(screen, "https://example.com")
    assert said[-1].startswith("This is a web address")


def test_a_screen_reader_is_told_who_is_on_shift_and_what_a_wrong_pin_leaves(opens: Opens) -> None:
    screen, said = opens(), list[str]()
    until(lambda: bool(screen.window.screens.shift_page.tiles.people))
    screen.window.announced.connect(said.append)
    choose_person(screen.window.screens.shift_page.tiles, "Lena Moreau")
    type_keys(screen.window.screens.shift_page, "0000")
    settle(screen)
    assert said[-1] == "That PIN was not right. 4 tries are left."
    type_keys(screen.window.screens.shift_page, "4711")
    settle(screen)
    until(lambda: "Lena Moreau" in said[-1])


def test_behind_an_open_overlay_no_key_reaches_the_card(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.window.top_bar.menu_asked.emit()
    for _ in range(TABS_MAX):
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert screen.window.screens.menu_overlay.isAncestorOf(focused)
    QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Escape)
    assert not screen.window.screens.menu_overlay.is_open
    type_keys(screen.window, "s")
    settle(screen)
    assert screen.window.undo_bar.words == "+1 stamp"
