"""Nothing remains in memory of a customer served."""

import pytest
from PySide6.QtCore import QObject

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle, type_keys

pytestmark = pytest.mark.slow

CUSTOMERS = 15


def objects(screen: Screen) -> int:
    return len(screen.window.findChildren(QObject)) + len(screen.conversation.findChildren(QObject))


def serve(screen: Screen, whose: str) -> None:
    scan(screen, token(whose))
    type_keys(screen.window, "s")
    settle(screen)
    scan(screen, "https://example.com")
    screen.conversation.menu_pages.menu.open()
    settle(screen)
    screen.window.close_overlays()
    screen.conversation.current_card.put_away()
    settle(screen)


def test_no_customer_leaves_a_widget_or_a_timer_behind(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    for whose in ("marie", "ines", "paul"):
        serve(screen, whose)
    before = objects(screen)
    for _ in range(CUSTOMERS // 3):
        for whose in ("marie", "ines", "paul"):
            serve(screen, whose)
    assert objects(screen) == before
