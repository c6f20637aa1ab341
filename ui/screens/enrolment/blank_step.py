"""First step of a new card: a blank is held before the camera, or its number typed; or the card goes on a phone."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Text


class BlankStep(QWidget):
    """Which blank it is to be."""

    code_typed = Signal(str)
    phone_asked = Signal()
    again_asked = Signal()  # show the last code again

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases
        words, px = phrases.labels, theme.px
        title, hint = Text(theme, Type.TITLE, wrap=True), Text(theme, Type.LEAD, "ink2", wrap=True)
        phrases.always(lambda: title.setText(words.hold_blank))
        phrases.always(lambda: hint.setText(words.hold_blank_hint))
        self.code = Field(theme)
        phrases.always(lambda: self.code.setAccessibleName(words.card_number))
        phrases.always(lambda: self.code.setPlaceholderText(words.card_number))
        self.code.setMaxLength(254)
        self.code.wants_digits = True
        self.code.returnPressed.connect(self._code_given)
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        self._go_on = Button(theme, MAIN_PRIMARY, icon="arrow-right", cap="Enter")
        phrases.always(lambda: self._go_on.set_words(words.go_on))
        self._go_on.chosen.connect(self._code_given)
        self._go_on.refused.connect(self.refuse)
        self.on_phone = Button(theme, SECOND, icon="smartphone", cap="F6")
        phrases.always(lambda: self.on_phone.set_words(words.on_their_phone))
        self.on_phone.chosen.connect(self.phone_asked)
        self.on_phone.refused.connect(self.refuse)
        self.again = Button(theme, SECOND, icon="qr-code", cap="F7")
        phrases.always(lambda: self.again.set_words(words.show_code_again))
        self.again.chosen.connect(self.again_asked)
        self.again.hide()
        self.code.textChanged.connect(self._code_changed)
        phrases.always(lambda: self._code_changed(self.code.text()))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        picture = IconLabel(theme, "id-card", 56, "gold_ink", well=112, ground="gold_soft")
        column.addWidget(picture)
        column.addSpacing(px(12))
        column.addWidget(title)
        column.addWidget(hint)
        column.addSpacing(px(10))
        column.addWidget(self.code)
        column.addWidget(self._refused)
        column.addStretch(1)
        column.addWidget(self.again)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addWidget(self.on_phone, 1)
        buttons.addWidget(self._go_on, 1)
        column.addLayout(buttons)

    def start(self) -> None:
        """Waits for a blank card."""
        self.code.clear()
        self._go_on.work(False)
        self._refused.setText("")

    def refuse(self, words: str) -> None:
        self._go_on.work(False)
        self._refused.setText(words)

    @property
    def message(self) -> str:
        return self._refused.text()

    def _code_given(self) -> None:
        if code := self.code.text().strip():
            self._go_on.work(True)
            self.code_typed.emit(code)

    def _code_changed(self, code: str) -> None:
        self._go_on.refuse(None if code.strip() else self._phrases.labels.hold_blank)
