"""The page for starting a shift: name tiles and PIN pad."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import StaffView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.staff.name_tiles import StaffTiles
from ui.screens.staff.pin_pad import PIN_KEY, PIN_KEY_UPRIGHT, PinPad
from ui.widgets.button_styles import QUIET
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.icon_label import IconLabel
from ui.widgets.language_row import LanguageRow
from ui.widgets.text import Text

BESIDE_PAD = 8 + 22 + 26  # height of the margins and the camera's caption


class ShiftPage(QWidget):
    """Shown while nobody is on shift; the camera keeps running."""

    entered = Signal(object, str)  # person, PIN
    unlock_asked = Signal(object)  # a locked-out person
    language_asked = Signal(str)
    office_asked = Signal()  # unlock by telephone

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._phrases = phrases
        self._length = 4
        px, words = theme.px, phrases.labels
        title = Text(theme, Type.PAGE_TITLE)
        phrases.always(lambda: title.setText(words.who))
        phrases.always(lambda: self.setAccessibleName(words.who))
        self._nobody = Text(theme, Type.LEAD, "ink2", wrap=True)
        phrases.always(lambda: self._nobody.setText(words.nobody))
        self.tiles = StaffTiles(theme, phrases, 2, 112)
        self.tiles.chosen.connect(self._chosen)
        self.tiles.locked_tapped.connect(self.unlock_asked)
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tiles)
        column.addStretch(1)
        self._left = left = QVBoxLayout()
        left.setSpacing(px(24))
        left.addWidget(title)
        left.addWidget(self._nobody)
        left.addWidget(Scroll(theme, held), 1)
        self.pad = PinPad(theme, phrases, page=self)
        self.pad.setFixedWidth(px(372))
        self.pad.entered.connect(self._entered)
        self.office = Button(theme, QUIET, icon="smartphone", parent=self)
        phrases.always(lambda: self.office.set_words(words.call_office))
        self.office.chosen.connect(self.office_asked)
        self._camera = self._camera_ready(theme)
        right = self._beside(theme)
        self._row = row = QHBoxLayout()
        row.setSpacing(px(56))
        row.addLayout(left, 1)
        row.addLayout(right)
        self.languages = LanguageRow(theme, phrases, quiet=True)
        self.languages.asked.connect(self.language_asked)
        self._page = page = QVBoxLayout(self)
        page.setContentsMargins(px(72), px(40), px(72), px(16))
        page.setSpacing(px(8))
        page.addLayout(row, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_view((), 4)

    def _beside(self, theme: Theme) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(0)  # the default would add a gap
        right.addSpacing(theme.px(8))
        right.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignHCenter)
        right.addSpacing(theme.px(22))
        right.addWidget(self._camera)
        right.addStretch(1)
        return right

    def show_camera(self, *, there: bool) -> None:
        """Says that the camera stays ready, if there is one."""
        self._camera.setVisible(there)

    def _camera_ready(self, theme: Theme) -> QWidget:
        held = QWidget()
        ready = QHBoxLayout(held)
        ready.setContentsMargins(0, 0, 0, 0)
        ready.setSpacing(theme.px(10))
        ready.addStretch(1)
        ready.addWidget(IconLabel(theme, "camera", 24, "ink2"))
        ready_text = Text(theme, Type.BODY, "ink2")
        self._phrases.always(lambda: ready_text.setText(self._phrases.labels.camera_ready))
        ready.addWidget(ready_text)
        ready.addStretch(1)
        return held

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        px, upright, roomy = self._theme.px, self.height() > self.width(), self.width() >= self._theme.px(1200)
        edge = px(72 if roomy else 32)
        self._page.setContentsMargins(edge, px(20 if upright else 40), edge, px(16))
        self._row.setSpacing(px(56 if roomy else 32))
        if upright:
            self.pad.fit(PIN_KEY_UPRIGHT)
        else:
            self.pad.fit(PIN_KEY, self.height() - px(40 + 16 + BESIDE_PAD))
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        for under in (self.office, self.languages):
            if upright:
                self._page.addWidget(under, 0, Qt.AlignmentFlag.AlignHCenter)
            else:
                self._left.addWidget(under, 0, Qt.AlignmentFlag.AlignLeft)
        self._order_tabs()

    def _order_tabs(self) -> None:
        after = (*self.pad.findChildren(Button), self.office, *self.languages.findChildren(Button))
        self.tiles.stand_before(after)

    def show_view(self, people: tuple[StaffView, ...], pin_length: int) -> None:
        self._length = pin_length
        self.tiles.show_view(people)
        self._order_tabs()
        self._nobody.setVisible(not people)
        self.office.setVisible(bool(people))
        free = [person for person in people if not person.locked_minutes]
        if self.tiles.person is None and len(free) == 1:
            self.tiles.choose(free[0].id)
        elif self.tiles.person is None:
            message = self.pad.message
            self.pad.ask_for(self._phrases.labels.choose_name, pin_length, ready=False)
            self.pad.tell(message)  # keeps the reason of a lock-out readable

    def refuse(self, words: str) -> None:
        self.pad.tell(words)

    def start_over(self) -> None:
        """Resets the page for the next person."""
        self.tiles.choose_nobody()
        self.pad.ask_for(self._phrases.labels.choose_name, self._length, ready=False)

    def _chosen(self, person: StaffView) -> None:
        self.pad.ask_for(self._phrases.pin_of(person.name), self._length)

    def _entered(self, pin: str) -> None:
        self.entered.emit(self.tiles.person, pin)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.pad.take_key(event):
            return
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.tiles.step(1)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.tiles.step(-1)
        else:
            super().keyPressEvent(event)
