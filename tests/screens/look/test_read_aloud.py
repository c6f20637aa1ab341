"""The accessibility tree, as read by a screen reader."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.heard import heard, names
from tests.support.walk import come_on_shift, scan, settle, tap, type_keys


def test_card_balance_and_what_is_possible_are_in_the_tree(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    read = names(screen.window)
    assert "Marie Keller, Card ending 4821, 7 of 10 stamps, 264 points" in read
    assert "Stamp, 8 of 10" in read
    assert "Amount 0.00 €" in read


def test_the_result_of_a_tap_is_in_the_tree_and_so_is_the_way_back(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    read = names(screen.window)
    assert "Marie Keller, Card ending 4821, 8 of 10 stamps, 1 waiting, 264 points" in read
    assert "+1 stamp, Marie Keller" in read
    assert "Undo: +1 stamp" in read


def test_a_button_that_cannot_be_used_reads_its_reason(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    tap(screen, screen.window.card_panel.stamp)
    (button,) = [each for each in heard(screen.window) if each.name.startswith("Next stamp in")]
    assert button.says == "Please wait 30 minutes before the next stamp."
    assert button.focusable, "a reason that cannot be reached is not read"


def test_what_is_painted_is_no_nameless_pane(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "4250")
    settle(screen)
    roles = {each.name: each.role for each in heard(screen.window)}
    assert roles["Amount 42.50 €"] == "StaticText"
    assert roles["Marie Keller, Card ending 4821, 7 of 10 stamps, 264 points"] == "StaticText"
    assert roles["Stamp, 8 of 10 with +42 points"] == "Button"


def test_everything_that_can_be_reached_by_keyboard_has_a_name(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    nameless = [each for each in heard(screen.window) if each.focusable and each.role == "Button" and not each.name]
    assert nameless == []


def test_tab_walks_from_the_card_to_its_buttons_and_comes_round(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    screen.window.activateWindow()
    visited: list[str] = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or screen.window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.isVisible(), "the focus never goes where nobody sees it"
        name = focused.accessibleName()
        if visited and name == visited[0]:
            break
        visited.append(name)
    assert len(visited) < 60, "Tab comes round"
    card = next(i for i, name in enumerate(visited) if name.startswith("Marie Keller"))
    stamp = next(i for i, name in enumerate(visited) if name.startswith("Stamp, 8 of 10"))
    assert card < stamp
