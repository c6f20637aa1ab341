"""The states of the customer window for the pictures."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from sync.protocol.sealing import encrypt
from tests.screens.pictures.shot import Shot, Show
from tests.support.cafe import MARIE, Cafe, rules, token
from tests.support.screen import Screen
from tests.support.walk import come_on_shift, confirm, scan, settle, type_keys
from ui.window.customer_window import CustomerWindow


def customer_window(screen: Screen) -> QWidget:
    """The customer window of *screen*, in the size of the till's window."""
    window = CustomerWindow(screen.theme)
    window.resize(screen.window.size())
    window.show_view(screen.conversation.customer_view.now)
    window.show()
    return window


def _with(card: str, *keys: str) -> Show:
    def show(screen: Screen) -> None:
        come_on_shift(screen)
        scan(screen, token(card))
        for pressed in keys:
            if pressed == "Enter":
                confirm(screen.window)
            else:
                type_keys(screen.window, pressed)
            settle(screen)

    return show


def _long_name() -> Cafe:
    cafe = Cafe()
    name = "Maximiliana-Alexandrina von Hohenzollern"
    cafe.changes(MARIE, name=encrypt(cafe.company.keys.data, MARIE.id, name))
    cafe.counter.hears()
    return cafe


def _new_card(screen: Screen) -> None:
    come_on_shift(screen)
    QTest.keyClick(screen.window, Qt.Key.Key_F3)
    settle(screen)
    QTest.keyClick(screen.window.screens.enrol_dialog.blank_step.code, Qt.Key.Key_F6)
    QTest.keyClick(screen.window.screens.enrol_dialog.name_step.name, Qt.Key.Key_F3)
    settle(screen)


CUSTOMER_STATES: dict[str, Shot] = {
    "17-customer-idle": Shot(come_on_shift, of_customer=True),
    "17a-customer-hello": Shot(_with("marie"), of_customer=True),
    "17b-customer-amount": Shot(_with("marie", "4250"), of_customer=True),
    "17c-customer-thanks": Shot(_with("marie", "4250", "s"), of_customer=True),
    "17d-customer-reached": Shot(_with("paul", "s"), of_customer=True),
    "17e-customer-taken": Shot(_with("paul", "s", "r"), of_customer=True),
    "17f-customer-points": Shot(_with("ines", "4250", "Enter"), cafe=lambda: Cafe(rules("points")), of_customer=True),
    "17h-customer-long": Shot(_with("marie", "4250", "s"), cafe=_long_name, of_customer=True),
    "17i-customer-new-card": Shot(_new_card, of_customer=True),
    "17g-customer-unknown": Shot(_with("somebody-else"), of_customer=True),
}
