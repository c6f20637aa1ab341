"""The celebration of a reached reward, readable from two metres: its name, the full row, Orion."""

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from loyalty.refusals import Reason
from terminal.interface.views import CardView, RewardView
from ui.look.constellation import dust, paint_dust, paint_orion
from ui.look.motion import Motion
from ui.look.poster import WHOLE_MS, lines, lit, wrapped
from ui.look.stamp_painting import paint_stamps
from ui.look.theme import RADIUS_CARD, Theme, Type
from ui.phrases import card_work
from ui.phrases.phrases import Phrases
from ui.widgets.button_styles import GREAT_GOLD, NIGHT_SECOND
from ui.widgets.buttons import Button

DUST = 44


class Celebration(QWidget):
    """Replaces the card until the reward is taken or kept, or the stamp is undone."""

    taken = Signal(object)
    kept = Signal()
    undo_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._card: CardView | None = None
        self._reward: RewardView | None = None
        self._fresh = 0
        self._dust = dust(DUST)
        self.motion = Motion(theme, self, WHOLE_MS)
        self.take = Button(theme, GREAT_GOLD, icon="gift", cap="Ctrl R", parent=self)
        self.take.chosen.connect(self._taken)
        self.keep = Button(theme, NIGHT_SECOND, icon="star", cap="Esc", parent=self)
        self.keep.chosen.connect(self.kept)
        self.back = Button(theme, NIGHT_SECOND, icon="undo-2", cap="Ctrl U", parent=self)
        self.back.chosen.connect(self.undo_asked)
        phrases.always(self._say)

    def _say(self) -> None:
        self.keep.set_words(self._phrases.labels.keep_for_later)
        self._say_undo()
        self._place()

    def _say_undo(self) -> None:
        """Undo names the step it takes back."""
        self.back.set_words(card_work.undo_stamps(self._phrases, self._fresh))

    def renew(self, card: CardView) -> None:
        """The card as it is by now: what waited is confirmed, perhaps."""
        if self._card is not None and card.id == self._card.id:
            self._card = card
            self.update()

    def show_view(self, card: CardView, reward: RewardView, stamps: int) -> None:
        """Shows the reward; *stamps* were just given."""
        self._card, self._reward, self._fresh = card, reward, stamps
        self._say_undo()
        self.take.set_words(self._phrases.card.reward_button(reward, card.stamps))
        needs_manager = reward.refusal is not None and reward.refusal.reason is Reason.MANAGER_NEEDED
        self.take.set_icon("lock" if needs_manager else "gift")
        self.take.refuse(None if reward.refusal is None or needs_manager else reward.refusal.text)
        self.setAccessibleName(self._phrases.formats.titled(self._phrases.labels.reward_reached, reward.name))
        self.motion.start()
        self.update()

    def offer_undo(self, offered: bool) -> None:
        self.back.setVisible(offered)
        self._place()

    def _taken(self) -> None:
        if self._reward is not None:
            self.taken.emit(self._reward)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._place()

    def _place(self) -> None:
        px, width, height = self._theme.px, self.width(), self.height()
        pad, gap = px(36), px(12)
        second = height - px(28) - px(72)
        half = (width - 2 * pad - gap) // 2
        alone = self.back.isHidden()
        self.keep.setGeometry(pad, second, width - 2 * pad if alone else half, px(72))
        self.back.setGeometry(pad + half + gap, second, half, px(72))
        both = (self.keep, self.back)
        for button in both:
            button.want_cap(True)
        caps = alone or all(button.sizeHint().width() <= half for button in both)
        for button in both:
            button.want_cap(caps)
        self.take.setGeometry(pad, second - gap - px(96), width - 2 * pad, px(96))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        card, reward = self._card, self._reward
        if card is None or reward is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, px = self._theme, self._theme.px
        box = QRectF(self.rect())
        painter.setPen(theme.edge())
        painter.setBrush(theme.colour("night"))
        painter.drawRoundedRect(box, px(RADIUS_CARD), px(RADIUS_CARD))
        self._paint_sky(painter, box)
        left, top, words = px(36), px(36), self._phrases
        painter.setFont(theme.font(Type.SIDE))
        painter.setPen(theme.colour("on_night2"))
        painter.drawText(QPointF(left, top + px(22)), words.labels.reward_reached)
        painter.setFont(theme.font(Type.CELEBRATION))
        painter.setPen(theme.colour("gold"))
        name = QRectF(left, top + px(36), box.width() * 0.5 - left, px(190))
        self._paint_name(painter, name, reward.name)
        who = words.card.name(card)
        if card.stamps is not None:
            who = f"{who}, {words.card.stamps_so_far(card.stamps)}"
            row = QRectF(left, self.take.y() - px(110), box.width() - 2 * left, px(90))
            paint_stamps(painter, theme, row, card.stamps, self._fresh, grown=lambda index: lit(self.motion, index))
        painter.setFont(theme.font(Type.SIDE))
        painter.setPen(theme.colour("on_night"))
        painter.drawText(QPointF(left, top + px(258)), who)

    def _paint_name(self, painter: QPainter, box: QRectF, name: str) -> None:
        """Paints the name at 88 px on at most two lines, smaller if it would be cut."""
        font = painter.font()
        lines = wrapped(name, box.width(), QFontMetricsF(font))
        while font.pixelSize() > self._theme.px(36) and (
            len(lines) > 2 or any(QFontMetricsF(font).horizontalAdvance(line) > box.width() for line in lines)
        ):
            font.setPixelSize(font.pixelSize() - 4)
            lines = wrapped(name, box.width(), QFontMetricsF(font))
        painter.setFont(font)
        for index, line in enumerate(lines[:2]):
            painter.drawText(QPointF(box.x() - 2, box.y() + font.pixelSize() * (index + 0.9)), line)

    def _paint_sky(self, painter: QPainter, box: QRectF) -> None:
        px = self._theme.px
        paint_dust(painter, self._theme, box.adjusted(0, 0, 0, -px(230)), self._dust)
        side = min(px(330), box.width() * 0.42)
        paint_orion(
            painter, self._theme, QPointF(box.right() - side - px(8), box.y() + px(18)), side, lines(self.motion)
        )
