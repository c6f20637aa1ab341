"""Shows a busy ring on the touched widget while its request waits. It asks nothing itself."""

from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

from terminal.interface.asks import (
    Adjust,
    AnyAsk,
    Deactivate,
    Earn,
    EditCustomer,
    Enrol,
    Find,
    History,
    Lock,
    Pin,
    QuoteVoid,
    Reactivate,
    Redeem,
    Replace,
    Stamp,
    Unlock,
    Void,
)
from terminal.interface.card_asks import ShowCode
from terminal.interface.pin_asks import ChangePin, ResetPin, Telephone, UnlockByPhone
from terminal.interface.report_asks import Decided, Report, Served
from ui.look.busy_ring import Waits
from ui.threads.asking import Asking
from ui.widgets.back_page import BackPage
from ui.window.frame import Middle, Page
from ui.window.window import Window


class BusyRings(QObject):
    """A ring for each place, for its latest request."""

    def __init__(self, window: Window, counter: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._out: dict[Waits, AnyAsk] = {}
        counter.asked.connect(self._asked)
        counter.answered.connect(self._answered)
        counter.failed.connect(self._answered)
        counter.closed.connect(self._stop)

    def _asked(self, ask: AnyAsk) -> None:
        place = self._place(ask)
        if place is not None:
            self._out[place] = ask
            place.work(True)

    def _answered(self, ask: AnyAsk, _reply: Any) -> None:
        for place in [place for place, out in self._out.items() if out is ask]:
            del self._out[place]
            if isValid(place):  # the row may have been deleted
                place.work(False)

    def _stop(self) -> None:
        """Removes all rings, as no answers will arrive."""
        for ask in tuple(self._out.values()):
            self._answered(ask, None)

    def _place(self, ask: AnyAsk) -> Waits | None:
        window = self._window
        match ask:
            case Redeem() | Void() | Unlock() if window.overlay_open and window.screens.override_overlay.is_open:
                return window.screens.override_overlay.allow
            case Adjust() | Deactivate() | Reactivate() | Replace() | EditCustomer():
                return window.screens.card_actions_overlay.give
            case Stamp() | Earn() | Redeem() | Void():
                return self._written(ask)
            case Pin():
                return window.screens.shift_page.pad
            case ChangePin() | ResetPin() | Telephone() | UnlockByPhone():
                return window.screens.pin_overlay.pad
            case Enrol():
                return window.screens.enrol_dialog.name_step.make
            case ShowCode():
                return window.screens.enrol_dialog.blank_step.again
            case Lock():
                return window.top_bar.lock
            case History() | QuoteVoid() | Report() | Decided() | Served() | Find(purchase=str()):
                page = window.more_page
                return page if isinstance(page, BackPage) else None
        return None

    def _written(self, ask: Stamp | Earn | Redeem | Void) -> Waits | None:
        window = self._window
        if window.page is Page.MORE:
            return window.screens.history_page.panel.give if window.more_page is window.screens.history_page else None
        match window.middle, ask:
            case Middle.CARD, Redeem(reward=reward):
                return window.card_panel.rewards.button_of(reward)
            case Middle.CARD, Earn(stamps=0):
                return window.card_panel.earn
            case Middle.CARD, Stamp() | Earn():
                return window.card_panel.stamp
            case Middle.CARD, Void():
                return window.undo_bar.button
            case Middle.CELEBRATION, Redeem():
                return window.celebration.take
            case Middle.CELEBRATION, Void():
                return window.celebration.back
            case Middle.CODE, Stamp():
                return window.unknown_code_panel.buttons[0]  # the button for a waiting stamp
        return None
