"""The left place: the camera picture, the ways to a card without it, and a notice in words. It decodes nothing."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.buttons import QUIET, SIDE, Button
from ui.camera_view import CameraView
from ui.icon_label import IconLabel
from ui.phrases import Phrases
from ui.text import Ground, Text
from ui.theme import RADIUS_BUTTON, Theme, Type


class Tone(Enum):
    """How a notice speaks: its ground, its ink and its icon."""

    CALM = ("surface", "ink", "shield-check")
    DONE = ("ok_soft", "ok", "check")
    NO = ("bad_soft", "bad", "ban")
    SOON = ("warn_soft", "warn", "triangle-alert")


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a sentence beside the camera."""

    tone: Tone
    title: str
    text: str


class NoticeTile(Ground):
    """What the cashier should know now, in one sentence."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, radius=RADIUS_BUTTON, parent=parent)
        px = theme.px
        self._icon = IconLabel(theme, "shield-check", 24)
        self._title = Text(theme, Type.LABEL)
        self._text = Text(theme, Type.BODY, "ink2", wrap=True)
        head = QHBoxLayout()
        head.setSpacing(px(10))
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(18), px(14), px(18), px(14))
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addWidget(self._text)

    def show_notice(self, notice: Notice) -> None:
        ground, ink, icon = notice.tone.value
        self.set_role(ground)
        self._icon.show_icon(icon, ink)
        self._title.setText(notice.title)
        self._title.set_role(ink)
        self._text.setText(notice.text)
        self._text.set_role("ink2" if notice.tone is Tone.CALM else "ink")
        self.setAccessibleName(f"{notice.title}. {notice.text}")


class ScanPanel(QWidget):
    """Large while nobody is in front; a column beside a card."""

    number_asked = Signal()
    find_asked = Signal()
    enrol_asked = Signal()
    close_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        words = phrases.labels
        self.camera = CameraView(theme, phrases, self)
        self._caption = Text(theme, Type.CAP, parent=self)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._number = Button(theme, SIDE, icon="keyboard", cap="F1", parent=self)
        self._number.set_words(words.card_number)
        self._find = Button(theme, SIDE, icon="search", cap="F2", parent=self)
        self._find.set_words(words.look_up)
        self._enrol = Button(theme, SIDE, icon="user-plus", cap="F3", parent=self)
        self._enrol.set_words(words.new_card)
        self._close = Button(theme, QUIET, icon="x", cap="Esc", parent=self)
        self._number.chosen.connect(self.number_asked)
        self._find.chosen.connect(self.find_asked)
        self._enrol.chosen.connect(self.enrol_asked)
        self._close.chosen.connect(self.close_asked)
        self._tile = NoticeTile(theme, self)
        self._notice: Notice | None = None
        self._wide = True
        self._ways = True
        self._tile.hide()

    def show_wide(self, headline: str, pill: str) -> None:
        """Aiming is the only task."""
        self._wide, self._ways = True, True
        self.camera.set_wide(True, headline, pill)
        self._place()

    def show_side(self, caption: str, close: str, *, ways: bool = True) -> None:
        """Beside a card, a choice or a new card; without *ways* only the way back is offered."""
        self._wide, self._ways = False, ways
        self.camera.set_wide(False)
        self._caption.setText(caption)
        self._close.set_words(close)
        self._place()

    def show_notice(self, notice: Notice | None) -> None:
        self._notice = notice
        if notice is not None:
            self._tile.show_notice(notice)
        self._place()

    @property
    def notice(self) -> Notice | None:
        return self._notice

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._place()

    def _place(self) -> None:
        ways = (self._number, self._find, self._enrol)
        for button in ways:
            button.setVisible(self._wide or self._ways)
        self._caption.setVisible(not self._wide and self.width() > self.height() * 0.3)
        self._close.setVisible(not self._wide)
        self._tile.setVisible(self._notice is not None)
        if self._wide:
            self._place_wide()
        elif self.width() > self.height():
            self._place_band()
        else:
            self._place_column()

    def _place_wide(self) -> None:
        px = self._theme.px
        width, height = self.width(), self.height()
        self.camera.setGeometry(0, 0, width, height)
        gap, edge, tall = px(12), px(16), px(72)
        each = (width - 2 * edge - 2 * gap) // 3
        for index, button in enumerate((self._number, self._find, self._enrol)):
            button.setFixedHeight(tall)
            button.setGeometry(edge + index * (each + gap), height - edge - tall, each, tall)
            button.raise_()
        wide = min(px(620), width - 2 * edge)
        tile = max(px(86), self._tile.heightForWidth(wide))
        self._tile.setGeometry((width - wide) // 2, height - edge - tall - px(14) - tile, wide, tile)
        self._tile.raise_()

    def _place_column(self) -> None:
        px = self._theme.px
        width, height = self.width(), self.height()
        picture = width * 3 // 4
        self.camera.setGeometry(0, 0, width, picture)
        self._caption.setGeometry(QRect(0, picture + px(12), width, px(28)))
        y, tall = picture + px(52), px(64)
        if self._ways:
            for button in (self._number, self._find, self._enrol):
                button.setFixedHeight(tall)
                button.setGeometry(0, y, width, tall)
                y += tall + px(12)
        self._close.setGeometry(0, height - tall, width, tall)
        room = height - tall - px(12) - y
        self._tile.setGeometry(0, y, width, min(room, max(px(86), self._tile.heightForWidth(width))))

    def _place_band(self) -> None:
        """Portrait: the picture at the left, the rest beside it; the notice takes the buttons' place below."""
        px = self._theme.px
        picture = self.height() * 4 // 3
        self.camera.setGeometry(0, 0, picture, self.height())
        left = picture + px(12)
        self._caption.hide()
        tall = (self.height() - 3 * px(8)) // 4
        for index, button in enumerate((self._number, self._find, self._enrol, self._close)):
            button.setFixedHeight(tall)
            button.setGeometry(left, index * (tall + px(8)), self.width() - left, tall)
        self._tile.setGeometry(0, self.height() - px(110), picture, px(110))
        self._tile.raise_()
