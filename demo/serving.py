"""How the demo's cashier serves each wish, using only what is visible on screen."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from demo.cashier import Cashier, Stuck
from demo.cast import NEWCOMER, Wish
from server.demo import cafes
from ui.window.frame import Middle


def serve(cashier: Cashier, wish: Wish) -> None:
    """Serves the customer whose card is shown."""
    _SERVED[wish](cashier)


def serve_unplanned(cashier: Cashier) -> None:
    """Serves a code of a user's film: gives a stamp if possible."""
    window = cashier.window
    if window.middle is Middle.ENROL:
        cashier.press(Qt.Key.Key_F3)
    if window.middle is Middle.CARD and window.card_panel.stamp.why is None:
        _written(cashier, window.card_panel.stamp, "a stamp")


def serve_by_number(cashier: Cashier, number: str) -> None:
    """Serves a customer without a card: types the number, and has a manager allow the reward."""
    window = cashier.window
    cashier.press(Qt.Key.Key_F1)
    cashier.type(number)
    cashier.shot("card-number")
    cashier.press(Qt.Key.Key_Return)
    cashier.until(lambda: window.middle is Middle.CARD, "the card of a typed number")
    cashier.tap(window.card_panel.rewards.buttons[0])
    cashier.until(lambda: window.screens.override_overlay.is_open, "the question for a manager")
    manager = next(one for one in cafes.STAFF if one.role == "manager")
    cashier.tap_words(manager.name, window.screens.override_overlay.tiles)
    cashier.type(manager.pin)
    cashier.shot("manager")
    cashier.confirm()
    cashier.until(
        lambda: not window.screens.override_overlay.is_open and window.undo_bar.offers,
        "a reward that a manager allowed",
    )
    cashier.shot("manager-allowed")


def _stamp(cashier: Cashier) -> None:
    _written(cashier, cashier.window.card_panel.stamp, "a stamp")


def _stamp_twice(cashier: Cashier) -> None:
    window = cashier.window
    cashier.shot("card")
    _stamp(cashier)
    cashier.shot("stamp")
    cashier.tap(window.card_panel.stamp)
    cashier.until(lambda: window.scan_panel.notice is not None, "a reason to wait for the next stamp")
    cashier.shot("next-stamp-later")


def _points_and_reward(cashier: Cashier) -> None:
    window = cashier.window
    for digit in "860":
        cashier.tap_words(digit, window.card_panel.pad)
    cashier.until(lambda: window.card_panel.earn.why is None, "what the amount is worth")
    cashier.shot("amount")
    _written(cashier, window.card_panel.earn, "points")
    _written(cashier, cashier.button("Croissant", window.card_panel.rewards), "a reward for points")
    cashier.shot("reward-for-points")


def _last_stamp(cashier: Cashier) -> None:
    window = cashier.window
    cashier.tap(window.card_panel.stamp)
    cashier.until(lambda: window.middle is Middle.CELEBRATION, "the celebration of a full row")
    cashier.shot("reward-reached")
    _written(cashier, window.celebration.take, "the reward of a full row")
    cashier.shot("reward-taken")


def _stamp_taken_back(cashier: Cashier) -> None:
    window = cashier.window
    _stamp(cashier)
    cashier.tap(window.undo_bar.button)
    cashier.until(lambda: not window.undo_bar.offers, "a stamp taken back")
    cashier.shot("taken-back")


def _a_card(cashier: Cashier) -> None:
    window = cashier.window
    cashier.until(lambda: window.middle is Middle.ENROL and window.screens.enrol_dialog.asks_name, "the blank card")
    cashier.type(NEWCOMER)
    cashier.shot("new-customer")
    cashier.confirm()
    cashier.until(lambda: window.middle is Middle.CARD, "the new customer's card")
    _stamp(cashier)
    cashier.shot("first-stamp")


def _the_menu(cashier: Cashier) -> None:
    _expect(cashier, Middle.CODE, "a name for what is no card")
    cashier.shot("none-of-ours")


def _points(cashier: Cashier) -> None:
    window = cashier.window
    cashier.type("1240")
    cashier.until(lambda: window.card_panel.earn.why is None, "what the amount is worth")
    _written(cashier, window.card_panel.earn, "points")


def _unheard_of(cashier: Cashier) -> None:
    _expect(cashier, Middle.CODE, "ways on from a card not known here")
    cashier.shot("not-known-here")
    _written(cashier, cashier.window.unknown_code_panel.buttons[0], "a stamp that waits for its card")
    cashier.shot("stamp-as-waiting")


def _reward(cashier: Cashier) -> None:
    _written(cashier, cashier.window.card_panel.rewards.buttons[0], "the reward of a full row")


_SERVED: dict[Wish, Callable[[Cashier], None]] = {
    Wish.STAMP: _stamp,
    Wish.STAMP_TWICE: _stamp_twice,
    Wish.POINTS_AND_REWARD: _points_and_reward,
    Wish.LAST_STAMP: _last_stamp,
    Wish.STAMP_TAKEN_BACK: _stamp_taken_back,
    Wish.A_CARD: _a_card,
    Wish.THE_MENU: _the_menu,
    Wish.POINTS: _points,
    Wish.UNHEARD_OF: _unheard_of,
    Wish.REWARD: _reward,
}


def _expect(cashier: Cashier, middle: Middle, what: str) -> None:
    if cashier.window.middle is not middle:
        raise Stuck(f"the till does not show {what}")


def _written(cashier: Cashier, button: QWidget, what: str) -> None:
    """Taps a button and waits until the till confirms the entry."""
    undo = cashier.window.undo_bar
    before = (undo.words, undo.second)
    cashier.tap(button)
    cashier.until(lambda: bool(undo.words) and (undo.words, undo.second) != before, what)
