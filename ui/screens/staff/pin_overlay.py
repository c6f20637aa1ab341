"""The dialog for setting a PIN: one question at a time, in an order decided by its flow."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import StaffView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.staff.name_tiles import StaffTiles
from ui.screens.staff.pin_pad import PinPad
from ui.widgets.button_styles import SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text

LEFT_ALONE_MS = 90_000  # as long as a shift stays open
ON_TELEPHONE_MS = 300_000  # while head office looks for its answer nobody touches the till


class PinOverlay(Overlay):
    """Shows the question at the left and the keys at the right."""

    entered = Signal(str)  # the complete digits asked for
    chosen = Signal(object)  # a person, possibly locked out

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, 900, 680, parent)
        px = theme.px
        self._title, self._hint = Text(theme, Type.TITLE, wrap=True), Text(theme, Type.LEAD, "ink2", wrap=True)
        self._digits = Text(theme, Type.PAGE_TITLE)
        self.tiles = StaffTiles(theme, phrases, 1, 84)
        self.tiles.chosen.connect(self.chosen)
        self.tiles.locked_tapped.connect(self.chosen)
        held = QWidget()
        people = QVBoxLayout(held)
        people.setContentsMargins(0, 0, 0, 0)
        people.addWidget(self.tiles)
        people.addStretch(1)
        self._scroll = Scroll(theme, held)
        left = QVBoxLayout()
        left.setSpacing(px(8))
        left.addWidget(self._title)
        left.addWidget(self._hint)
        left.addSpacing(px(10))
        left.addWidget(self._digits)
        left.addWidget(self._scroll, 100)
        left.addStretch(1)
        cancel = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: cancel.set_words(phrases.labels.cancel))
        cancel.chosen.connect(self.close_overlay)
        left.addWidget(cancel)
        self.pad = PinPad(theme, phrases, 66, page=self)
        self.pad.setFixedWidth(px(372))
        self.pad.entered.connect(self.entered)
        row = QHBoxLayout()
        row.setSpacing(px(36))
        row.addLayout(left, 1)
        row.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignTop)
        self.inside.addLayout(row)

    def ask(
        self,
        title: str,
        hint: str,
        pad_title: str,
        length: int,
        *,
        people: tuple[StaffView, ...] = (),
        digits: str = "",
        ready: bool = True,
    ) -> None:
        """Asks the next question; without *ready*, the keys are off until a person is chosen."""
        self._title.setText(title)
        self._hint.setText(hint)
        self._digits.setText(digits)
        self._digits.setAccessibleName(" ".join(digits.replace(" ", "")))  # so that screen readers read digit by digit
        self._digits.setVisible(bool(digits))
        self.tiles.choose_nobody()
        self.tiles.show_view(people)
        self._scroll.setVisible(bool(people))
        self.pad.ask_for(pad_title, length, ready=ready)
        self.close_when_left_alone(ON_TELEPHONE_MS if digits else LEFT_ALONE_MS)
        if not self.is_open:
            self.open()

    def show_people(self, people: tuple[StaffView, ...]) -> None:
        """Shows the staff, with the minutes of lock-outs."""
        self.tiles.show_view(people)
        self._scroll.setVisible(bool(people))

    def refuse(self, words: str) -> None:
        self.pad.tell(words)

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def digits(self) -> str:
        """The displayed challenge."""
        return self._digits.text()

    def close_overlay(self) -> None:
        self.pad.clear()
        super().close_overlay()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.tiles.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif not self.pad.take_key(event):
            super().keyPressEvent(event)
            return
        event.accept()
