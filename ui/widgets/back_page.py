"""A page with a Back button, a title, and room for contents."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.look.busy_ring import RingPlace
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import SIDE
from ui.widgets.buttons import Button
from ui.widgets.text import Text


class BackPage(QWidget):
    """A page that Escape always leaves."""

    back_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        back = Button(theme, SIDE, icon="arrow-left", cap="Esc")
        phrases.always(lambda: back.set_words(phrases.labels.back))
        back.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        back.chosen.connect(self.back_asked)
        self._title = Text(theme, Type.TITLE)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.head = QHBoxLayout()
        self.head.setSpacing(px(16))
        self.head.addWidget(back)
        self.head.addWidget(self._title, 1)
        self.ring = RingPlace(theme, self)  # centred on the empty page
        self.body = QVBoxLayout()
        self.body.setSpacing(px(12))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(8), px(16), px(16))
        column.setSpacing(px(12))
        column.addLayout(self.head)
        column.addLayout(self.body, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_title(self, words: str) -> None:
        self._title.setText(words)
        self.setAccessibleName(words)

    def work(self, working: bool) -> None:
        """Shows the ring while the page's contents are loading."""
        self.ring.move(self.rect().center() - self.ring.rect().center())
        self.ring.raise_()
        self.ring.work(working)

    @property
    def title(self) -> str:
        return self._title.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.back_asked.emit()
        event.accept()
