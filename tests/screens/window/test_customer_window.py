"""The customer window: its contents, its place, and what it must not show."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.tree import ROOT
from tests.support.walk import come_on_shift, scan, settle, tap, type_keys, until
from ui.phrases.customer import CustomerView
from ui.screens.settings.customer_section import CustomerSection
from ui.window.customer_window import CustomerWindow
from ui.window.frame import Middle

pytestmark = pytest.mark.slow


def seen(screen: Screen) -> CustomerView:
    return screen.conversation.customer_view.now


def test_a_customer_is_greeted_thanked_and_told_what_comes_next(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    assert (seen(screen).headline, seen(screen).second) == ("Welcome", "Show your QR code")
    assert seen(screen).company == "Café Aurora"
    scan(screen, token("marie"))
    assert (seen(screen).headline, seen(screen).second) == ("Hello, Marie", "3 more stamps: Free coffee")
    assert (seen(screen).points, seen(screen).foot) == ("264", "Croissant is ready")
    type_keys(screen.window, "4250")
    settle(screen)
    assert seen(screen).chip == "42.50 € → +42 points"
    type_keys(screen.window, "s")
    settle(screen)
    assert (seen(screen).headline, seen(screen).chip) == ("Thank you, Marie", "+42 points")
    stamps = seen(screen).stamps
    assert stamps is not None
    assert (stamps.count, seen(screen).fresh) == (8, 1)


def test_the_next_customer_sees_nothing_of_the_one_before(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    scan(screen, token("ines"))
    assert seen(screen).headline == "Hello, Ines"
    assert (seen(screen).fresh, seen(screen).chip) == (0, "")
    QTest.keyClick(screen.window, Qt.Key.Key_Escape)
    assert seen(screen).headline == "Welcome"
    assert (seen(screen).stamps, seen(screen).points) == (None, "")


def test_a_reward_is_celebrated_and_handed_over(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)
    assert screen.window.middle is Middle.CELEBRATION
    assert seen(screen).celebrates
    assert (seen(screen).headline, seen(screen).second) == ("Free coffee", "Reward reached: Paul")
    type_keys(screen.window, "r")
    settle(screen)
    assert not seen(screen).celebrates
    assert (seen(screen).headline, seen(screen).second) == ("Free coffee", "Thank you, Paul")


def test_several_stamps_that_reach_a_reward_are_all_shown_as_new(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamps.three)
    assert seen(screen).celebrates
    assert seen(screen).fresh == 3


def test_what_is_taken_back_is_thanked_for_no_more(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "s")
    settle(screen)
    type_keys(screen.window, "u")
    settle(screen)
    assert (seen(screen).headline, seen(screen).fresh) == ("Hello, Marie", 0)


def test_a_card_that_is_not_known_yet_is_told_when_it_counts(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("somebody-else"))
    assert seen(screen).second == "Stamps and points count as soon as your card is known here."


def test_a_locked_till_shows_the_customer_nobodys_card(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.conversation.staff.lock()
    settle(screen)
    until(lambda: seen(screen).headline == "Welcome")


@pytest.mark.parametrize("language", ["en", "fr", "de", "lb"])
def test_no_family_name_number_contact_or_staff_ever_stands_there(opens: Opens, language: str) -> None:
    screen = opens(language=language)
    shown: list[CustomerView] = []
    screen.conversation.customer_view.changed.connect(shown.append)
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    screen.window.screens.contact_lookup.start()
    type_keys(screen.window.screens.contact_lookup.field, "ines@example.com")
    QTest.keyClick(screen.window.screens.contact_lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert len(shown) >= 4
    for view in shown:
        for secret in ("Keller", "4821", "Lena", "Moreau", "@", "5093"):
            assert secret not in f"{view.spoken} {view}"


def test_less_motion_shows_the_end_at_once(opens: Opens) -> None:
    screen = opens()
    screen.preferences.choose(still=True)
    come_on_shift(screen)
    window = CustomerWindow(screen.theme)
    screen.conversation.customer_view.changed.connect(window.show_view)
    scan(screen, token("paul"))
    type_keys(screen.window, "s")
    settle(screen)
    assert screen.window.middle is Middle.CELEBRATION
    assert not window.moves
    assert not screen.window.celebration.motion.runs
    screen.preferences.choose(still=False)
    type_keys(screen.window, "u")
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    assert screen.window.celebration.motion.runs
    window.deleteLater()


def test_the_settings_say_where_it_stands(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(CustomerSection)
    section = screen.window.screens.settings_page.section(CustomerSection)
    assert [button.isChecked() for button in section.where.buttons] == [True, False, False]
    section.where.buttons[1].click()
    assert screen.preferences.now.customer_window == "window"


TWO_SCREENS = {
    "synchronousWindowSystemEvents": False,
    "windowFrameMargins": True,
    "screens": [
        {
            "name": name,
            "x": x,
            "y": 0,
            "width": width,
            "height": height,
            "logicalDpi": 96,
            "logicalBaseDpi": 96,
            "dpr": 1,
        }
        for name, x, width, height in (("till", 0, 1366, 768), ("customer", 1366, 1024, 600))
    ],
}


def test_it_fills_the_screen_that_the_till_is_not_on_and_follows_what_is_plugged_in(tmp_path: Path) -> None:
    """Runs in a separate process, because a screen's platform is chosen when Qt starts."""
    (tmp_path / "screens.json").write_text(json.dumps(TWO_SCREENS))
    run = subprocess.run(
        [sys.executable, "-m", "tests.screens.pictures.two_screens"],
        cwd=ROOT,
        env={"QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screens.json'}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    [line_printed] = [line for line in run.stdout.splitlines() if line.startswith("{")]  # desktops print there, too
    assert json.loads(line_printed) == {
        "one screen": None,
        "a second one": [1366, 0, 1024, 600],
        "the till moved over": [0, 0, 1366, 768],
        "back again": [1366, 0, 1024, 600],
        "off": None,
        "a window of its own": [1366, 0, 1024, 600],
        "pulled out": "a window",
        "has the keys": "till",
        "till closed": None,
    }
