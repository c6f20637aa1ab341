"""A till's window for each test, closed after it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.support.cafe import Cafe
from tests.support.screen import Screen, open_screen

Opens = Callable[..., Screen]
WINDOWS = {"opens", "shown"}  # fixtures


@pytest.fixture
def opens(qapp: QApplication) -> Iterator[Opens]:
    """Opens windows as a test needs them."""
    opened: list[Screen] = []

    def open_one(cafe: Cafe | None = None, **how: Any) -> Screen:
        screen = open_screen(qapp, cafe, **how)
        opened.append(screen)
        return screen

    yield open_one
    for screen in opened:
        screen.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the tests that open a window the fast run takes the first of each room: a window costs a fifth of a second."""
    begun: set[Path] = set()
    for item in items:
        if not isinstance(item, pytest.Function) or not WINDOWS & set(item.fixturenames):
            continue
        if item.path.parent in begun:
            item.add_marker("slow")
        elif item.get_closest_marker("slow") is None:
            begun.add(item.path.parent)
