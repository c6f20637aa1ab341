"""An overlay with a question and two answers."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.look.theme import Theme, Type
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.key_presses import CONFIRM_CAP, is_confirmed
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text


class QuestionOverlay(Overlay):
    """A question with the cancelling answer first."""

    confirmed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, icon: str = "undo-2") -> None:
        super().__init__(theme, 720, 260, parent)
        self._title = Text(theme, Type.TITLE)
        self._text = Text(theme, Type.LEAD, "ink2", wrap=True)
        self._no = Button(theme, SECOND, cap="Esc")
        self._no.chosen.connect(self.close_overlay)
        self._yes = Button(theme, MAIN_PRIMARY, icon=icon, cap=CONFIRM_CAP)
        self._yes.chosen.connect(self._confirm)
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self._no, 2)
        row.addWidget(self._yes, 3)
        self.inside.addWidget(self._title)
        self.inside.addSpacing(theme.px(6))
        self.inside.addWidget(self._text)
        self.inside.addStretch(1)
        self.inside.addLayout(row)

    def ask(self, title: str, text: str, yes: str, no: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._yes.set_words(yes)
        self._no.set_words(no)
        self.open()

    def _confirm(self) -> None:
        self.close_overlay()
        self.confirmed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if is_confirmed(event):
            self._confirm()
        else:
            super().keyPressEvent(event)
