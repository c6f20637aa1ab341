"""The customer's window in its states, for the pictures: each come to by what happens at the till."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tests.support.fake_cards import token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, scan, settle, type_keys
from ui.customer_window import CustomerWindow

Show = Callable[[Screen], None]


def customer_window(screen: Screen) -> QWidget:
    """What the customer sees of *screen* now, as large as the till's window is."""
    window = CustomerWindow(screen.theme)
    window.resize(screen.window.size())
    window.show_view(screen.conversation.customer.now)
    window.show()
    return window


def _with(card: str, *keys: str) -> Show:
    def show(screen: Screen) -> None:
        come_on_shift(screen)
        scan(screen, token(card))
        for pressed in keys:
            if pressed == "Enter":
                QTest.keyClick(screen.window, Qt.Key.Key_Return)
            else:
                type_keys(screen.window, pressed)
            settle(screen)

    return show


def _long_name(screen: Screen) -> None:
    screen.counter.cards[0].name = "Maximiliana-Alexandrina von Hohenzollern"
    _with("marie", "4250", "s")(screen)


def _new_card(screen: Screen) -> None:
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    QTest.keyClick(screen.window.enrol.code, Qt.Key.Key_F6)
    QTest.keyClick(screen.window.enrol.name, Qt.Key.Key_F3)
    settle(screen)


CUSTOMER_STATES: dict[str, tuple[Show, dict[str, object]]] = {
    "17-customer-idle": (come_on_shift, {}),
    "17a-customer-hello": (_with("marie"), {}),
    "17b-customer-amount": (_with("marie", "4250"), {}),
    "17c-customer-thanks": (_with("marie", "4250", "s"), {}),
    "17d-customer-reached": (_with("paul", "s"), {}),
    "17e-customer-taken": (_with("paul", "s", "r"), {}),
    "17f-customer-points": (_with("ines", "4250", "Enter"), {"program": "points"}),
    "17h-customer-long": (_long_name, {}),
    "17i-customer-new-card": (_new_card, {}),
    "17g-customer-unknown": (_with("somebody-else"), {}),
}
