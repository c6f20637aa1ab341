"""One case: what it is about, what happened on its card, and the choices."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from terminal.interface.views import CaseView, ChoiceView
from ui.look.theme import Theme, Type
from ui.phrases.cases import CasePhrases
from ui.phrases.phrases import Phrases
from ui.widgets.back_page import BackPage
from ui.widgets.button_styles import CASE_CHOICE, CASE_CHOICE_CHOSEN, MAIN_PRIMARY
from ui.widgets.buttons import Button
from ui.widgets.fields import Field, Scroll
from ui.widgets.key_presses import CONFIRM_CAP, digit, is_confirmed
from ui.widgets.text import Text

CHOICES_MAX = 4
_DIGITS_MAX = 7


class CasePage(BackPage):
    """A case, with its choices beside it, or below it on a tall window. One is chosen first, then decided."""

    decide_asked = Signal(object, str, object)  # the case, the choice, points or None

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(theme, phrases, parent)
        self._theme, self._words, self._say = theme, phrases.labels, CasePhrases(phrases)
        self._case: CaseView | None = None
        self._chosen = ""
        px = theme.px
        self._sentence = Text(theme, Type.LEAD, wrap=True)
        self._question = Text(theme, Type.BUTTON_SMALL, wrap=True)
        self._where = Text(theme, Type.BODY, "ink2", wrap=True)
        self._state = Text(theme, Type.LABEL, "ink2", wrap=True)
        self._past = Text(theme, Type.LABEL)
        self._story = Text(theme, Type.BODY, "ink2", wrap=True)
        told = QWidget()
        left = QVBoxLayout(told)
        left.setContentsMargins(0, 0, px(8), 0)
        left.setSpacing(px(10))
        for text in (self._sentence, self._question, self._where, self._state, self._past, self._story):
            left.addWidget(text)
        left.addStretch(1)
        self._choices = QWidget()
        right = QVBoxLayout(self._choices)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(px(10))
        self._buttons = [Button(theme, CASE_CHOICE, icon="circle", cap=str(index + 1)) for index in range(CHOICES_MAX)]
        for index, button in enumerate(self._buttons):
            button.setCheckable(True)
            button.chosen.connect(partial(self._choose, index))
            button.refused.connect(self._refuse_choice)
            right.addWidget(button)
        self.points = Field(theme, Type.BUTTON)
        self.points.wants_digits = True
        self.points.setMaxLength(_DIGITS_MAX)
        self.points.textChanged.connect(self._draw)
        phrases.always(lambda: self.points.setAccessibleName(phrases.labels.how_many_points))
        phrases.always(lambda: self.points.setPlaceholderText(phrases.labels.how_many_points))
        right.addWidget(self.points)
        right.addStretch(1)
        self._refused = Text(theme, Type.LABEL, "bad", wrap=True)
        right.addWidget(self._refused)
        self.decide = Button(theme, MAIN_PRIMARY, icon="shield-check", cap=CONFIRM_CAP)
        self.decide.chosen.connect(self._ask)
        self.decide.refused.connect(self.tell)
        right.addWidget(self.decide)
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(px(16))
        self._beside.addWidget(Scroll(theme, told), 1)
        self._beside.addWidget(self._choices, 1)
        self.body.addLayout(self._beside, 1)

    @property
    def case(self) -> CaseView | None:
        return self._case

    @property
    def choices(self) -> tuple[Button, ...]:
        """The buttons of the choices shown."""
        count = 0 if self._case is None else len(self._case.choices)
        return tuple(self._buttons[:count])

    @property
    def texts(self) -> tuple[str, ...]:
        """What the page says beside its choices."""
        told = (self._sentence, self._question, self._where, self._state, self._past, self._story, self._refused)
        return tuple(text.text() for text in told if text.text() and not text.isHidden())

    def show_case(self, case: CaseView, currency: str) -> None:
        """Shows the case; what was chosen before stays chosen while it is possible."""
        if self._case is None or self._case.id != case.id:
            self.points.clear()
            self._chosen = ""
        self._case = case
        say = self._say
        self.set_title(say.title(case))
        self._sentence.setText(say.sentence(case))
        self._question.setText(say.question(case, currency))
        self._where.setText(" · ".join((say.number(case), say.where(case))))
        self._state.setText(say.state(case) if case.choices else say.only_in_office(case))
        self._past.setText(self._words.case_history)
        self._story.setText("\n".join(say.story(case, currency)) or self._words.case_no_history)
        for text in (self._question, self._state):
            text.setVisible(bool(text.text()))
        for text in (self._past, self._story):
            text.setVisible(case.card_id is not None)
        self._choices.setVisible(bool(case.choices))
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(case.choices))
            if index < len(case.choices):
                self._name(button, case.choices[index])
        self.tell("")
        self._draw()

    def tell(self, words: str) -> None:
        """Says why something was refused."""
        self._refused.setText(words)
        self._refused.setVisible(bool(words))

    def _name(self, button: Button, choice: ChoiceView) -> None:
        why = None if choice.refusal is None else choice.refusal.text
        button.set_words(self._say.choice(choice), why or self._say.effect(choice))
        button.refuse(why)

    @property
    def _choice(self) -> ChoiceView | None:
        given = () if self._case is None else self._case.choices
        return next((one for one in given if one.choice == self._chosen and one.refusal is None), None)

    def _choose(self, index: int) -> None:
        if self._case is not None:
            self._chosen = self._case.choices[index].choice
            self.tell("")
            self._draw()
            if (choice := self._choice) is not None and choice.asks_amount:
                self.points.setFocus()

    def _refuse_choice(self, why: str) -> None:
        self._draw()
        self.tell(why)

    def _draw(self) -> None:
        """Marks the choice, and says on the button what would be decided."""
        choice = self._choice
        given = () if self._case is None else self._case.choices
        for button, one in zip(self._buttons, given, strict=False):
            chosen = one is choice
            button.setChecked(chosen)
            button.set_style(CASE_CHOICE_CHOSEN if chosen else CASE_CHOICE)
            button.set_icon("circle-check" if chosen else "circle")
        asks = choice is not None and choice.asks_amount
        self.points.setVisible(asks)
        self.decide.set_words(self._say.decide(choice))
        why = None if choice is not None else self._words.choose_first
        self.decide.refuse(self._words.how_many_points if asks and not self._amount else why)

    @property
    def _amount(self) -> int | None:
        text = self.points.text().strip()
        return int(text) if text.isascii() and text.isdigit() and int(text) else None

    def _ask(self) -> None:
        choice = self._choice
        if self._case is not None and choice is not None:
            self.decide_asked.emit(self._case, choice.choice, self._amount if choice.asks_amount else None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        upright = self.height() > self.width()
        self._beside.setDirection(QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if is_confirmed(event):
            self.decide.click()
        elif (figure := digit(event)) and 0 < int(figure) <= len(self.choices):
            self.choices[int(figure) - 1].click()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            pass  # a scanner's end of a code decides nothing
        else:
            super().keyPressEvent(event)
            return
        event.accept()
