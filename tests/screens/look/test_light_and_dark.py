"""Changing between light and dark affects all widgets at once, visible or hidden."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle, type_keys, until
from ui.screens.scan.camera_view import CameraView
from ui.screens.settings.printer_section import PrinterSection

STYLED_MAX = 40  # of five hundred widgets: Qt's controls and their parts


def a_card(screen: Screen) -> None:
    scan(screen, token("marie"))


def a_new_customer(screen: Screen) -> None:
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    scan(screen, token("blank"))
    type_keys(screen.window.screens.enrol_dialog.name_step.contact, "elif@example.com")
    screen.window.screens.enrol_dialog.name_step.consent.setChecked(True)


def a_look_up(screen: Screen) -> None:
    QTest.keyClick(screen.window, Qt.Key.Key_F2)
    type_keys(screen.window.screens.contact_lookup.field, "nobody@example.com")


def the_settings(screen: Screen) -> None:
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(PrinterSection)


class ChangeRecorder(QObject):
    """Records which widgets Qt notifies of a new style or palette."""

    def __init__(self) -> None:
        super().__init__()
        self.widgets: set[QWidget] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if isinstance(watched, QWidget) and event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.widgets.add(watched)
        return False


@pytest.mark.parametrize("before_change", [True, False], ids=["seen while it changes", "seen only afterwards"])
@pytest.mark.parametrize("comes_to", [a_card, a_new_customer, a_look_up, the_settings])
def test_a_till_that_goes_dark_looks_like_one_that_was_dark_from_the_start(
    opens: Opens, comes_to: Callable[[Screen], None], before_change: bool
) -> None:
    changed, from_the_start = opens(), opens(dark=True)
    for screen in (changed, from_the_start):
        come_on_shift(screen)
        if before_change:
            comes_to(screen)
            settle(screen)
        screen.theme.set_dark(True)
        if not before_change:
            comes_to(screen)
        settle(screen)
        if (focused := screen.window.focusWidget()) is not None:
            focused.clearFocus()  # avoids a blinking cursor
    guides = [camera for screen in (changed, from_the_start) for camera in screen.window.findChildren(CameraView)]
    until(lambda: not any(camera.has_seen for camera in guides))  # green for a moment after a scan
    assert changed.window.grab().toImage() == from_the_start.window.grab().toImage()


def test_a_change_of_look_is_no_matter_of_every_widget(opens: Opens, qapp: QApplication) -> None:
    screen = opens()
    come_on_shift(screen)
    the_settings(screen)
    recorder = ChangeRecorder()
    qapp.installEventFilter(recorder)
    try:
        screen.theme.set_dark(True)
        settle(screen)
    finally:
        qapp.removeEventFilter(recorder)
    assert len(screen.window.findChildren(QWidget)) > 400
    assert 0 < len(recorder.widgets) <= STYLED_MAX
