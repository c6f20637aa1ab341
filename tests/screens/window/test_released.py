"""A window that was closed is released as a whole, whatever was done at it."""

import gc
from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.support.cafe import MARIE
from tests.support.screen import Screen, open_screen
from tests.support.walk import come_on_shift, scan, settle, type_keys

pytestmark = pytest.mark.slow


def opens(screen: Screen) -> None:
    settle(screen)


def serves(screen: Screen) -> None:
    come_on_shift(screen)
    scan(screen, MARIE.token)
    type_keys(screen.window, "s")
    settle(screen)


def makes_all_pages(screen: Screen) -> None:
    serves(screen)
    screen.conversation.menu_pages.menu.open()
    settle(screen)
    screen.window.close_overlays()


def in_memory() -> Counter[str]:
    """The widgets that Python has, by their class."""
    loop = QEventLoop()
    QTimer.singleShot(0, loop.quit)
    loop.exec()  # deletes what is to be deleted later
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, QWidget))


@pytest.mark.parametrize("does", [opens, serves, makes_all_pages])
def test_a_closed_window_is_released(qapp: QApplication, does: Callable[[Screen], None]) -> None:
    before = in_memory()
    screen = open_screen(qapp)
    does(screen)
    assert in_memory() - before
    screen.close()
    del screen
    assert in_memory() - before == Counter()
