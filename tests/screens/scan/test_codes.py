"""Unknown codes, and enrolment."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.asks import Enrol, Stamp
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, rules, token
from tests.support.walk import buy, choose_key, come_on_shift, confirm, scan, settle, shows, tap, type_keys
from ui.window.frame import Middle


def test_a_foreign_code_is_named_and_the_way_on_is_there(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, "https://example.com/menu")
    assert shows(screen, Middle.CODE)
    assert screen.window.unknown_code_panel.title == "This is a web address, not one of our cards."
    choose_key(screen.window, "1")
    settle(screen)
    assert shows(screen, Middle.AIM)


def test_a_payment_code_on_the_counter_does_not_take_the_card_away(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("marie"))
    type_keys(screen.window, "42")
    scan(screen, "upi://pay?pa=shop")
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.amount.minor == 42
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert notice.text == "This is a payment code, not one of our cards."


def test_a_card_not_known_here_yet_is_stamped_as_waiting(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("somebody-else"))
    assert screen.window.unknown_code_panel.title == "This card is not known here yet"
    assert screen.window.unknown_code_panel.buttons[0].text() == "Stamp as waiting"
    tap(screen, screen.window.unknown_code_panel.buttons[0])
    assert Stamp() in screen.counter.asked
    assert screen.window.undo_bar.words == "+1 stamp"


def test_points_wait_for_a_card_not_known_here_yet(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("somebody-else"))
    tap(screen, screen.window.unknown_code_panel.buttons[1])
    buy(screen, "500")
    assert screen.window.undo_bar.words == "+5 points"


def test_a_wrong_number_is_told_where_it_was_typed(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F1)
    type_keys(screen.window.screens.number_lookup.field, "111122223333")
    QTest.keyClick(screen.window.screens.number_lookup.field, Qt.Key.Key_Return)
    settle(screen)
    assert screen.window.screens.number_lookup.is_open
    assert screen.window.screens.number_lookup.message == "This card is not known here. Please check the number."
    QTest.keyClick(screen.window.screens.number_lookup.field, Qt.Key.Key_Escape)
    assert not screen.window.screens.number_lookup.is_open


def test_a_blank_card_becomes_a_customers_in_three_steps(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("blank"))
    assert shows(screen, Middle.ENROL)
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "Elif")
    confirm(screen.window.screens.enrol_dialog.name_step.name)
    settle(screen)
    assert [ask for ask in screen.counter.asked if isinstance(ask, Enrol)] == [Enrol(token("blank"), "Elif")]
    assert shows(screen, Middle.CARD)
    assert screen.window.card_panel.face.accessibleName().startswith("Elif")


@pytest.mark.parametrize(("program", "said"), [("hybrid", "Starts with 20 welcome points"), ("stamps", "")])
def test_a_new_card_says_what_it_begins_with(opens: Opens, program: str, said: str) -> None:
    screen = opens(Cafe(rules(program)))
    come_on_shift(screen)
    scan(screen, token("blank"))
    assert screen.window.screens.enrol_dialog.name_step.welcome == said


def test_a_contact_is_taken_as_what_it_is_and_consent_only_with_one(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    scan(screen, token("blank"))
    enrol = screen.window.screens.enrol_dialog
    assert not enrol.name_step.consent.isVisible()
    type_keys(enrol.name_step.contact, "elif@example.com")
    enrol.name_step.consent.setChecked(True)
    enrol.name_step.language.setCurrentIndex(3)
    confirm(enrol.name_step.contact)
    settle(screen)
    (asked,) = [ask for ask in screen.counter.asked if isinstance(ask, Enrol)]
    assert asked == Enrol(token("blank"), None, "elif@example.com", None, "de", True)


def test_a_customers_card_is_no_blank(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    scan(screen, token("marie"))
    assert shows(screen, Middle.ENROL)
    assert screen.window.screens.enrol_dialog.message == "This card has a customer already. Take a blank one."


def test_a_card_shown_while_a_name_is_typed_changes_nothing(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen)
    scan(screen, token("blank"))
    type_keys(screen.window.screens.enrol_dialog.name_step.name, "El")
    scan(screen, token("marie"))
    assert screen.window.screens.enrol_dialog.asks_name
    assert screen.window.screens.enrol_dialog.name_step.name.text() == "El"
