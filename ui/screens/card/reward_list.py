"""The rewards of the current card as buttons."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from loyalty.refusals import Reason
from terminal.interface.views import CardView, RewardView
from ui.look.theme import WIDEST, Theme, Type
from ui.phrases.phrases import Phrases
from ui.phrases.refusals import short
from ui.screens.card.reward_icons import reward_icon
from ui.widgets.button_styles import REWARD
from ui.widgets.buttons import Button
from ui.widgets.fields import Scroll
from ui.widgets.text import Text


class RewardList(QWidget):
    """The list of rewards; unavailable ones show what is missing."""

    chosen = Signal(object)
    refused = Signal(str)

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._rewards: tuple[RewardView, ...] = ()
        self._buttons: list[Button] = []
        title = Text(theme, Type.LABEL, "ink2")
        phrases.always(lambda: title.setText(phrases.labels.rewards))
        title.setContentsMargins(theme.px(4), 0, 0, 0)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(8))
        self._column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(7))
        column.addWidget(title)
        self._row = theme.px(REWARD.height + 8)
        self._scroll = Scroll(theme, self._inside, row=self._row)
        column.addWidget(self._scroll, 1)
        column.addStretch(0)

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def button_of(self, reward: str) -> Button | None:
        """The button of the reward with this id, or None."""
        there = zip(self._rewards, self._buttons, strict=True)
        return next((button for each, button in there if each.id == reward), None)

    def show_view(self, card: CardView) -> None:
        self._rewards = card.rewards
        while len(self._buttons) < len(card.rewards):
            button = Button(self._theme, REWARD, icon="gift")
            button.chosen.connect(partial(self._chosen, len(self._buttons)))
            button.refused.connect(self.refused)
            self._buttons.append(button)
            self._column.insertWidget(len(self._buttons) - 1, button)
        while len(self._buttons) > len(card.rewards):
            gone = self._buttons.pop()
            self._column.removeWidget(gone)
            gone.deleteLater()
        self._show_half()
        for button, reward in zip(self._buttons, card.rewards, strict=True):
            refusal = reward.refusal if card.known else None
            second = (
                self._phrases.card.reward_second(reward, card) if refusal is None else short(self._phrases, refusal)
            )
            button.set_words(self._phrases.card.reward_button(reward, card.stamps), second)
            manager = reward.refusal is not None and reward.refusal.reason is Reason.MANAGER_NEEDED
            button.set_icon(reward_icon(reward.name), "lock" if manager else "arrow-right")
            button.refuse(None if reward.refusal is None or manager else reward.refusal.text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._show_half()

    def _show_half(self) -> None:
        """Lets the next reward show in part if not all fit, to indicate that there are more."""
        room, needed = self.height() - self._scroll.y(), len(self._buttons) * self._row - self._theme.px(8)
        half = self._theme.px(REWARD.height) // 2
        whole = max(1, (room - half) // self._row)
        self._scroll.setMaximumHeight(WIDEST if needed <= room else whole * self._row + half)

    def _chosen(self, index: int) -> None:
        self.chosen.emit(self._rewards[index])
