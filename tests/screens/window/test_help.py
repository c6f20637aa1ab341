"""The help on each screen: sentences, keys, and the way back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.phrases import Speech
from terminal.problems import KeyringLocked, NotPaired
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.recorded_counter import RecordedCounter
from tests.support.walk import come_on_shift, scan, settle, tap, type_keys, until
from ui.phrases.help import Topic, explain
from ui.phrases.labels import Labels
from ui.window.frame import Page


def not_paired() -> RecordedCounter:
    raise NotPaired


def locked_keyring() -> RecordedCounter:
    raise KeyringLocked


def test_help_explains_the_screen_that_is_there_and_leaves_it_as_it_was(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    tap(screen, screen.window.top_bar.help)
    assert screen.window.screens.help_overlay.title == "A card in front"
    assert any("Undo" in line for line in screen.window.screens.help_overlay.words)
    QTest.keyClick(screen.window.screens.help_overlay, Qt.Key.Key_Escape)
    settle(screen)
    assert not screen.window.screens.help_overlay.is_open
    assert screen.window.card_panel.amount.minor == 4250


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Question])
def test_help_goes_by_any_key_that_ends_something(opens: Opens, key: Qt.Key) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClicks(screen.window, "?")
    assert screen.window.screens.help_overlay.is_open
    if key is Qt.Key.Key_Question:
        QTest.keyClicks(screen.window.screens.help_overlay, "?")
    else:
        QTest.keyClick(screen.window.screens.help_overlay, key)
    assert not screen.window.screens.help_overlay.is_open


def test_the_question_mark_asks_for_help_on_every_page(opens: Opens) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    asked: list[str] = []

    def ask() -> None:
        QTest.keyClicks(screen.window.focusWidget(), "?")
        asked.append(screen.window.screens.help_overlay.title)
        QTest.keyClick(screen.window.screens.help_overlay, Qt.Key.Key_Escape)
        settle(screen)

    ask()
    come_on_shift(screen)
    ask()
    scan(screen, token("marie"))
    ask()
    screen.conversation.menu_pages.card_history.open_card()
    settle(screen)
    ask()
    screen.conversation.menu_pages.reports.open_today()
    settle(screen)
    ask()
    assert asked == [
        "Coming on shift",
        "Ready for the next customer",
        "A card in front",
        "A card's history and returns",
        "Today and statistics",
    ]


@pytest.mark.parametrize(
    ("opener", "page", "title"),
    [(not_paired, Page.PAIR, "Pairing this till"), (locked_keyring, Page.TROUBLE, "This till cannot start")],
)
def test_a_till_that_does_not_serve_has_help_too(opens: Opens, opener: object, page: Page, title: str) -> None:
    screen = opens(open_till=opener)
    until(lambda: screen.window.page is page)
    screen.window.top_bar.help.click()
    assert screen.window.screens.help_overlay.title == title


def test_a_question_mark_in_an_address_is_a_letter(opens: Opens) -> None:
    screen = opens(open_till=not_paired)
    until(lambda: screen.window.page is Page.PAIR)
    field = screen.window.focusWidget()
    QTest.keyClicks(field, "http://x?")
    assert not screen.window.screens.help_overlay.is_open


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
@pytest.mark.parametrize("topic", list(Topic))
def test_every_screen_is_explained_in_every_language(topic: Topic, language: str) -> None:
    speech = Speech(language)
    said = explain(topic, speech.gettext, Labels(speech.gettext))
    assert said.title
    assert said.lines
    assert all(key.cap and key.does for key in said.keys)
    if language != "en":
        english = explain(topic, Speech("en").gettext, Labels(Speech("en").gettext))
        assert not set(said.lines) & set(english.lines)
