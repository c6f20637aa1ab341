"""The states of a new card for the pictures: a blank before the camera, or a code for the customer's phone."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.support.fake_cards import token
from tests.support.screen import Screen
from tests.support.walk import scan, settle, type_keys

Show = Callable[[Screen], None]


def enrol_states(idle: Show) -> dict[str, Show]:
    """By name; *idle* brings a till on shift."""

    def begun(screen: Screen) -> None:
        idle(screen)
        QTest.keyClick(screen.window, Qt.Key.Key_F3)
        settle(screen)

    def named(screen: Screen) -> None:
        begun(screen)
        scan(screen, token("blank"))
        type_keys(screen.window.enrol.name, "Elif")

    def on_phone(screen: Screen) -> None:
        begun(screen)
        QTest.keyClick(screen.window.enrol.code, Qt.Key.Key_F6)
        type_keys(screen.window.enrol.name, "Elif")
        QTest.keyClick(screen.window.enrol.name, Qt.Key.Key_Return)
        settle(screen)

    def again(screen: Screen) -> None:
        on_phone(screen)
        QTest.keyClick(screen.window, Qt.Key.Key_Escape)
        settle(screen)
        QTest.keyClick(screen.window, Qt.Key.Key_F3)
        settle(screen)

    return {
        "06-enrol-blank": begun,
        "06b-enrol-name": named,
        "06c-enrol-on-phone": on_phone,
        "06d-enrol-code-again": again,
    }
