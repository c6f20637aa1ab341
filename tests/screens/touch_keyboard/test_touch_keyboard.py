"""Every field there is can be filled by a finger alone: our keys appear with a touch, and keep off the field."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle, type_keys
from ui.look.screen_layout import LEAST, LEAST_UPRIGHT
from ui.screens.card.card_actions_overlay import CardAction
from ui.screens.settings.printer_section import PrinterSection
from ui.touch_keyboard.touch_keyboard import TouchKeyboard
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.window.frame import Page

pytestmark = pytest.mark.slow

SIZES = ((1366, 768), LEAST, LEAST_UPRIGHT)
NAMES = {"en": "Zoe", "fr": "Zoé", "de": "Jürgen", "lb": "Loïs"}


def number(screen: Screen) -> None:
    screen.window.screens.number_lookup.start()


def contact(screen: Screen) -> None:
    screen.window.screens.contact_lookup.start()


def blank(screen: Screen) -> None:
    screen.conversation.current_card.start_enrolment()


def new_customer(screen: Screen) -> None:
    scan(screen, token("blank"))


def receipt(screen: Screen) -> None:
    screen.conversation.menu_pages.card_history.open_return()


def printer(screen: Screen) -> None:
    screen.preferences.choose(printer="network")
    screen.conversation.menu_pages.settings.open()
    screen.window.screens.settings_page.open_section(PrinterSection)


def pairing(screen: Screen) -> None:
    screen.window.top_bar.pair_asked.emit()


def change(action: CardAction) -> Callable[[Screen], None]:
    def open_form(screen: Screen) -> None:
        scan(screen, token("marie"))
        settle(screen)
        screen.conversation.menu_pages.card_actions.open()
        screen.window.screens.card_actions_overlay.open_form(action)

    open_form.__name__ = action.value
    return open_form


CHANGES = tuple(change(action) for action in (CardAction.POINTS, CardAction.EDIT, CardAction.REPLACE))
WAYS: tuple[Callable[[Screen], None], ...] = (number, contact, blank, new_customer, receipt, printer, *CHANGES, pairing)


def all_fields(screen: Screen) -> set[QLineEdit]:
    """By construction: every one of all screens, made by showing each."""
    return {field for field in screen.window.findChildren(QLineEdit) if not field.isReadOnly()}


def key(keyboard: TouchKeyboard, sign: str) -> Button | None:
    return next((each for each in keyboard.keys if sign in (each.text(), each.accessibleName())), None)


def write(screen: Screen, text: str) -> None:
    """By our keys alone, in whatever layer a sign stands."""
    keyboard = screen.window.touch_keyboard
    for sign in text:
        if sign == " ":
            tap_key(keyboard, screen.conversation._phrases.labels.space)
            continue
        for turn in ("", "abc", "éäç", "123"):
            if turn and key(keyboard, turn) is not None:
                tap_key(keyboard, turn)
            if sign.isupper() and key(keyboard, sign) is None and key(keyboard, sign.lower()) is not None:
                shift = next(each for each in keyboard.keys if each.accessibleName() == capitals(screen))
                QTest.mouseClick(shift, Qt.MouseButton.LeftButton)
            if key(keyboard, sign) is not None:
                break
        tap_key(keyboard, sign)


def capitals(screen: Screen) -> str:
    return screen.conversation._phrases.labels.capitals


def tap_key(keyboard: TouchKeyboard, name: str) -> None:
    found = key(keyboard, name)
    assert found is not None, name
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def place(widget: QLineEdit | TouchKeyboard, screen: Screen) -> QRect:
    return QRect(widget.mapTo(screen.window, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize(("language", "size"), list(zip(NAMES, (*SIZES, SIZES[0]), strict=True)))
def test_every_field_is_filled_by_our_own_keys_alone(opens: Opens, language: str, size: tuple[int, int]) -> None:
    screen = opens(size=size, language=language)
    come_on_shift(screen)
    screen.window.activateWindow()
    text, filled = f"{NAMES[language]} a.b-c+7@x", set[QLineEdit]()
    for way in WAYS:
        way(screen)
        settle(screen)
        for field in [each for each in all_fields(screen) if each.isVisible()]:
            field.clear()
            QTest.mouseClick(field, Qt.MouseButton.LeftButton)
            QApplication.processEvents()
            keyboard = screen.window.touch_keyboard
            assert keyboard.field is field
            assert not place(keyboard, screen).intersects(place(field, screen)), way.__name__
            assert screen.window.rect().contains(place(keyboard, screen)), way.__name__
            assert all(each.accessibleName() and each.height() >= 44 for each in keyboard.keys)
            write(screen, text)
            assert field.text() == text[: field.maxLength()]
            assert QApplication.focusWidget() is field, "the keys take no focus"
            field.clear()
            filled.add(field)
            keyboard.put_away()
        screen.window.close_overlays()
        screen.window.show_page(Page.SERVE)
        screen.conversation.current_card.put_away()
    takes_digits_alone = {screen.window.screens.case_page.points}  # shown to managers, for one choice of a case
    assert filled == all_fields(screen) - takes_digits_alone, "no other field is left out"


def test_numbers_get_a_number_pad_and_a_real_keyboard_sends_it_away(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    number(screen)
    field = screen.window.screens.number_lookup.field
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    keyboard = screen.window.touch_keyboard
    assert {each.text() for each in keyboard.keys} >= set("0123456789")
    assert key(keyboard, "q") is None
    type_keys(field, "5")
    assert keyboard.field is None
    assert field.text() == "5"


def test_an_overlay_that_is_opened_by_a_finger_has_its_keys_at_once_and_all_of_it_in_sight(opens: Opens) -> None:
    screen = opens(size=(1366, 768))
    come_on_shift(screen)
    screen.window.activateWindow()
    QTest.mouseClick(screen.window.scan_panel.buttons[0], Qt.MouseButton.LeftButton)
    settle(screen)
    overlay, keyboard = screen.window.screens.number_lookup, screen.window.touch_keyboard
    assert keyboard.field is overlay.field
    panel = QRect(overlay.panel.mapTo(screen.window, QPoint(0, 0)), overlay.panel.size())
    assert not panel.intersects(place(keyboard, screen))
    tap_key(keyboard, "Hide the keyboard")
    assert keyboard.field is None
    assert isinstance(QApplication.focusWidget(), Field)
