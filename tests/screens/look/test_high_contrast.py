"""High contrast: the system's colours are used, and everything is distinguishable."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from tests.screens.conftest import Opens
from tests.screens.look.test_look import GRAPHICS, TEXT, contrast
from tests.support.cafe import token
from tests.support.overlaps import painted
from tests.support.pictures import MemorySource
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle
from ui import application, bootstrap
from ui.flows.menu.apply_preferences import PreferencesApplier
from ui.look.high_contrast import in_high_contrast
from ui.look.theme import Theme
from ui.threads.saved_preferences import SavedPreferences

R = QPalette.ColorRole
SYSTEMS = {  # window, text, highlight, highlighted text; as shipped with Windows
    "aquatic": ("#202020", "#ffffff", "#8ee3f0", "#263b50"),
    "desert": ("#fffaef", "#3d3d3d", "#903909", "#fff5e3"),
    "dusk": ("#2d3236", "#ffffff", "#a1bfde", "#212d3b"),
    "night sky": ("#000000", "#ffffff", "#d6b4fd", "#2b2b2b"),
    "a highlight that cannot be read": ("#000000", "#00ff00", "#0000ff", "#ffffff"),
}


def a_system(name: str) -> QPalette:
    palette = QPalette()
    for role, colour in zip((R.Window, R.WindowText, R.Highlight, R.HighlightedText), SYSTEMS[name], strict=True):
        palette.setColor(role, QColor(colour))
    return palette


@pytest.mark.parametrize("name", SYSTEMS)
def test_everything_can_be_read_and_every_edge_seen_in_the_systems_colours(qapp: QApplication, name: str) -> None:
    colours = in_high_contrast(a_system(name))
    assert {pair: contrast(colours, *pair) for pair in TEXT if contrast(colours, *pair) < 4.5} == {}
    assert {pair: contrast(colours, *pair) for pair in GRAPHICS if contrast(colours, *pair) < 3} == {}
    assert (colours.bg, colours.ink) == SYSTEMS[name][:2]


def test_the_systems_colours_win_over_what_was_chosen_and_go_when_the_system_lets_them_go(qapp: QApplication) -> None:
    wanted: list[QPalette | None] = [None]
    choices, theme = SavedPreferences(None), Theme()
    following = PreferencesApplier(
        choices, theme, lambda on, volume: None, lambda: False, system_contrast=lambda: wanted[0], parent=qapp
    )
    choices.choose(look="dark")
    ours = theme.colours
    wanted[0] = a_system("desert")
    following.system_changed()
    assert (theme.colours.bg, theme.colours.ink) == SYSTEMS["desert"][:2]
    wanted[0] = a_system("dusk")
    following.system_changed()
    assert theme.colours.bg == SYSTEMS["dusk"][0]
    choices.choose(look="light")
    assert theme.colours.bg == SYSTEMS["dusk"][0]
    choices.choose(look="dark")
    wanted[0] = None
    following.system_changed()
    assert theme.colours == ours


def a_card(opens: Opens, name: str) -> Screen:
    screen = opens()
    screen.theme.set_dark(False, in_high_contrast(a_system(name)))
    come_on_shift(screen)
    scan(screen, token("marie"))
    settle(screen)
    return screen


def test_stamps_keep_their_numbers_and_are_told_apart_by_more_than_a_tone(opens: Opens) -> None:
    screen = a_card(opens, "night sky")
    face = screen.window.card_panel.face
    on_it = {each.words for each in painted(screen.window)}
    assert {"8", "9", "7 of 10 stamps", "264"} <= on_it
    picture = face.grab().toImage()
    used = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert {"#000000", "#ffffff", "#d6b4fd"} <= used, "ground, words and what was earned"


def test_every_button_that_can_be_used_has_an_edge_where_tones_tell_nothing(opens: Opens) -> None:
    screen = a_card(opens, "aquatic")
    window = screen.window
    buttons = (window.top_bar.lock, window.top_bar.menu, window.card_panel.stamp, *window.scan_panel.buttons[:2])

    def edge(button: QWidget) -> QColor:
        return button.grab().toImage().pixelColor(button.width() // 2, 1)

    ground, text = QColor(SYSTEMS["aquatic"][0]), QColor(SYSTEMS["aquatic"][1])
    assert {button.accessibleName() for button in buttons if edge(button) != text} == set()
    refused = next(button for button in window.card_panel.rewards.buttons if button.why is not None)
    assert edge(refused) == ground, "and one that cannot be used has none"


def test_a_till_follows_as_soon_as_the_system_says_so(qapp: QApplication, tmp_path: Path) -> None:
    wanted: list[QPalette | None] = [None]
    counter = bootstrap.build(qapp, tmp_path, MemorySource(()), system_contrast=lambda: wanted[0])
    try:
        hints = qapp.styleHints()
        for name in ("night sky", "desert"):
            wanted[0] = a_system(name)
            hints.accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
            assert counter.theme.colours.bg == SYSTEMS[name][0]
    finally:
        counter.window.close()
        counter.stop()


def test_a_system_that_asks_for_nothing_leaves_the_till_as_it_is_drawn(qapp: QApplication) -> None:
    assert application._system_contrast(qapp) is None
    assert application._system_contrast(qapp) is None, "and can be asked again"
