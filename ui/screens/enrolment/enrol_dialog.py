"""Enrolment of a customer in under 15 s: a blank card, an optional name, done."""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from terminal.interface.languages import LANGUAGES
from terminal.interface.views import NewCardView
from ui.look.theme import RADIUS_BUTTON, RADIUS_CARD, Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.enrolment.card_code_page import CodePage
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import ChoiceList, Field, Tick
from ui.widgets.icon_label import IconLabel
from ui.widgets.progress_steps import ProgressSteps
from ui.widgets.text import Ground, Text


class NewCustomer(Struct, frozen=True):
    """What the cashier typed; all fields are optional."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False


class EnrolDialog(Ground):
    """The dialog, in place of the card, beside the camera that waits for a blank."""

    code_typed = Signal(str)
    finished = Signal(object)  # NewCustomer
    phone_asked = Signal()
    again_asked = Signal()  # show the last code again
    handed_over = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, "surface", RADIUS_CARD, parent=parent)
        self._theme, self._phrases = theme, phrases
        px = theme.px
        self._steps = ProgressSteps(theme, 3)
        self._for_phone = False
        self._welcome_points = 0
        phrases.always(self._name_steps)
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._blank_page())
        self._pages.addWidget(self._name_page())
        self.code_page = CodePage(theme, phrases)
        self.code_page.handed_over.connect(self.handed_over)
        self._pages.addWidget(self.code_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(32), px(26), px(32), px(28))
        column.setSpacing(px(14))
        column.addWidget(self._steps)
        column.addSpacing(px(10))
        column.addWidget(self._pages, 1)

    # -- the two pages ----------------------------------------------------------------------------------------

    def _blank_page(self) -> QWidget:
        theme, words, px = self._theme, self._phrases.labels, self._theme.px
        title, hint = Text(theme, Type.TITLE, wrap=True), Text(theme, Type.LEAD, "ink2", wrap=True)
        self._phrases.always(lambda: title.setText(words.hold_blank))
        self._phrases.always(lambda: hint.setText(words.hold_blank_hint))
        self.code = Field(theme)
        self._phrases.always(lambda: self.code.setAccessibleName(words.card_number))
        self._phrases.always(lambda: self.code.setPlaceholderText(words.card_number))
        self.code.setMaxLength(254)
        self.code.returnPressed.connect(self._code_given)
        self._blank_refused = Text(theme, Type.LABEL, "bad", wrap=True)
        self._go_on = Button(theme, MAIN_PRIMARY, icon="arrow-right", cap="Enter")
        self._phrases.always(lambda: self._go_on.set_words(words.go_on))
        self._go_on.chosen.connect(self._code_given)
        self._go_on.refused.connect(self.refuse)
        self.on_phone = Button(theme, SECOND, icon="smartphone", cap="F6")
        self._phrases.always(lambda: self.on_phone.set_words(words.on_their_phone))
        self.on_phone.chosen.connect(self.phone_asked)
        self.on_phone.refused.connect(self.refuse)
        self.again = Button(theme, SECOND, icon="qr-code", cap="F7")
        self._phrases.always(lambda: self.again.set_words(words.show_code_again))
        self.again.chosen.connect(self.again_asked)
        self.again.hide()
        self.code.textChanged.connect(self._code_changed)
        self._phrases.always(lambda: self._code_changed(self.code.text()))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        picture = IconLabel(theme, "id-card", 56, "gold_ink", well=112, ground="gold_soft")
        column.addWidget(picture)
        column.addSpacing(px(12))
        column.addWidget(title)
        column.addWidget(hint)
        column.addSpacing(px(10))
        column.addWidget(self.code)
        column.addWidget(self._blank_refused)
        column.addStretch(1)
        column.addWidget(self.again)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addWidget(self.on_phone, 1)
        buttons.addWidget(self._go_on, 1)
        column.addLayout(buttons)
        return page

    def _name_page(self) -> QWidget:
        theme, words, px = self._theme, self._phrases.labels, self._theme.px
        self._title = Text(theme, Type.TITLE)
        hint = Text(theme, Type.BODY, "ink2", wrap=True)
        self._phrases.always(lambda: hint.setText(words.ready_to_use))
        self.name = self._field(lambda: words.first_name)
        self.name.textChanged.connect(self._name_changed)
        self.contact = self._field(lambda: words.email_or_phone, lambda: words.only_if_wished)
        self.contact.textChanged.connect(self._contact_changed)
        self.language = ChoiceList(theme)
        self._phrases.always(lambda: self.language.setAccessibleName(words.language))
        self.language.addItem("", None)
        self._phrases.always(lambda: self.language.setItemText(0, words.language_open))
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.consent = Tick(theme)
        self._phrases.always(lambda: self.consent.setText(words.consent))
        self._phrases.always(lambda: self.consent.setAccessibleName(words.consent))
        self.without_name = without = Button(theme, SECOND, cap="F3")
        self._phrases.always(lambda: without.set_words(words.without_name))
        without.chosen.connect(lambda: self.finished.emit(NewCustomer()))
        self.make = Button(theme, MAIN_PRIMARY, icon="user-plus", cap="Enter")
        self.make.chosen.connect(self._finish)
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(6))
        labels = (self._label(lambda: words.first_name), self._label(lambda: words.language))
        for column, (label, field) in enumerate(zip(labels, (self.name, self.language), strict=True)):
            grid.addWidget(label, 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowMinimumHeight(2, px(10))
        grid.addWidget(self._label(lambda: words.email_or_phone), 3, 0, 1, 2)
        grid.addWidget(self.contact, 4, 0, 1, 2)
        grid.addWidget(self.consent, 5, 0, 1, 2)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addWidget(without, 4)
        buttons.addWidget(self.make, 5)
        page = QWidget()
        column_ = QVBoxLayout(page)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(0)
        column_.addWidget(self._title)
        column_.addWidget(hint)
        column_.addSpacing(px(18))
        column_.addLayout(grid)
        column_.addWidget(self._refused)
        column_.addStretch(1)
        column_.addWidget(self._welcome_tile())
        column_.addSpacing(px(14))
        column_.addLayout(buttons)
        return page

    def _welcome_tile(self) -> Ground:
        theme, px = self._theme, self._theme.px
        self._welcome = tile = Ground(theme, "gold_soft", RADIUS_BUTTON)
        tile.setFixedHeight(px(60))
        self._welcome_words = Text(theme, Type.LEAD, "gold_ink")
        row = QHBoxLayout(tile)
        row.setContentsMargins(px(18), 0, px(18), 0)
        row.setSpacing(px(12))
        row.addWidget(IconLabel(theme, "star", 24, "gold_ink"))
        row.addWidget(self._welcome_words, 1)
        self._phrases.always(self._say_welcome)
        return tile

    def _say_welcome(self) -> None:
        self._welcome.setVisible(self._welcome_points > 0)
        self._welcome_words.setText(self._phrases.welcome(self._welcome_points) if self._welcome_points else "")

    def _label(self, words: Callable[[], str]) -> Text:
        label = Text(self._theme, Type.LABEL, "ink2")
        self._phrases.always(lambda: label.setText(words()))
        return label

    def _field(self, name: Callable[[], str], hint: Callable[[], str] | None = None) -> Field:
        field = Field(self._theme)
        self._phrases.always(lambda: field.setAccessibleName(name()))
        if hint is not None:
            self._phrases.always(lambda: field.setPlaceholderText(hint()))
        field.setMaxLength(254)
        return field

    # -- called by the window --------------------------------------------------------------------------------

    def start(self) -> None:
        """Waits for a blank card."""
        self.code.clear()
        self._blank_refused.setText("")
        self._for_phone = False
        self._name_steps()
        self._steps.show_step(0)
        self._pages.setCurrentIndex(0)
        self.code.setFocus()

    def offer(self, no_phone: str | None, *, again: bool, welcome_points: int) -> None:
        """Sets whether a phone card is available, whether the last code can be shown again, and the welcome points."""
        self.on_phone.refuse(no_phone)
        self.again.setVisible(again)
        if welcome_points != self._welcome_points:
            self._welcome_points = welcome_points
            self._say_welcome()

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
        self._pages.setCurrentIndex(2)
        self.code_page.have_it.setFocus()

    def put_away(self) -> None:
        """Removes the code from the screen."""
        self.code_page.show_view(None)
        if self.shows_code:
            self._pages.setCurrentIndex(0)

    def _name_steps(self) -> None:
        words = self._phrases.labels
        blank = (words.step_blank, words.step_name, words.step_hand_over)
        self._steps.name_steps((words.step_name, words.step_show, words.step_done) if self._for_phone else blank)

    def _ask_name(self, title: str, step: int) -> None:
        for field in (self.name, self.contact):
            field.clear()
        self.language.setCurrentIndex(0)
        self.consent.setChecked(False)
        self._refused.setText("")
        self._title.setText(title)
        self._name_changed("")
        self._contact_changed("")
        self._steps.show_step(step)
        self._pages.setCurrentIndex(1)
        self.name.setFocus()

    def refuse(self, words: str) -> None:
        self._go_on.work(False)
        (self._refused if self.asks_name else self._blank_refused).setText(words)

    @property
    def asks_name(self) -> bool:
        return self._pages.currentIndex() == 1

    @property
    def shows_code(self) -> bool:
        return self._pages.currentIndex() == 2

    @property
    def takes_cards(self) -> bool:
        """True if a card scanned now is meant for this dialog."""
        return self._pages.currentIndex() == 0

    @property
    def welcome(self) -> str:
        """The welcome gift in words; empty if there is none."""
        return self._welcome_words.text()

    @property
    def message(self) -> str:
        return (self._refused if self.asks_name else self._blank_refused).text()

    # -- touches ----------------------------------------------------------------------------------------------

    def _code_given(self) -> None:
        if code := self.code.text().strip():
            self._go_on.work(True)
            self.code_typed.emit(code)

    def _code_changed(self, code: str) -> None:
        self._go_on.refuse(None if code.strip() else self._phrases.labels.hold_blank)

    def _name_changed(self, name: str) -> None:
        self.make.set_words(self._phrases.make_card(name.strip()))

    def _contact_changed(self, contact: str) -> None:
        self.consent.setVisible(bool(contact.strip()))
        if not contact.strip():
            self.consent.setChecked(False)

    def _finish(self) -> None:
        contact = self.contact.text().strip()
        is_email = "@" in contact
        self.finished.emit(
            NewCustomer(
                name=self.name.text().strip() or None,
                email=contact if is_email else None,
                phone=contact if contact and not is_email else None,
                language=self.language.currentData(),
                consent=self.consent.isChecked(),
            )
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.asks_name and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif self.asks_name and event.key() == Qt.Key.Key_F3:
            self.finished.emit(NewCustomer())
        elif self.shows_code and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.code_page.have_it.click()
        elif self.takes_cards and event.key() == Qt.Key.Key_F6:
            self.on_phone.click()
        elif self.takes_cards and event.key() == Qt.Key.Key_F7 and self.again.isVisible():
            self.again.click()
        else:
            super().keyPressEvent(event)
