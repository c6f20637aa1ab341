"""The window opens as it was closed: on its screen, in its size or maximised."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from terminal.machine.preferences import Preferences, preferences_at
from tests.support.walk import until
from ui.threads.saved_preferences import SavedPreferences
from ui.window.window_geometry import WindowGeometry

Opens = Callable[[], tuple[QWidget, WindowGeometry, SavedPreferences]]


@pytest.fixture
def opens(qapp: QApplication, tmp_path: Path) -> Iterator[Opens]:
    """Opens windows of the same profile."""
    opened: list[QWidget] = []

    def open_one() -> tuple[QWidget, WindowGeometry, SavedPreferences]:
        window = QWidget()
        choices = SavedPreferences(tmp_path / "preferences.json")
        place = WindowGeometry(window, choices, window)
        place.show()
        opened.append(window)
        return window, place, choices

    yield open_one
    for window in opened:
        window.close()
        window.deleteLater()


def closed(window: QWidget, choices: SavedPreferences) -> None:
    window.close()
    assert choices.stop()


def test_the_first_window_fills_the_screen(opens: Opens) -> None:
    window, _, _ = opens()
    assert window.isMaximized()


def test_a_window_comes_back_as_large_and_where_it_was(opens: Opens) -> None:
    window, _, choices = opens()
    window.showNormal()
    window.setGeometry(40, 60, 700, 500)
    QTest.qWait(0)
    closed(window, choices)
    again, _, _ = opens()
    assert not again.isMaximized()
    assert again.geometry() == window.geometry()


@pytest.mark.parametrize("state", [Qt.WindowState.WindowMaximized, Qt.WindowState.WindowFullScreen])
def test_a_window_that_filled_its_screen_fills_it_again(opens: Opens, state: Qt.WindowState) -> None:
    window, _, choices = opens()
    window.setWindowState(state)
    closed(window, choices)
    again, _, _ = opens()
    assert again.windowState() & state


def test_f11_fills_the_screen_wherever_the_cursor_stands_and_gives_the_window_back(opens: Opens) -> None:
    window, _, _ = opens()
    window.showNormal()
    field = QLineEdit()
    QVBoxLayout(window).addWidget(field)
    field.show()
    window.activateWindow()
    until(window.isActiveWindow)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_F11)
    assert window.isFullScreen()
    QTest.keyClick(field, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_where_a_window_came_to_rest_is_kept_before_it_is_closed(opens: Opens, tmp_path: Path) -> None:
    window, _, choices = opens()
    window.showNormal()
    window.resize(640, 480)
    until(lambda: choices.now.window is not None)
    assert choices.stop()
    assert preferences_at(tmp_path / "preferences.json").window == choices.now.window


@pytest.mark.parametrize("nonsense", ["", "not base64 at all", "AAAA", "é"])
def test_a_place_that_cannot_be_read_is_the_first_place(qapp: QApplication, tmp_path: Path, nonsense: str) -> None:
    choices = SavedPreferences(tmp_path / "preferences.json")
    choices.choose(window=nonsense)
    window = QWidget()
    WindowGeometry(window, choices, window).show()
    assert window.isMaximized()
    window.close()


def test_choices_made_at_once_are_all_kept(tmp_path: Path) -> None:
    choices = SavedPreferences(tmp_path / "preferences.json")
    for look in ("dark", "light") * 20 + ("dark",):
        choices.choose(look=look)
    choices.choose(language="lb", sound=False)
    assert choices.stop()
    assert preferences_at(tmp_path / "preferences.json") == Preferences(language="lb", look="dark", sound=False)
