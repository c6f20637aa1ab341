"""The left panel: camera picture, buttons for other ways to a card, and a notice."""

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.look.screen_layout import shares
from ui.look.theme import Theme, Type
from ui.phrases.phrases import Phrases
from ui.screens.scan.camera_view import CameraView
from ui.screens.scan.notice_tile import Notice, NoticeTile
from ui.widgets.button_styles import QUIET, SIDE, SIDE_OVER, SIDE_SMALL, ButtonStyle
from ui.widgets.buttons import Button
from ui.widgets.text import Text

COLUMN_LEAST = 560  # height below which the buttons are arranged two by two


class ScanPanel(QObject):
    """The panel, large while no card is shown, a column beside a card. Its parts are children of the given page."""

    number_asked = Signal()
    find_asked = Signal()
    enrol_asked = Signal()
    return_asked = Signal()
    close_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, page: QWidget) -> None:
        super().__init__(page)
        self._theme, self._phrases = theme, phrases
        self.camera = CameraView(theme, phrases, page)
        self._caption = Text(theme, Type.CAP, parent=page)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._number = Button(theme, SIDE, icon="keyboard", cap="F1", parent=page)
        self._find = Button(theme, SIDE, icon="search", cap="F2", parent=page)
        self._enrol = Button(theme, SIDE, icon="user-plus", cap="F3", parent=page)
        self._return = Button(theme, SIDE, icon="receipt-text", cap="F4", parent=page)
        self._close = Button(theme, QUIET, icon="x", cap="Esc", parent=page)
        self._number.chosen.connect(self.number_asked)
        self._find.chosen.connect(self.find_asked)
        self._enrol.chosen.connect(self.enrol_asked)
        self._return.chosen.connect(self.return_asked)
        self._close.chosen.connect(self.close_asked)
        self._tile = NoticeTile(theme, page)
        self._notice: Notice | None = None
        self._wide = True
        self._ways = True
        self._close_words = phrases.labels.close_card
        self._side, self._actions = QRect(), QRect()
        self._tile.hide()
        phrases.always(self._place)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """The buttons: number, look-up, new card, return, close."""
        return self._number, self._find, self._enrol, self._return, self._close

    @property
    def _beside(self) -> tuple[Button, ...]:
        """The buttons beside a card; a number can still be typed with F1."""
        return self._find, self._enrol, self._return

    @property
    def notice(self) -> Notice | None:
        return self._notice

    def show_wide(self, headline: str, pill: str) -> None:
        """The large layout, for aiming."""
        self._wide, self._ways = True, True
        self.camera.set_wide(True, headline, pill)
        self._place()

    def show_side(self, caption: str, close: str, *, ways: bool = True) -> None:
        """The layout beside a card, a choice or a new card; without *ways*, only the close button is offered."""
        before, now = (self._wide, self._ways, self._close_words), (False, ways, close)
        self._wide, self._ways, self._close_words = now
        self.camera.set_wide(False)
        self._caption.setText(caption)
        if now != before:
            self._place()

    def show_notice(self, notice: Notice | None) -> None:
        if notice == self._notice:
            return
        self._notice = notice
        if notice is not None:
            self._tile.show_notice(notice)
        self._place()
        self._tell_camera()

    def set_places(self, side: QRect, actions: QRect | None) -> None:
        """Sets the places of picture and buttons; *actions* for a separate row."""
        if (side, actions or QRect()) != (self._side, self._actions):
            self._side, self._actions = side, actions or QRect()
            self._place()
            self._tell_camera()

    def _tell_camera(self) -> None:
        """No caption is painted under a notice."""
        shown = not self._tile.isHidden() and self._tile.geometry().intersects(self.camera.geometry())
        self.camera.cover_from(self._tile.y() - self.camera.y() if shown else None)

    def _place(self) -> None:
        for button in self.buttons[:4]:
            button.setVisible(self._wide or (self._ways and button is not self._number))
        self._close.setVisible(not self._wide)
        self._tile.setVisible(self._notice is not None)
        self._caption.hide()
        if self._wide:
            self._place_wide()
        elif not self._actions.isNull():
            self._place_row()
        elif self._side.height() < self._theme.px(COLUMN_LEAST):
            self._place_small()
        else:
            self._place_column()

    def _write(self, style: ButtonStyle, *, close: ButtonStyle, short: bool = False, caps: bool = True) -> None:
        """Sets the buttons' texts, full or *short*, with or without key caps."""
        words = self._phrases.labels
        full = (words.card_number, words.look_up, words.new_card, words.give_back)
        names = (words.number, words.look_up, words.new, words.give_back) if short else full
        for button, name, spoken in zip(self.buttons, names, full, strict=False):
            button.set_style(style)
            button.set_words(name, spoken=spoken)
        self._close.set_style(close)
        self._close.set_words(words.close if short and self._ways else self._close_words, spoken=self._close_words)
        for button in self.buttons:
            button.want_cap(caps)

    def _lay_row(self, buttons: tuple[Button, ...], row: QRect, style: ButtonStyle) -> None:
        """Lays out buttons in *row*, with texts as long as fit."""
        gap = self._theme.px(12)
        room = row.width() - (len(buttons) - 1) * gap
        widths = None
        for short, caps in ((False, True), (False, False), (True, False)):
            self._write(style, close=style, short=short, caps=caps)
            if (widths := shares([button.sizeHint().width() for button in buttons], room)) is not None:
                break
        x = row.x()
        for button, width in zip(buttons, widths or [room // len(buttons)] * len(buttons), strict=True):
            button.setFixedHeight(row.height())
            button.setGeometry(x, row.y(), width, row.height())
            x += width + gap

    def _place_wide(self) -> None:
        px, side = self._theme.px, self._side
        self.camera.setGeometry(side)
        edge, tall = px(16), px(72)
        low = side.bottom() + 1 - edge - tall
        self._lay_row(self.buttons[:4], QRect(side.x() + edge, low, side.width() - 2 * edge, tall), SIDE_OVER)
        for button in self.buttons[:4]:
            button.raise_()
        wide = min(px(620), side.width() - 2 * edge)
        tile = max(px(86), self._tile.heightForWidth(wide))
        self._tile.setGeometry(side.center().x() - wide // 2, low - px(14) - tile, wide, tile)
        self._tile.raise_()

    def _place_column(self) -> None:
        px, side = self._theme.px, self._side
        self._write(SIDE, close=QUIET)
        picture, tall, gap = side.width() * 3 // 4, px(64), px(12)
        self.camera.setGeometry(side.x(), side.y(), side.width(), picture)
        self._caption.show()
        self._caption.setGeometry(side.x(), side.y() + picture + px(11), side.width(), px(28))
        buttons = self._beside if self._ways else ()
        y, last = side.y() + picture + px(52), side.bottom() + 1 - tall
        needed = max(px(86), self._tile.heightForWidth(side.width()))
        room = last - gap - y - len(buttons) * (tall + gap)
        if self._notice is not None and needed > room:  # a notice has priority over the caption, then over the picture
            self._caption.hide()
            cut = max(0, needed - room - px(40))
            self.camera.setGeometry(side.x(), side.y(), side.width(), picture - cut)
            y, room = y - px(40) - cut, room + px(40) + cut
        for button in buttons:
            button.setFixedHeight(tall)
            button.setGeometry(side.x(), y, side.width(), tall)
            y += tall + gap
        self._close.setFixedHeight(tall)
        self._close.setGeometry(side.x(), last, side.width(), tall)
        self._tile.setGeometry(side.x(), y, side.width(), min(room, needed))

    def _place_small(self) -> None:
        """Four buttons two by two below the picture; a notice covers the picture, not the buttons."""
        px, side = self._theme.px, self._side
        self._write(SIDE_SMALL, close=SIDE_SMALL, short=True, caps=not self._ways)
        picture, gap = side.width() * 3 // 4, px(8)
        self.camera.setGeometry(side.x(), side.y(), side.width(), picture)
        each = (side.width() - gap) // 2
        for index, button in enumerate((*self._beside, self._close)):
            button.setFixedHeight(px(64))
            left = side.x() + (index % 2) * (each + gap)
            button.setGeometry(left, side.y() + picture + px(12) + (index // 2) * (px(64) + gap), each, px(64))
        if not self._ways:
            self._close.setGeometry(side.x(), self._close.y(), side.width(), px(64))
        self._lay_notice_on_picture()

    def _place_row(self) -> None:
        """On a tall window: the picture above, the four buttons in a row at the bottom."""
        self.camera.setGeometry(self._side)
        self._lay_row((*self._beside, self._close), self._actions, SIDE_OVER)
        self._lay_notice_on_picture()

    def _lay_notice_on_picture(self) -> None:
        picture = self.camera.geometry()
        needed = min(picture.height(), max(self._theme.px(86), self._tile.heightForWidth(picture.width())))
        self._tile.setGeometry(picture.x(), picture.bottom() + 1 - needed, picture.width(), needed)
        self._tile.raise_()
