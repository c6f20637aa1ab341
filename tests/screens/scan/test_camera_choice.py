"""The choice of the camera by a manager, and aiming hints on its picture."""

from dataclasses import replace

import numpy as np
import pytest

from loyalty.settings import PinRequired
from terminal.scanner.camera.devices import Camera
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameReport, Hint
from tests.screens.conftest import Opens
from tests.support.cafe import SETTINGS, Cafe
from tests.support.screen import Screen
from tests.support.walk import ANNA, come_on_shift, settle, tap, until
from ui.screens.settings.scanner_section import ScannerSection
from ui.window.frame import Page

pytestmark = pytest.mark.slow

COUNTER, BUILT_IN = Camera("by-id/counter", "Counter camera", 0), Camera("by-id/built-in", "Built-in camera", 2)


def looks(screen: Screen, there: tuple[Camera, ...] = (COUNTER, BUILT_IN)) -> tuple[ScannerSection, list[str]]:
    """Opens the section with these cameras plugged in; returns it and a list of later choices."""
    chosen: list[str] = []
    settings, section = (
        screen.conversation.menu_pages.settings,
        screen.window.screens.settings_page.section(ScannerSection),
    )
    section.looked_around.connect(lambda: section.show_cameras(there, COUNTER))
    settings.camera_chosen.connect(chosen.append)
    settings.open()
    screen.window.screens.settings_page.open_section(ScannerSection)
    settle(screen)
    return section, chosen


def test_a_manager_chooses_another_camera(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    section, chosen = looks(screen)
    assert [each.text() for each in section.cameras.buttons] == ["Counter camera", "Built-in camera"]
    assert [each.isChecked() for each in section.cameras.buttons] == [True, False]
    tap(screen, section.cameras.buttons[1])
    assert chosen == ["by-id/built-in"]


def test_a_cashier_is_told_that_a_manager_chooses_the_camera(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    section, chosen = looks(screen)
    assert section.cameras.buttons[1].why == "A manager on shift can change this."
    tap(screen, section.cameras.buttons[1])
    assert chosen == []
    assert [each.isChecked() for each in section.cameras.buttons] == [True, False]
    section.chosen.emit("camera", "by-id/built-in")
    assert chosen == [], "whatever the widget lets through"


def test_where_nobody_has_a_pin_everybody_chooses(opens: Opens) -> None:
    screen = opens(Cafe(settings=replace(SETTINGS, pin_required=PinRequired.NEVER)))
    until(lambda: screen.window.page is Page.SERVE)
    settle(screen)
    section, chosen = looks(screen)
    tap(screen, section.cameras.buttons[1])
    assert chosen == ["by-id/built-in"]


@pytest.mark.parametrize("there", [(), (COUNTER,)])
def test_with_one_camera_there_is_nothing_to_choose(opens: Opens, there: tuple[Camera, ...]) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    section, _ = looks(screen, there)
    assert not section.cameras.isVisible()


def test_what_would_help_is_told_on_the_picture_and_goes_with_it(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    section, _ = looks(screen)
    frame: Frame = np.zeros((72, 128, 3), np.uint8)
    for hint, words in ((Hint.CLOSER, "A little closer"), (Hint.TOO_DARK, "More light, please"), (None, "")):
        screen.camera.frame(FrameReport(frame, 0.0, (), None, hint))
        settle(screen)
        assert section.camera.hint == words
        assert screen.window.scan_panel.camera.hint == words
