"""The keys of the serving page. Booking requires Ctrl, because scanners type letters and Enter."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent

from ui.flows.serving.card_flow import CurrentCard
from ui.flows.serving.slip_printing import Receipts
from ui.widgets.key_presses import command
from ui.window.frame import Middle
from ui.window.window import Window

if TYPE_CHECKING:
    from ui.flows.menu.menu_pages import MenuPages

_CARD = (Middle.CARD, Middle.CELEBRATION)
_CHOICES = tuple("123456")


class Shortcuts(QObject):
    """Keyboard equivalents of all buttons; `ui.phrases.help` lists them."""

    def __init__(
        self,
        window: Window,
        current_card: CurrentCard,
        *,
        menu_pages: "Callable[[], MenuPages]",
        receipts: Receipts,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window, self._current_card, self._menu_pages, self._receipts = window, current_card, menu_pages, receipts
        key = Qt.Key
        self._ways: dict[int, Callable[[], None]] = {
            key.Key_F1: lambda: window.screens.number_lookup.start(),  # noqa: PLW0108 - created on first use
            key.Key_F2: lambda: window.screens.contact_lookup.start(),  # noqa: PLW0108
            key.Key_F3: current_card.start_enrolment,
            key.Key_F4: lambda: menu_pages().card_history.open_return(),  # noqa: PLW0108
            key.Key_F10: lambda: menu_pages().menu.open(),  # noqa: PLW0108
        }
        window.key_pressed.connect(self._pressed)

    def _pressed(self, event: QKeyEvent) -> None:
        window, key, letter = self._window, event.key(), command(event)
        if key in self._ways:
            if window.middle is not Middle.ENROL:
                self._ways[key]()
        elif key == Qt.Key.Key_Escape:
            if window.middle is Middle.CELEBRATION:
                self._current_card.keep()
            elif window.middle is not Middle.AIM:
                self._current_card.put_away()
        elif letter == "p" and self._receipts.on:
            self._receipts.print_last()
        elif letter == "h" and window.middle in _CARD:
            self._menu_pages().card_history.open_card()
        elif letter == "u" and window.middle in _CARD:
            self._current_card.undo()
        elif window.middle is Middle.CODE and letter in _CHOICES:
            window.unknown_code_panel.choose(int(letter))
        elif window.middle is Middle.CELEBRATION and letter == "r":
            window.celebration.take.click()
        elif window.middle is Middle.CARD:
            window.card_panel.take_key(event)
