"""States of enrolment and of setting PINs for the pictures."""

from unittest.mock import patch

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.screens.pictures.shot import Shot, idle
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import choose_person, confirm, scan, settle, type_keys, until
from ui.window.frame import Page


def begun(screen: Screen) -> None:
    idle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)


def named(screen: Screen) -> None:
    begun(screen)
    scan(screen, token("blank"))
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")
    type_keys(screen.window.screens.enrol_dialog.name_step.contact, "elif@example.com")
    screen.window.screens.enrol_dialog.name_step.consent.click()


def on_phone(screen: Screen) -> None:
    begun(screen)
    QTest.keyClick(screen.window.screens.enrol_dialog.blank_step.code, Qt.Key.Key_F6)
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")
    confirm(screen.window.screens.enrol_dialog.name_step.name)
    settle(screen)


def again(screen: Screen) -> None:
    on_phone(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_Escape)
    settle(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)


def pin(screen: Screen) -> None:
    idle(screen)
    screen.conversation.menu_pages.pin_changes.open()
    settle(screen)


def new_pin(screen: Screen) -> None:
    pin(screen)
    choose_person(screen.window.screens.pin_overlay.tiles, "Lena Moreau")
    type_keys(screen.window.screens.pin_overlay, "471190")


def by_phone(screen: Screen) -> None:
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    screen.window.screens.shift_page.office.click()
    settle(screen)
    with patch("secrets.randbelow", lambda below: 48_271_950):  # the same digits on each picture
        choose_person(screen.window.screens.pin_overlay.tiles, "Anna Rossi")
        settle(screen)
    type_keys(screen.window.screens.pin_overlay, "119")


NEW_STATES: dict[str, Shot] = {
    "05d-pin-whose": Shot(pin),
    "05e-pin-new": Shot(new_pin),
    "05f-pin-by-telephone": Shot(by_phone),
    "06-enrol-blank": Shot(begun),
    "06b-enrol-name": Shot(named),
    "06c-enrol-on-phone": Shot(on_phone),
    "06d-enrol-code-again": Shot(again),
}
