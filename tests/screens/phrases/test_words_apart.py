"""No two buttons of one screen say the same: where they do, nobody knows which of them is meant."""

from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication

from terminal.interface.languages import LANGUAGES
from terminal.interface.phrases import Speech
from tests.screens.pictures.shots import STATES
from tests.support.words import shared
from ui.phrases.labels import Labels

FRAMES = ("01-idle", "02-card", "05-manager", "06-enrol", "07-unknown", "08-pair", "11-history", "12-menu", "13-today")
NAMES = [name for name in STATES if name.startswith(FRAMES)]  # `shots` looks at every state


@pytest.mark.parametrize("language", LANGUAGES)
def test_ways_back_and_out_have_words_of_their_own(language: str) -> None:
    words = Labels(Speech(language).gettext)
    ways = [words.undo, words.back, words.cancel, words.close, words.take_back, words.keep_it, words.give_back]
    assert [word for word, count in Counter(ways).items() if count > 1] == []
    assert words.blank_card != words.new_card


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_two_buttons_of_a_screen_share_their_words(qapp: QApplication, name: str, language: str) -> None:
    screen = STATES[name].open(qapp, language=language)
    found = shared(screen.window)
    screen.close()
    assert found == []
