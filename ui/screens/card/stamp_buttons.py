"""The button for the next stamp, and buttons for several at once."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from loyalty.refusals import Reason
from terminal.interface.views import RefusalView, StampsView
from ui.look.theme import Theme
from ui.phrases.phrases import Phrases
from ui.phrases.refusals import short
from ui.widgets.button_styles import COUNT_GOLD, MAIN_GOLD
from ui.widgets.buttons import Button

ICON_FROM = 480  # below this width, the text needs the icon's room
EACH = 64
_PASSES = (Reason.COOLDOWN, Reason.STAMPS_PER_DAY)  # refusals that end by waiting


class StampButtons(QWidget):
    """Buttons for one, two and three stamps; more are chosen from a list."""

    given = Signal(int)
    more_asked = Signal()
    refused = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._at_once = 1
        self._icon = "coffee"
        self.one = Button(theme, MAIN_GOLD, icon="coffee", cap="Ctrl S")
        self.one.chosen.connect(partial(self.given.emit, 1))
        self.one.refused.connect(self.refused)
        self.two, self.three, self.more = (Button(theme, COUNT_GOLD) for _ in range(3))
        self.two.chosen.connect(partial(self.given.emit, 2))
        self.three.chosen.connect(partial(self.given.emit, 3))
        self.more.chosen.connect(self.more_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self.one, 1)
        for button in (self.two, self.three, self.more):
            button.setFixedWidth(theme.px(EACH))
            button.hide()
            row.addWidget(button)

    @property
    def several(self) -> bool:
        """True if several stamps can be given now."""
        return self._at_once > 1

    def set_height(self, height: int) -> None:
        for button in (self.one, self.two, self.three, self.more):
            button.setFixedHeight(height)

    def show_view(self, stamps: StampsView | None, refusal: RefusalView | None, points: int) -> None:
        """Shows the stamps; *points* of a typed amount come with them."""
        say = self._phrases
        self._at_once = 1 if stamps is None or refusal is not None else stamps.at_once
        self._icon = "coffee" if refusal is None else "hourglass" if refusal.reason in _PASSES else "ban"
        with_points = say.card.with_points(points) if points and refusal is None else ""
        self.one.set_words(say.card.stamp_button(stamps) if refusal is None else short(say, refusal), with_points)
        self.one.refuse(None if refusal is None else refusal.text)
        for count, button in ((2, self.two), (3, self.three)):
            if stamps is not None:
                button.set_words(say.formats.signed(count), spoken=say.card.stamps_spoken(stamps, count, points))
        self.more.set_words("…", spoken=say.labels.how_many_stamps)
        self.two.setVisible(self._at_once >= 2)
        self.three.setVisible(self._at_once == 3)
        self.more.setVisible(self._at_once > 3)
        self._choose_icon()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._choose_icon()

    def _choose_icon(self) -> None:
        tight = self.several and self.width() < self._theme.px(ICON_FROM)
        self.one.set_icon("" if tight else self._icon)
