"""The practice window: the real window and decoder on a practice shop, without a real journal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from terminal.machine.profiles import profile_at
from terminal.practice import CASHIER, PIN
from tests.support.walk import choose_person, type_keys, until
from ui.bootstrap import Application
from ui.practice_window import PracticeWindow, build_practice
from ui.threads.saved_preferences import SavedPreferences
from ui.widgets.buttons import Button
from ui.window.frame import Middle, Page


@pytest.fixture
def practice(qapp: QApplication) -> Iterator[tuple[Application, PracticeWindow]]:
    counter, room = build_practice(qapp)
    room.resize(1366, 768)
    room.show()
    counter.start()
    yield counter, room
    room.close()
    assert counter.stop()
    room.deleteLater()


@pytest.mark.slow
def test_a_pretend_customer_is_scanned_and_stamped(practice: tuple[Application, PracticeWindow]) -> None:
    counter, room = practice
    window = counter.window
    until(lambda: window.page is Page.SHIFT and bool(window.screens.shift_page.tiles.people))
    choose_person(window.screens.shift_page.tiles, CASHIER)
    type_keys(window.screens.shift_page, PIN)
    until(lambda: window.page is Page.SERVE)
    mia = room.strip.findChildren(Button)[0]
    mia.click()
    until(lambda: window.middle is Middle.CARD)
    assert window.card_panel.face.accessibleName().startswith("Mia Hansen")
    type_keys(window, "s")
    until(lambda: "4 of 10 stamps" in window.card_panel.face.accessibleName())


def test_the_strip_says_that_nothing_counts(practice: tuple[Application, PracticeWindow]) -> None:
    _, room = practice
    assert "nothing here counts" in room.strip.notice.text() and PIN in room.strip.notice.text()


@pytest.mark.slow
def test_the_strip_speaks_the_language_that_is_chosen(practice: tuple[Application, PracticeWindow]) -> None:
    counter, room = practice
    until(lambda: counter.window.page is Page.SHIFT)
    counter.window.screens.language_asked.emit("de")
    until(lambda: "nothing here counts" not in room.strip.notice.text())
    assert PIN in room.strip.notice.text()
    assert room.windowTitle() == "Übung"
    assert "Leere Karte" in [button.text() for button in room.strip.findChildren(Button)]


@pytest.mark.slow
def test_the_till_says_that_it_practises_however_much_was_written(practice: tuple[Application, PracticeWindow]) -> None:
    counter, room = practice
    window = counter.window
    until(lambda: window.page is Page.SHIFT and bool(window.screens.shift_page.tiles.people))
    choose_person(window.screens.shift_page.tiles, CASHIER)
    type_keys(window.screens.shift_page, PIN)
    until(lambda: window.page is Page.SERVE)
    room.strip.findChildren(Button)[0].click()
    until(lambda: window.middle is Middle.CARD)
    type_keys(window, "s")
    until(lambda: "4 of 10 stamps" in window.card_panel.face.accessibleName())
    assert window.top_bar.connection == "Practice: nothing is sent"


@pytest.mark.slow
def test_practice_leaves_the_customer_the_serving_tills_window(tmp_path: Path, qapp: QApplication) -> None:
    kept = SavedPreferences(profile_at(tmp_path).preferences)
    kept.choose(customer_window="window")
    assert kept.stop()
    counter, room = build_practice(qapp, tmp_path)
    assert counter.preferences.now.customer_window == "off"
    room.deleteLater()
