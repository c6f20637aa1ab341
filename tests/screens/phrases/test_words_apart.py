"""No two buttons of one screen say the same: where they do, nobody knows which of them is meant."""

from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication

from terminal.interface.languages import LANGUAGES
from terminal.interface.phrases import Speech
from tests.screens.pictures.shots import STATES
from tests.support.overlaps import top_layer
from ui.phrases.labels import Labels
from ui.widgets.buttons import Button

NAMES = [name for name, shot in STATES.items() if not shot.of_customer]


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
    buttons = [each for each in top_layer(screen.window).findChildren(Button) if each.isVisible() and each.text()]
    said = Counter((each.text(), each.second) for each in buttons)
    screen.close()
    assert [words for words, count in said.items() if count > 1] == []
