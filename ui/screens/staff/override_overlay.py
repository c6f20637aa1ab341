"""A manager's approval by PIN, for one transaction; the cashier stays on shift."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from loyalty.staff import Role
from terminal.interface.views import StaffView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.staff.name_tiles import StaffTiles
from ui.screens.staff.pin_pad import PinPad
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_presses import CONFIRM_CAP, is_confirmed
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text

LEFT_ALONE_MS = 90_000  # as long as a shift stays open


class OverrideOverlay(Overlay):
    """The overlay; the card behind cannot change while it is open."""

    allowed = Signal(object, str)  # manager, PIN

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, 900, 650, parent)
        self.close_when_left_alone(LEFT_ALONE_MS)
        self._phrases = phrases
        self._length = 4
        self._pin = ""
        px, words = theme.px, phrases.labels
        title = Text(theme, Type.TITLE, wrap=True)
        phrases.always(lambda: title.setText(words.manager_please))
        self._what = Text(theme, Type.LEAD, wrap=True)
        self._why = Text(theme, Type.BODY, "ink2", wrap=True)
        self.tiles = StaffTiles(theme, phrases, 1, 84)
        self.tiles.chosen.connect(self._chosen)
        self._none = Text(theme, Type.BODY, "bad", wrap=True)
        phrases.always(lambda: self._none.setText(words.no_manager))
        self._staying = QWidget()
        stays = QHBoxLayout(self._staying)
        stays.setContentsMargins(0, 0, 0, 0)
        stays.setSpacing(px(10))
        stays.addWidget(IconLabel(theme, "rotate-ccw", 24, "ink2"))
        self._stays = Text(theme, Type.BODY, "ink2")
        stays.addWidget(self._stays, 1)
        cancel = self._way_out(theme)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(title)
        left.addSpacing(px(6))
        left.addWidget(self._what)
        left.addWidget(self._why)
        left.addSpacing(px(22))
        left.addWidget(self.tiles)
        left.addWidget(self._none)
        left.addStretch(1)
        left.addWidget(self._staying)
        left.addSpacing(px(12))
        left.addWidget(cancel)
        self.pad = PinPad(theme, phrases, 66, page=self)
        self.pad.entered.connect(self._entered)
        self.allow = Button(theme, MAIN_PRIMARY, icon="shield-check", cap=CONFIRM_CAP)
        phrases.always(lambda: self.allow.set_words(words.allow))
        self.allow.chosen.connect(self._give)
        row = QHBoxLayout()
        row.setSpacing(px(36))
        row.addLayout(left, 1)
        row.addWidget(self._right(theme))
        self.inside.addLayout(row)

    def _right(self, theme: Theme) -> QWidget:
        held = QWidget()
        held.setFixedWidth(theme.px(372))
        right = QVBoxLayout(held)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.pad)
        right.addStretch(1)
        right.addWidget(self.allow)
        return held

    def _way_out(self, theme: Theme) -> Button:
        cancel = Button(theme, SECOND, cap="Esc")
        self._phrases.always(lambda: cancel.set_words(self._phrases.labels.cancel))
        cancel.chosen.connect(self.close_overlay)
        return cancel

    def ask_for(self, what: str, why: str, action: str, cashier: StaffView | None) -> None:
        """Opens for a transaction; `show_view` sets the managers."""
        self._what.setText(what)
        self._why.setText(why)
        self.allow.set_words(action)
        self._staying.setVisible(cashier is not None)
        self._stays.setText("" if cashier is None else self._phrases.stays_on_shift(cashier.name))
        self._pin = ""
        self.tiles.choose_nobody()
        self.pad.ask_for(self._phrases.labels.choose_name, self._length, ready=False)
        self._gate()
        self.open()

    def show_view(self, people: tuple[StaffView, ...], pin_length: int) -> None:
        managers = tuple(person for person in people if Role(person.role).manages)
        self._length = pin_length
        self._none.setVisible(not managers)
        before = self.tiles.person
        self.tiles.show_view(managers)
        free = [person for person in managers if not person.locked_minutes]
        if self.tiles.person is None and len(free) == 1:
            self.tiles.choose(free[0].id)
        elif before is not None and self.tiles.person is None:
            message = self.pad.message
            self.pad.ask_for(self._phrases.labels.choose_name, pin_length, ready=False)
            self.pad.tell(message)

    def refuse(self, words: str) -> None:
        self._pin = ""
        self._gate()
        self.pad.tell(words)

    def _chosen(self, person: StaffView) -> None:
        self._pin = ""
        self.pad.ask_for(self._phrases.pin_of(person.name), self._length)
        self._gate()

    def _entered(self, pin: str) -> None:
        self._pin = pin
        self._gate()

    def _gate(self) -> None:
        self.allow.refuse(None if self._pin else self._phrases.labels.pin_first)

    def _give(self) -> None:
        if self._pin and (manager := self.tiles.person) is not None:
            pin, self._pin = self._pin, ""
            self._gate()
            self.allowed.emit(manager, pin)

    def close_overlay(self) -> None:
        self._pin = ""
        self.pad.clear()
        super().close_overlay()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if is_confirmed(event):
            self._give()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.tiles.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif self.pad.take_key(event):
            if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
                self._pin = ""
                self._gate()
        else:
            super().keyPressEvent(event)
            return
        event.accept()
