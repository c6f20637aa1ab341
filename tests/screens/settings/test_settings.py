"""The settings page: choices apply at once and can be made by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from terminal.interface.asks import Speak
from terminal.machine.preferences import Preferences, preferences_at
from tests.screens.conftest import Opens
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, settle, tap, until
from tests.support.words import untranslated
from ui.flows.menu.apply_preferences import PreferencesApplier
from ui.look.theme import Theme
from ui.screens.settings.about_section import FILE_NAME, AboutSection
from ui.screens.settings.all_sections import SECTIONS
from ui.screens.settings.look_section import LookSection
from ui.screens.settings.practice_section import PracticeSection
from ui.screens.settings.sound_section import SoundSection
from ui.threads.errands import Errands
from ui.threads.saved_preferences import SavedPreferences
from ui.threads.sound_player import Sound
from ui.window.frame import Page


def opened(screen: Screen) -> None:
    """Opens the settings by finger, through the menu."""
    come_on_shift(screen)
    tap(screen, screen.window.top_bar.menu)
    [entry] = [each for each in screen.window.screens.menu_overlay.buttons if each.text() == "Settings"]
    tap(screen, entry)
    assert screen.window.more_page is screen.window.screens.settings_page


def test_the_menu_leads_to_the_settings_and_escape_back(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    assert screen.window.screens.settings_page.accessibleName() == "Settings"
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_Escape)
    assert screen.window.page is Page.SERVE


def test_every_section_is_opened_by_its_digit_and_named(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    page = screen.window.screens.settings_page
    names = []
    for digit, kind in enumerate(SECTIONS, 1):
        QTest.keyClicks(page, str(digit))
        assert page.open_now is page.section(kind)
        assert page.tabs[digit - 1].isVisible()
        names.append(page.tabs[digit - 1].accessibleName())
    assert names == [
        "Camera and scanner",
        "Language and look",
        "Sound",
        "Customer's window",
        "Printer",
        "This till",
        "Practice",
        "About",
    ]


def test_a_language_holds_at_once_and_the_page_stays(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    page = screen.window.screens.settings_page
    QTest.keyClick(page, Qt.Key.Key_2)
    tap(screen, page.section(LookSection).language.buttons[2])
    assert page.title == "Einstellungen"
    assert screen.window.more_page is page
    assert untranslated(screen.window, "de") == []
    assert Speak("de") in screen.counter.asked


def test_dark_is_chosen_with_the_arrow_keys_and_read_as_a_radio_button(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_2)
    light, dark, system = screen.window.screens.settings_page.section(LookSection).look.buttons
    assert [each.isChecked() for each in (light, dark, system)] == [False, False, True]
    system.setFocus()
    QTest.keyClick(system, Qt.Key.Key_Up)
    assert screen.theme.dark
    assert [each.isChecked() for each in (light, dark, system)] == [False, True, False]
    button = QAccessible.queryAccessibleInterface(dark)
    assert button.role() is QAccessible.Role.RadioButton
    assert button.state().checked


def test_a_sound_is_tried_and_silence_says_why_it_cannot_be(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    tried: list[Sound] = []
    screen.conversation.menu_pages.settings.sound_tried.connect(tried.append)
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_3)
    section = screen.window.screens.settings_page.section(SoundSection)
    tap(screen, section.tries[Sound.REWARD])
    tap(screen, section.on.buttons[1])
    tap(screen, section.tries[Sound.STAMP])
    assert tried == [Sound.REWARD]
    assert section.tries[Sound.STAMP].why == "The sound is off."


def test_what_the_system_has_is_followed_only_where_that_was_chosen() -> None:
    system, heard = [True], list[tuple[bool, str]]()
    choices, theme = SavedPreferences(None), Theme()
    following = PreferencesApplier(choices, theme, lambda on, volume: heard.append((on, volume)), lambda: system[0])
    assert theme.dark
    system[0] = False
    following.system_changed()
    assert not theme.dark
    choices.choose(look="dark", sound=False, volume="loud")
    following.system_changed()
    assert theme.dark
    assert heard[-1] == (False, "loud")


def test_practice_is_opened_beside_the_till_and_says_when_it_cannot_be(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    settings, section = (
        screen.conversation.menu_pages.settings,
        screen.window.screens.settings_page.section(PracticeSection),
    )
    settings.practice_asked.connect(lambda: settings.practice_started(False))
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_7)
    tap(screen, section.start)
    assert section.message.startswith("The practice window could not be opened.")


def test_what_is_chosen_while_practising_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    till = SavedPreferences(file)
    till.choose(language="fr")
    assert till.stop()
    practice = SavedPreferences(file, kept=False)
    assert practice.now.language == "fr"
    practice.choose(language="de", sound=False)
    assert practice.now == Preferences(language="de", sound=False)
    assert preferences_at(file) == Preferences(language="fr")


def test_the_language_of_the_start_gives_way_to_a_choice_that_was_kept_before() -> None:
    """If the till was started in another language, choosing the stored language must still take effect."""
    choices, said = SavedPreferences(None), list[str]()
    choices.choose(language="de")
    choices.spoken.connect(said.append)
    choices.choose(sound=False)
    choices.choose(language="de")
    assert said == ["de"]


def test_support_gets_a_file_where_the_person_says(opens: Opens, tmp_path: Path) -> None:
    screen = opens()
    opened(screen)
    asked: list[str] = []
    screen.conversation.menu_pages.settings.diagnostics_asked.connect(asked.append)
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_8)
    tap(screen, screen.window.screens.settings_page.section(AboutSection).save)
    [dialog] = screen.window.findChildren(QFileDialog)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(FILE_NAME)
    dialog.accept()
    settle(screen)
    assert asked == [str(tmp_path / FILE_NAME)]


@pytest.mark.parametrize(
    ("there", "expected"),
    [(True, "The file is saved."), (False, "The file could not be saved there. Choose another place.")],
)
def test_what_became_of_the_file_is_said(opens: Opens, there: bool, expected: str) -> None:
    screen = opens()
    opened(screen)
    QTest.keyClick(screen.window.screens.settings_page, Qt.Key.Key_8)
    screen.conversation.menu_pages.settings.diagnostics_written(there)
    assert screen.window.screens.settings_page.section(AboutSection).message == expected


def test_an_errand_tells_whether_it_was_done(qtbot: object) -> None:
    errands, results = Errands(), list[bool]()

    def fail() -> None:
        raise OSError

    errands.run(lambda: None, results.append)
    until(lambda: len(results) == 1)
    errands.run(fail, results.append)
    until(lambda: len(results) == 2)
    assert results == [True, False]


@pytest.mark.parametrize("page", [Page.SHIFT, Page.PAIR])
def test_the_language_is_chosen_before_anybody_is_on_shift(opens: Opens, page: Page) -> None:
    screen = opens()
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    if page is Page.PAIR:
        screen.window.top_bar.pair_asked.emit()
    asks = {
        Page.SHIFT: screen.window.screens.shift_page.languages,
        Page.PAIR: screen.window.screens.pairing_page.languages,
    }[page]
    tap(screen, asks.language("fr"))
    assert screen.window.page is page
    assert untranslated(screen.window, "fr") == []
    assert asks.language("fr").isChecked()


def test_nothing_on_the_page_is_written_below_18_px(opens: Opens) -> None:
    screen = opens()
    opened(screen)
    page = screen.window.screens.settings_page
    for kind in SECTIONS:
        page.open_section(kind)
        shown: Callable[[QLabel], bool] = QLabel.isVisible
        small = [label.text() for label in page.findChildren(QLabel) if shown(label) and label.font().pixelSize() < 18]
        assert small == []
