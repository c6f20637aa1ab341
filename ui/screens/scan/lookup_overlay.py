"""Look-up of a card without its code, by exact number, e-mail address or phone number."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text


class LookupOverlay(Overlay):
    """A field and a sentence."""

    asked = Signal(str)

    def __init__(
        self,
        theme: Theme,
        phrases: Phrases,
        parent: QWidget,
        *,
        title: Callable[[], str],
        hint: Callable[[], str],
        action: Callable[[], str],
        digits: bool = False,
        icon: str = "search",
        may_be_empty: bool = False,
    ) -> None:
        super().__init__(theme, 720, 348, parent)
        px = theme.px
        self._may_be_empty = may_be_empty
        head = Text(theme, Type.TITLE)
        phrases.always(lambda: head.setText(title()))
        hint_text = Text(theme, Type.LEAD, "ink2", wrap=True)
        phrases.always(lambda: hint_text.setText(hint()))
        self.field = Field(theme, Type.BUTTON)
        phrases.always(lambda: self.field.setAccessibleName(title()))
        self.field.setMaxLength(254)
        self.field.wants_digits = digits
        self.field.returnPressed.connect(self._give)
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        self._refused.setMinimumHeight(px(52))
        cancel = Button(theme, SECOND, cap="Esc")
        phrases.always(lambda: cancel.set_words(phrases.labels.cancel))
        cancel.chosen.connect(self.close_overlay)
        self.give = give = Button(theme, MAIN_PRIMARY, icon=icon, cap="Enter")
        phrases.always(lambda: give.set_words(action()))
        give.chosen.connect(self._give)
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addWidget(cancel, 2)
        row.addWidget(give, 3)
        self.inside.addWidget(head)
        self.inside.addSpacing(px(6))
        self.inside.addWidget(hint_text)
        self.inside.addSpacing(px(20))
        self.inside.addWidget(self.field)
        self.inside.addSpacing(px(6))
        self.inside.addWidget(self._refused)
        self.inside.addStretch(1)
        self.inside.addLayout(row)

    def start(self, text: str = "") -> None:
        self.field.setText(text)
        self.refuse("")
        self.open()
        self.field.setFocus()
        self.field.selectAll()

    def refuse(self, words: str) -> None:
        self.give.work(False)
        self._refused.setText(words)
        self.field.selectAll()

    @property
    def message(self) -> str:
        return self._refused.text()

    def _give(self) -> None:
        text = self.field.text().strip()
        if text or self._may_be_empty:
            self.give.work(True)
            self.asked.emit(text)
