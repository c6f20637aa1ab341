"""Notices beside the camera."""

from enum import Enum

from msgspec import Struct
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.look.theme import RADIUS_BUTTON, Theme, Type
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Ground, Text


class Tone(Enum):
    """The tone of a notice: its ground, ink and icon."""

    CALM = ("surface", "ink", "shield-check")
    DONE = ("ok_soft", "ok", "check")
    NO = ("bad_soft", "bad", "ban")
    SOON = ("warn_soft", "warn", "triangle-alert")


class Notice(Struct, frozen=True):
    """A notice with a title and a sentence."""

    tone: Tone
    title: str
    text: str


class NoticeTile(Ground):
    """The tile that shows a notice."""

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
