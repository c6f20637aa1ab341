"""The four languages: changing while the till runs, and storing the choice."""

from datetime import date
from pathlib import Path

import pytest

from terminal.interface import numerals
from terminal.interface.asks import Speak
from terminal.interface.languages import begin_with, first_known
from terminal.interface.phrases import CompanySpeech, Speech
from terminal.machine.preferences import Preferences, preferences_at
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.walk import come_on_shift, scan, settle, shows, tap, type_keys
from tests.support.words import shown, untranslated
from ui.threads.saved_preferences import SavedPreferences
from ui.window.frame import Middle


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "de", "lb"])
def test_a_card_in_front_is_said_anew(opens: Opens, language: str) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    settle(screen)
    english = screen.window.card_panel.face.accessibleName()
    tap(screen, screen.window.top_bar.menu)
    tap(screen, screen.window.screens.menu_overlay.language(language))
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.amount.minor == 4250
    assert screen.window.card_panel.face.accessibleName() != english
    assert "42,50 €" in screen.window.card_panel.earn.text()
    assert untranslated(screen.window, language) == []
    assert Speak(language) in screen.counter.asked


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "de", "lb"])
def test_a_till_refuses_in_the_language_in_which_its_window_was_opened(opens: Opens, language: str) -> None:
    screen = opens(language=language)
    come_on_shift(screen)
    scan(screen, "https://example.com/menu")
    assert screen.window.unknown_code_panel.title == Speech(language).gettext(
        "This is a web address, not one of our cards."
    )
    assert untranslated(screen.window, language) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "de", "lb"])
def test_the_idle_till_is_said_anew_and_back_again(opens: Opens, language: str) -> None:
    screen = opens()
    come_on_shift(screen)
    before = {words for _, words in shown(screen.window)}
    screen.conversation.speak(language)
    settle(screen)
    assert untranslated(screen.window, language) == []
    screen.conversation.speak("en")
    settle(screen)
    assert {words for _, words in shown(screen.window)} == before


def test_what_was_chosen_is_there_at_the_next_start(tmp_path: Path) -> None:
    choices = SavedPreferences(tmp_path / "profile" / "preferences.json")
    choices.choose(language="lb")
    choices.choose(look="dark")
    assert choices.stop()
    assert preferences_at(tmp_path / "profile" / "preferences.json") == Preferences(language="lb", look="dark")


@pytest.mark.parametrize("content", [b"", b"{", b'{"language": 7}', b"\xff"])
def test_a_broken_file_of_choices_keeps_nobody_from_serving(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "preferences.json").write_bytes(content)
    assert preferences_at(tmp_path / "preferences.json") == Preferences()


def test_the_systems_language_is_the_first_and_english_where_it_is_not_spoken() -> None:
    assert begin_with(None, {"LANG": "de_LU.UTF-8"}) == "de"
    assert begin_with("lb", {"LANG": "de_LU.UTF-8"}) == "lb"
    assert begin_with("lb", {"ORION_LANGUAGE": "fr"}) == "fr"
    assert begin_with(None, {"LANG": "C.UTF-8"}) == "en"
    assert first_known(("pt-PT", None, "fr-BE")) == "fr"


@pytest.mark.parametrize(
    ("language", "amount", "number", "day"),
    [
        ("en", "1,186.40 €", "1,240", "19 Nov"),
        ("fr", "1\u202f186,40 €", "1\u202f240", "19 nov."),
        ("de", "1.186,40 €", "1.240", "19. Nov."),
        ("lb", "1.186,40 €", "1.240", "19. Nov."),
    ],
)
def test_amounts_numbers_and_days_are_written_as_the_language_does(
    language: str, amount: str, number: str, day: str
) -> None:
    assert CompanySpeech(language, "EUR").money(118_640) == amount
    assert numerals.number(1240, language) == number
    assert numerals.day(date(2026, 11, 19), language, year=False) == day


def test_one_and_many_are_told_apart() -> None:
    french, german = Speech("fr"), Speech("de")
    assert french.ngettext("{count} point", "{count} points", 0) == "{count} point"
    assert german.ngettext("{count} point", "{count} points", 0) == "{count} Punkte"
