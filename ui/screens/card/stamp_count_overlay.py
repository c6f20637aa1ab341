"""The choice of how many stamps to give."""

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from terminal.interface.views import StampsView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import SECOND, STAMP_COUNT
from ui.widgets.buttons import Button
from ui.widgets.key_presses import command
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text

SHOWN_MAX = 30  # more need two steps
FEW = 12
COLUMNS, COLUMNS_MANY, COLUMNS_UPRIGHT = 4, 6, 5
SIZE, SIZE_MANY, SIZE_UPRIGHT = (720, 480), (980, 660), (768, 740)
STAMP_COUNT_MANY = replace(STAMP_COUNT, height=72, pad=10)


class StampCountOverlay(Overlay):
    """By finger, and the first nine by Ctrl and a digit."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, *SIZE, parent)
        self._phrases = phrases
        title = Text(theme, Type.TITLE)
        phrases.always(lambda: title.setText(phrases.labels.how_many_stamps))
        self._buttons = [Button(theme, STAMP_COUNT) for _ in range(SHOWN_MAX)]
        grid = QGridLayout()
        grid.setSpacing(theme.px(12))
        for index, button in enumerate(self._buttons):
            button.chosen.connect(partial(self._give, index + 1))
        self._grid = grid
        cancel = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: cancel.set_words(phrases.labels.cancel))
        cancel.chosen.connect(self.close_overlay)
        self.inside.addWidget(title)
        self.inside.addSpacing(theme.px(18))
        self.inside.addLayout(grid)
        self.inside.addStretch(1)
        self.inside.addWidget(cancel)
        self._at_once = 0

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def ask(self, stamps: StampsView, points: int) -> None:
        self._at_once = min(stamps.at_once, SHOWN_MAX)
        many = self._at_once > FEW
        upright = self._over.height() > self._over.width()
        columns = (COLUMNS_UPRIGHT if upright else COLUMNS_MANY) if many else COLUMNS
        self._size = (SIZE_UPRIGHT if upright else SIZE_MANY) if many else SIZE
        for index, button in enumerate(self._buttons):
            count = index + 1
            reach = self._phrases.card.stamps_reach(stamps, count)
            button.set_words(str(count), reach, spoken=self._phrases.card.stamps_spoken(stamps, count, points))
            button.set_style(STAMP_COUNT_MANY if many else STAMP_COUNT)
            self._grid.addWidget(button, *divmod(index, columns))
            button.setVisible(count <= self._at_once)
        self.open()

    def _give(self, count: int) -> None:
        if count <= self._at_once:
            self.close_overlay()
            self.chosen.emit(count)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if (count := command(event)) and count in "123456789":
            self._give(int(count))
            event.accept()
        else:
            super().keyPressEvent(event)
