"""The history of a card, or purchases found by a number, with a panel to void transactions."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from terminal.interface.views import CardView
from ui.look.screen_layout import TOP
from ui.look.theme import Theme, Type
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases
from ui.screens.history.return_panel import HEIGHT_UPRIGHT, ReturnPanel
from ui.screens.history.transaction_list import HistoryList
from ui.widgets.back_page import BackPage
from ui.widgets.button_styles import MAIN_PRIMARY, SIDE
from ui.widgets.buttons import Button
from ui.widgets.fields import Field
from ui.widgets.text import Text

HEAD = TOP + 88 + 16  # top bar, page head and margin
LINE = 76


class HistoryPage(BackPage):
    """The page for the current card, or for purchases found by a number."""

    purchase_asked = Signal(str)
    search_asked = Signal()
    actions_asked = Signal()  # what managers do to the card

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self._theme, self._phrases, self._say = theme, phrases, PagePhrases(phrases)
        px, words = theme.px, phrases.labels
        self._by_receipt = Button(theme, SIDE, icon="receipt-text")
        phrases.always(lambda: self._by_receipt.set_words(words.by_receipt))
        self._by_receipt.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._by_receipt.chosen.connect(self.search_asked)
        self._actions = Button(theme, SIDE, icon="id-card")
        phrases.always(lambda: self._actions.set_words(words.card_actions))
        self._actions.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._actions.chosen.connect(self.actions_asked)
        self.head.addWidget(self._actions)
        self.head.addWidget(self._by_receipt)
        self._facts = Text(theme, Type.LEAD, "ink2", wrap=True)
        self.number = Field(theme, Type.BUTTON)
        phrases.always(lambda: self.number.setAccessibleName(words.return_number))
        phrases.always(lambda: self.number.setPlaceholderText(words.return_number))
        self.number.setMaxLength(64)
        self.number.wants_digits = True
        self.number.returnPressed.connect(self._find)
        self._find_button = Button(theme, MAIN_PRIMARY, icon="search", cap="Enter")
        phrases.always(lambda: self._find_button.set_words(words.find))
        self._find_button.setFixedSize(px(240), px(64))
        self._find_button.chosen.connect(self._find)
        self._search = QWidget()  # a layout of hidden widgets would keep its column narrow
        search = QHBoxLayout(self._search)
        search.setContentsMargins(0, 0, 0, 0)
        search.setSpacing(px(12))
        search.addWidget(self.number, 1)
        search.addWidget(self._find_button)
        self.lines = HistoryList(theme, phrases)
        left = QVBoxLayout()
        left.setSpacing(px(10))
        left.addWidget(self._facts)
        left.addWidget(self._search)
        left.addWidget(self.lines, 1)
        self.panel = ReturnPanel(theme, phrases)
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(px(16))
        self._beside.addLayout(left, 1)
        self._beside.addWidget(self.panel)
        self.body.addLayout(self._beside, 1)

    @property
    def facts(self) -> str:
        return self._facts.text()

    def show_card(self, card: CardView) -> None:
        """Shows the current card's history."""
        self._show_search(False)
        self.set_title(self._phrases.card.name(card))
        number = self._phrases.card.number(card) if card.name else ""
        self._facts.setText(" · ".join(part for part in (number, self._say.facts(card)) if part))

    @property
    def searches(self) -> bool:
        """True while a number is asked for."""
        return not self._search.isHidden()

    def show_search(self, number: str = "") -> None:
        """Asks for the number of a receipt, slip or card."""
        self._show_search(True)
        self.show_searched(None)
        self.lines.tell(self._phrases.labels.return_hint)
        self.panel.expect_rows(False)
        self.number.setText(number)
        self.number.setFocus()

    def show_searched(self, card: CardView | None) -> None:
        """Names the card whose purchases were found, if it was a card."""
        words, formats = self._phrases.labels, self._phrases.formats
        self.set_title(
            words.give_back if card is None else formats.titled(words.give_back, self._phrases.card.name(card))
        )

    def lines_in(self, window: QSize) -> int:
        """The number of lines that fit in a *window* of this size."""
        height = window.height() - self._theme.px(HEAD + LINE)
        if _upright(window.width(), window.height() - self._theme.px(TOP)):
            height -= self._theme.px(HEIGHT_UPRIGHT + 16)
        return self.lines.lines_in(height)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        upright = _upright(self.width(), self.height())
        self._beside.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)
        self.panel.stand(upright=upright)
        self._show_search(self.searches)

    def _show_search(self, search: bool) -> None:
        self._search.setVisible(search)
        self._facts.setVisible(not search)
        self._by_receipt.setVisible(not search and self.width() >= self._theme.px(800))  # else the name needs the room
        self._actions.setVisible(not search)

    def _find(self) -> None:
        if text := self.number.text().strip():
            self.setFocus()
            self.purchase_asked.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.lines.step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_PageUp and self.lines.newer.why is None:
            self.lines.newer_asked.emit()
        elif key == Qt.Key.Key_PageDown and self.lines.older.why is None:
            self.lines.older_asked.emit()
        elif not self.panel.take_key(event):
            super().keyPressEvent(event)
            return
        event.accept()


def _upright(width: int, height: int) -> bool:
    return height > width
