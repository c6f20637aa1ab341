"""Second step of a new card: whose it is. A name, a contact and a language if they like, or none of it."""

from collections.abc import Callable

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from terminal.interface.languages import LANGUAGES
from ui.look.theme import RADIUS_BUTTON, Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import MAIN_PRIMARY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import ChoiceList, Field, Tick
from ui.widgets.icon_label import IconLabel
from ui.widgets.key_presses import CONFIRM_CAP
from ui.widgets.text import Ground, Text


class NewCustomer(Struct, frozen=True):
    """What the cashier typed; all fields are optional."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    consent: bool = False


class NameStep(QWidget):
    """Who gets the card."""

    finished = Signal(object)  # NewCustomer

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._welcome_points = 0
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        words, px = phrases.labels, theme.px
        self._title = Text(theme, Type.TITLE)
        hint = Text(theme, Type.BODY, "ink2", wrap=True)
        phrases.always(lambda: hint.setText(words.ready_to_use))
        self.name = self._field(lambda: words.first_name)
        self.name.textChanged.connect(self._name_changed)
        self.contact = self._field(lambda: words.email_or_phone, lambda: words.only_if_wished)
        self.contact.textChanged.connect(self._contact_changed)
        self.language = ChoiceList(theme)
        phrases.always(lambda: self.language.setAccessibleName(words.language))
        self.language.addItem("", None)
        phrases.always(lambda: self.language.setItemText(0, words.language_open))
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.consent = Tick(theme)
        phrases.always(lambda: self.consent.setText(words.consent))
        phrases.always(lambda: self.consent.setAccessibleName(words.consent))
        self.without_name = without = Button(theme, SECOND, cap="F3")
        phrases.always(lambda: without.set_words(words.without_name))
        without.chosen.connect(self.finish_without_name)
        self.make = Button(theme, MAIN_PRIMARY, icon="user-plus", cap=CONFIRM_CAP)
        self.make.chosen.connect(self.finish)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(12))
        buttons.addWidget(without, 4)
        buttons.addWidget(self.make, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addWidget(hint)
        column.addSpacing(px(18))
        column.addLayout(self._fields())
        column.addWidget(self._refused)
        column.addStretch(1)
        column.addWidget(self._welcome_tile())
        column.addSpacing(px(14))
        column.addLayout(buttons)

    def _fields(self) -> QGridLayout:
        words, px = self._phrases.labels, self._theme.px
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(6))
        labels = (self._label(lambda: words.first_name), self._label(lambda: words.language))
        for index, (label, field) in enumerate(zip(labels, (self.name, self.language), strict=True)):
            grid.addWidget(label, 0, index)
            grid.addWidget(field, 1, index)
            grid.setColumnStretch(index, 1)
        grid.setRowMinimumHeight(2, px(10))
        grid.addWidget(self._label(lambda: words.email_or_phone), 3, 0, 1, 2)
        grid.addWidget(self.contact, 4, 0, 1, 2)
        grid.addWidget(self.consent, 5, 0, 1, 2)
        return grid

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

    def start(self, title: str) -> None:
        """Nothing is typed yet."""
        for field in (self.name, self.contact):
            field.clear()
        self.language.setCurrentIndex(0)
        self.consent.setChecked(False)
        self._refused.setText("")
        self._title.setText(title)
        self._name_changed("")
        self._contact_changed("")

    def promise(self, welcome_points: int) -> None:
        """What a new card begins with."""
        if welcome_points != self._welcome_points:
            self._welcome_points = welcome_points
            self._say_welcome()

    def refuse(self, words: str) -> None:
        self._refused.setText(words)

    @property
    def message(self) -> str:
        return self._refused.text()

    @property
    def welcome(self) -> str:
        """The welcome gift in words; empty if there is none."""
        return self._welcome_words.text()

    def finish(self) -> None:
        """The card is to be made, with what was typed."""
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

    def finish_without_name(self) -> None:
        """The card is to be made, whatever was typed."""
        self.finished.emit(NewCustomer())

    def _name_changed(self, name: str) -> None:
        self.make.set_words(self._phrases.make_card(name.strip()))

    def _contact_changed(self, contact: str) -> None:
        self.consent.setVisible(bool(contact.strip()))
        if not contact.strip():
            self.consent.setChecked(False)
