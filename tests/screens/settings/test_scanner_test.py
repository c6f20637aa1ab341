"""The scanner test in the settings, for all codes, without effect on cards."""

import pytest
from PySide6.QtWidgets import QLabel

from terminal.interface.asks import Recognise
from terminal.interface.asks import Scan as ScanAsk
from terminal.problems import NoCamera
from terminal.scanner.scans import Scan
from terminal.scanner.wedge.keyboard_layouts import LAYOUTS, Lock
from terminal.scanner.wedge.readings import Reading, Typed
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, settle
from ui.screens.settings.scanner_section import ScannerSection
from ui.window.frame import Middle


def on_the_test(opens: Opens) -> tuple[Screen, ScannerSection]:
    screen = opens()
    come_on_shift(screen)
    screen.conversation.menu_pages.settings.open()
    section = screen.window.screens.settings_page.section(ScannerSection)
    screen.window.screens.settings_page.open_section(ScannerSection)
    settle(screen)
    return screen, section


def holds(screen: Screen, text: str, stage: str = "plain", took_s: float = 0.004) -> None:
    screen.camera.scan(Scan(text, 0.0, stage, took_s))
    settle(screen)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (token("marie"), "A card of this company"),
        (token("somebody-else"), "A card's code, not known here"),
        ("5093-1176-1111", "The number of a card"),
        ("5093-1176-1112", "A card number, not known here"),
        ("https://example.com/menu", "This is a web address, not one of our cards."),
        ("WIFI:T:WPA;S:Guests;P:secret;;", "This is a Wi-Fi code, not one of our cards."),
        ("orion-pair:https://aurora.example#K7MP-3XQ2", "This code pairs a till. It is not a card."),
    ],
)
def test_every_code_is_told_for_what_it_is(opens: Opens, text: str, what: str) -> None:
    screen, section = on_the_test(opens)
    holds(screen, text)
    assert section.lines == (what, "Camera: read in 4 ms")


def test_a_repair_of_the_picture_is_told(opens: Opens) -> None:
    screen, section = on_the_test(opens)
    holds(screen, token("marie"), "near, refocused 5", 0.0231)
    assert section.lines[1] == "Camera: read in 23 ms, after the picture was repaired (near, refocused 5)"


@pytest.mark.parametrize("layout", [layout.name for layout in LAYOUTS])
def test_a_scanner_that_types_is_told_with_its_keyboard(opens: Opens, layout: str) -> None:
    screen, section = on_the_test(opens)
    section_before = section.lines
    screen.conversation.menu_pages.scanner_test.typed(
        Typed((Reading(token("marie"), (layout,), Lock.LETTERS),), sure=True)
    )
    settle(screen)
    assert section.lines != section_before
    what, how = section.lines
    assert what == "A card of this company"
    assert how.startswith("Hand scanner: ")
    assert how.endswith("keyboard, Caps Lock is on")


def test_of_several_readings_the_one_known_here_is_told_and_otherwise_none(opens: Opens) -> None:
    screen, section = on_the_test(opens)
    unknown, known = Reading(token("nobody"), ("us",), Lock.OFF), Reading(token("marie"), ("fr",), Lock.OFF)
    screen.conversation.menu_pages.scanner_test.typed(Typed((unknown, known), sure=False))
    settle(screen)
    assert section.lines == ("A card of this company", "Hand scanner: French keyboard")
    screen.conversation.menu_pages.scanner_test.typed(Typed((unknown, unknown), sure=False))
    settle(screen)
    assert section.lines[0] == "It can be read in several ways"


def test_no_card_is_touched_and_no_code_is_shown(opens: Opens) -> None:
    screen, section = on_the_test(opens)
    for text in (token("marie"), token("blank"), "5093-1176-1111"):
        holds(screen, text)
    assert [ask for ask in screen.counter.asked if isinstance(ask, ScanAsk)] == []
    assert any(isinstance(ask, Recognise) for ask in screen.counter.asked)
    assert screen.window.middle is Middle.AIM
    assert section.counted == "3 codes read"
    shown = " ".join(label.text() for label in section.findChildren(QLabel))
    assert token("marie") not in shown
    assert "5093" not in shown


def test_once_the_page_is_left_a_code_is_a_card_again(opens: Opens) -> None:
    screen, _ = on_the_test(opens)
    screen.window.screens.settings_page.back_asked.emit()
    holds(screen, token("marie"))
    assert screen.window.middle is Middle.CARD


def test_without_a_camera_its_sentence_stands_where_the_picture_would(opens: Opens) -> None:
    screen, section = on_the_test(opens)
    screen.camera.end(NoCamera())
    settle(screen)
    assert section.camera.broken == screen.problem("no_camera")
