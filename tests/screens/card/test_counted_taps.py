"""The number of taps, keys and scans for each task, by finger and by keyboard."""

from PySide6.QtCore import Qt

from terminal.interface.asks import Earn, Enrol, Redeem, Stamp
from tests.screens.conftest import Opens
from tests.support.cafe import token
from tests.support.hands import Hands
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, shows
from ui.window.frame import Middle


def on_shift(opens: Opens) -> tuple[Screen, Hands]:
    screen = opens()
    come_on_shift(screen)
    return screen, Hands(screen)


def written(screen: Screen) -> list[object]:
    return [ask for ask in screen.counter.asked if isinstance(ask, Stamp | Earn | Redeem | Enrol)]


def test_a_stamp_is_one_scan_and_one_tap(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("marie"))
    hands.tap(screen.window.card_panel.stamp)
    assert written(screen) == [Stamp()]
    assert (hands.scans, hands.taps, hands.steps) == (1, 1, 2)


def test_a_stamp_is_one_scan_and_one_key(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("marie"))
    hands.key("s")
    assert written(screen) == [Stamp()]
    assert (hands.scans, hands.keys, hands.steps) == (1, 1, 2)


def test_points_are_one_scan_the_amount_and_one_tap(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("marie"))
    hands.type_amount("4250")
    hands.tap(screen.window.card_panel.earn)
    assert written(screen) == [Earn(4250)]
    assert (hands.scans, hands.amounts, hands.taps, hands.steps) == (1, 1, 1, 3)


def test_points_are_one_scan_the_amount_and_one_key(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("marie"))
    hands.type_amount("4250")
    hands.confirm()
    assert written(screen) == [Earn(4250)]
    assert (hands.scans, hands.amounts, hands.keys, hands.steps) == (1, 1, 1, 3)


def test_a_reward_is_one_scan_and_one_tap(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("ines"))
    usable = next(
        button for button in screen.window.card_panel.rewards.buttons if button.isVisible() and button.why is None
    )
    hands.tap(usable)
    assert [type(ask) for ask in written(screen)] == [Redeem]
    assert (hands.scans, hands.taps, hands.steps) == (1, 1, 2)


def test_the_reward_just_reached_is_one_more_tap(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("paul"))
    hands.tap(screen.window.card_panel.stamp)
    hands.tap(screen.window.celebration.take)
    assert [type(ask) for ask in written(screen)] == [Stamp, Redeem]
    assert hands.steps == 3


def test_a_blank_card_is_a_customers_in_one_scan_and_one_tap(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("blank"))
    hands.tap(screen.window.screens.enrol_dialog.name_step.without_name)
    assert [type(ask) for ask in written(screen)] == [Enrol]
    assert shows(screen, Middle.CARD)
    assert hands.steps == 2


def test_a_blank_card_with_a_name_is_three_steps_by_keyboard_only(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.scan(token("blank"))
    screen_name = screen.window.screens.enrol_dialog.name_step.name
    assert screen_name.hasFocus(), "the name is typed without reaching for a mouse"
    hands.type_amount("Elif")  # one thing that is typed, as an amount is
    hands.confirm()
    assert written(screen) == [Enrol(token("blank"), "Elif")]
    assert hands.steps == 3


def test_a_customer_without_card_is_served_by_number_on_the_keyboard_only(opens: Opens) -> None:
    screen, hands = on_shift(opens)
    hands.key(Qt.Key.Key_F1)
    hands.type_digits("509311764821")
    hands.key(Qt.Key.Key_Return)
    hands.key("s")
    assert written(screen) == [Stamp()]
    assert hands.keys == 12 + 3
    assert hands.taps == 0
