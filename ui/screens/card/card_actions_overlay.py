"""What managers do to the card in front: correct it, switch it off or on, replace it, edit its customer."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from terminal.interface.views import CardView
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import BAR, MAIN_PRIMARY, MENU_ENTRY, SECOND
from ui.widgets.buttons import Button
from ui.widgets.fields import Field, Tick
from ui.widgets.options import Options
from ui.widgets.overlay import Overlay
from ui.widgets.text import Text

SIZE = (900, 690)
DIGITS_MAX = 9


class CardAction(Enum):
    """One thing that can be done to a card."""

    POINTS = "points"
    STAMPS = "stamps"
    EDIT = "edit"
    REPLACE = "replace"
    OFF = "off"
    ON = "on"


_ICONS = {
    CardAction.POINTS: "coins",
    CardAction.STAMPS: "coffee",
    CardAction.EDIT: "id-card",
    CardAction.REPLACE: "credit-card",
    CardAction.OFF: "ban",
    CardAction.ON: "circle-check",
}
_CORRECTS = (CardAction.POINTS, CardAction.STAMPS)


class FilledAction(Struct, frozen=True):
    """An action with what was typed for it. Texts that were left as they were are None."""

    action: CardAction
    count: int = 0
    code: str = ""
    reason: str = ""
    name: str | None = None
    note: str | None = None
    contact: str | None = None
    consent: bool = False


class CardActionsOverlay(Overlay):
    """A list of actions, then the form of the chosen one."""

    submitted = Signal(object)  # FilledAction

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget) -> None:
        super().__init__(theme, *SIZE, parent)
        self._phrases = phrases
        self._card: CardView | None = None
        self._action = CardAction.POINTS
        self._gives = True
        words = phrases.labels
        self._title = Text(theme, Type.TITLE)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._list_page(theme))
        self._pages.addWidget(self._form_page(theme))
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        self._refused.setMinimumHeight(theme.px(52))
        self._back = Button(theme, SECOND, cap="Esc")
        self._back.chosen.connect(self.leave)
        self.give = Button(theme, MAIN_PRIMARY, icon="shield-check")
        self.give.chosen.connect(self._submit)
        row = QHBoxLayout()
        row.setSpacing(theme.px(12))
        row.addWidget(self._back, 2)
        row.addWidget(self.give, 3)
        self.inside.addWidget(self._title)
        self.inside.addSpacing(theme.px(14))
        self.inside.addWidget(self._pages, 1)
        self.inside.addWidget(self._refused)
        self.inside.addLayout(row)
        phrases.always(lambda: self._back.set_words(words.back))

    def _list_page(self, theme: Theme) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        self.entries: dict[CardAction, Button] = {}
        for action in CardAction:
            entry = Button(theme, MENU_ENTRY, icon=_ICONS[action])
            entry.chosen.connect(partial(self.open_form, action))
            self.entries[action] = entry
            column.addWidget(entry)
        column.addStretch(1)
        return page

    def _form_page(self, theme: Theme) -> QWidget:
        words, say = self._phrases.labels, self._phrases
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(10))
        self.ways = Options(theme, 2)
        self.ways.chosen.connect(self._choose_way)
        say.always(lambda: self.ways.name(((True, words.add_to_card, ""), (False, words.take_from_card, ""))))
        self.count = self._field(theme, lambda: words.how_many, DIGITS_MAX)
        self.code = self._field(theme, lambda: words.blank_code, 254)
        self.name = self._field(theme, lambda: words.name, 80)
        self.note = self._field(theme, lambda: words.note, 120)
        self.contact = self._field(theme, lambda: words.new_contact, 254)
        self.consent = Tick(theme)
        say.always(lambda: self.consent.setText(words.consent))
        self.reason = self._field(theme, lambda: words.reason, 200)
        self._reasons = QWidget()
        row = QHBoxLayout(self._reasons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        for reason in (lambda: words.reason_mistake, lambda: words.reason_goodwill, lambda: words.reason_lost):
            row.addWidget(self._reason_button(theme, reason))
        row.addStretch(1)
        parts = (self.ways, self.count, self.code, self.name, self.note, self.contact, self.consent)
        for part in (*parts, self.reason, self._reasons):
            column.addWidget(part)
        column.addStretch(1)
        return page

    def _field(self, theme: Theme, name: Callable[[], str], chars_max: int) -> Field:
        field = Field(theme)
        field.setMaxLength(chars_max)
        self._phrases.always(lambda: field.setPlaceholderText(name()))
        self._phrases.always(lambda: field.setAccessibleName(name()))
        field.textChanged.connect(self._gate)
        field.returnPressed.connect(self._submit)
        return field

    def _reason_button(self, theme: Theme, reason: Callable[[], str]) -> Button:
        button = Button(theme, BAR)
        self._phrases.always(lambda: button.set_words(reason()))
        button.chosen.connect(lambda: self.reason.setText(reason()))
        return button

    # -- what is shown ------------------------------------------------------------------------------------------

    def show_card(self, card: CardView) -> None:
        """Opens with the actions that this card can have."""
        self._card = card
        words = self._phrases.labels
        named = {
            CardAction.POINTS: (words.correct_points, ""),
            CardAction.STAMPS: (words.correct_stamps, ""),
            CardAction.EDIT: (words.edit_customer, words.edit_customer_hint),
            CardAction.REPLACE: (words.replace_card, words.replace_card_hint),
            CardAction.OFF: (words.switch_off, words.switch_off_hint),
            CardAction.ON: (words.switch_on, ""),
        }
        there = {
            CardAction.POINTS: card.points is not None,
            CardAction.STAMPS: card.stamps is not None,
            CardAction.OFF: card.active,
            CardAction.ON: not card.active,
        }
        for action, entry in self.entries.items():
            entry.set_words(*named[action])
            entry.setVisible(there.get(action, True))
        self._title.setText(self._phrases.formats.titled(words.card_actions, self._phrases.card.name(card)))
        self._refused.setText("")
        self.give.hide()
        self._pages.setCurrentIndex(0)
        if not self.is_open:
            self.open()

    def open_form(self, action: CardAction) -> None:
        """What this action needs to be told."""
        card = self._card
        assert card is not None, "a card is shown first"
        self._action = action
        edits, corrects = action is CardAction.EDIT, action in _CORRECTS
        for part, is_needed in (
            (self.ways, corrects),
            (self.count, corrects),
            (self.code, action is CardAction.REPLACE),
            (self.name, edits),
            (self.note, edits),
            (self.contact, edits),
            (self.consent, edits),
            (self.reason, not edits),
            (self._reasons, not edits),
        ):
            part.setVisible(is_needed)
        for field in (self.count, self.code, self.contact, self.reason):
            field.clear()
        self.name.setText(card.name)
        self.note.setText(card.note)
        self.consent.setChecked(False)
        self._choose_way(True)
        self._title.setText(self.entries[action].text())
        self.give.set_words(self.entries[action].text())
        self.give.show()
        self._refused.setText("")
        self._pages.setCurrentIndex(1)
        self._gate()
        first = self.count if corrects else self.code if action is CardAction.REPLACE else self.name
        (first if first.isVisibleTo(self) else self.reason).setFocus()

    def refuse(self, words: str) -> None:
        self._refused.setText(words)

    @property
    def told(self) -> str:
        return self._refused.text()

    @property
    def takes_codes(self) -> bool:
        """True if a card that is shown now is the blank that replaces this one."""
        return self.is_open and self._pages.currentIndex() == 1 and self._action is CardAction.REPLACE

    def take_code(self, code: str) -> None:
        self.code.setText(code)

    # -- touches ------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """From a form to the list, from the list to the card."""
        if self._pages.currentIndex() == 1 and self._card is not None:
            self.show_card(self._card)
            self.setFocus()
        else:
            self.close_overlay()

    def _choose_way(self, gives: object) -> None:
        self._gives = bool(gives)
        self.ways.show_chosen(self._gives)

    def _gate(self) -> None:
        words = self._phrases.labels
        missing = None
        if self._action in _CORRECTS and not self._counted():
            missing = words.how_many
        elif self._action is CardAction.REPLACE and not self.code.text().strip():
            missing = words.hold_blank
        elif self._action is not CardAction.EDIT and not self.reason.text().strip():
            missing = words.reason
        elif self._action is CardAction.EDIT and self._filled() == FilledAction(CardAction.EDIT):
            missing = words.nothing_changed
        self.give.refuse(missing)

    def _counted(self) -> int:
        text = self.count.text().strip()
        return int(text) if text.isascii() and text.isdigit() else 0

    def _filled(self) -> FilledAction:
        card = self._card
        assert card is not None, "a card is shown first"
        if self._action is not CardAction.EDIT:
            count = self._counted() if self._gives else -self._counted()
            return FilledAction(self._action, count, self.code.text().strip(), self.reason.text().strip())
        name, note, contact = (field.text().strip() for field in (self.name, self.note, self.contact))
        return FilledAction(
            self._action,
            name=None if name == card.name else name,
            note=None if note == card.note else note,
            contact=contact or None,
            consent=self.consent.isChecked(),
        )

    def _submit(self) -> None:
        if self._pages.currentIndex() == 1 and self.give.why is None:
            self.submitted.emit(self._filled())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            event.accept()
        else:
            super().keyPressEvent(event)
