"""Enrolment of a customer in under 15 s: a blank card, an optional name, done."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from terminal.interface.views import NewCardView
from ui.look.theme import RADIUS_CARD, Theme
from ui.phrases.phrases import Phrases
from ui.screens.enrolment.blank_step import BlankStep
from ui.screens.enrolment.card_code_page import CodePage
from ui.screens.enrolment.name_step import NameStep
from ui.widgets.key_presses import is_confirmed, is_enter
from ui.widgets.progress_steps import ProgressSteps
from ui.widgets.text import Ground


class EnrolDialog(Ground):
    """The dialog, in place of the card, beside the camera that waits for a blank."""

    code_typed = Signal(str)
    finished = Signal(object)  # NewCustomer
    phone_asked = Signal()
    again_asked = Signal()  # show the last code again
    handed_over = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", RADIUS_CARD, parent=parent)
        self._phrases = phrases
        px = theme.px
        self._steps = ProgressSteps(theme, 3)
        self._for_phone = False
        phrases.always(self._name_steps)
        self.blank_step = BlankStep(theme, phrases)
        self.blank_step.code_typed.connect(self.code_typed)
        self.blank_step.phone_asked.connect(self.phone_asked)
        self.blank_step.again_asked.connect(self.again_asked)
        self.name_step = NameStep(theme, phrases)
        self.name_step.finished.connect(self.finished)
        self.code_page = CodePage(theme, phrases)
        self.code_page.handed_over.connect(self.handed_over)
        self._pages = QStackedWidget()
        for page in (self.blank_step, self.name_step, self.code_page):
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(32), px(26), px(32), px(28))
        column.setSpacing(px(14))
        column.addWidget(self._steps)
        column.addSpacing(px(10))
        column.addWidget(self._pages, 1)

    # -- called by the window --------------------------------------------------------------------------------

    def start(self) -> None:
        """Waits for a blank card."""
        self.blank_step.start()
        self._for_phone = False
        self._name_steps()
        self._steps.show_step(0)
        self._pages.setCurrentWidget(self.blank_step)
        self.blank_step.code.setFocus()

    def offer(self, no_phone: str | None, *, again: bool, welcome_points: int) -> None:
        """Sets whether a phone card is available, whether the last code can be shown again, and the welcome points."""
        self.blank_step.on_phone.refuse(no_phone)
        self.blank_step.again.setVisible(again)
        self.name_step.promise(welcome_points)

    def show_blank(self, number_end: str) -> None:
        """A blank card was scanned: asks for the customer's name."""
        self._ask_name(self._phrases.new_card_ending(number_end), 1)

    def show_phone(self) -> None:
        """The card will be on the customer's phone: asks for the name."""
        self._for_phone = True
        self._name_steps()
        self._ask_name(self._phrases.labels.new_phone_card, 0)

    def show_code(self, card: NewCardView) -> None:
        """Shows the code of the new card, for the customer's phone."""
        self._for_phone = True
        self._name_steps()
        self.code_page.show_view(card)
        self._steps.show_step(1)
        self._pages.setCurrentWidget(self.code_page)
        self.code_page.have_it.setFocus()

    def put_away(self) -> None:
        """Removes the code from the screen."""
        self.code_page.show_view(None)
        if self.shows_code:
            self._pages.setCurrentWidget(self.blank_step)

    def _name_steps(self) -> None:
        words = self._phrases.labels
        blank = (words.step_blank, words.step_name, words.step_hand_over)
        self._steps.name_steps((words.step_name, words.step_show, words.step_done) if self._for_phone else blank)

    def _ask_name(self, title: str, step: int) -> None:
        self.name_step.start(title)
        self._steps.show_step(step)
        self._pages.setCurrentWidget(self.name_step)
        self.name_step.name.setFocus()

    def refuse(self, words: str) -> None:
        (self.name_step if self.asks_name else self.blank_step).refuse(words)

    @property
    def asks_name(self) -> bool:
        return self._pages.currentWidget() is self.name_step

    @property
    def shows_code(self) -> bool:
        return self._pages.currentWidget() is self.code_page

    @property
    def takes_cards(self) -> bool:
        """True if a card scanned now is meant for this dialog."""
        return self._pages.currentWidget() is self.blank_step

    @property
    def message(self) -> str:
        return (self.name_step if self.asks_name else self.blank_step).message

    # -- touches ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.asks_name and is_confirmed(event):
            self.name_step.finish()
        elif self.asks_name and is_enter(event):
            self.focusNextChild()
        elif self.asks_name and event.key() == Qt.Key.Key_F3:
            self.name_step.finish_without_name()
        elif self.shows_code and is_confirmed(event):
            self.code_page.have_it.click()
        elif self.takes_cards and event.key() == Qt.Key.Key_F6:
            self.blank_step.on_phone.click()
        elif self.takes_cards and event.key() == Qt.Key.Key_F7 and self.blank_step.again.isVisible():
            self.blank_step.again.click()
        else:
            super().keyPressEvent(event)
