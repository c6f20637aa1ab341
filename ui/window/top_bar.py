"""The top bar: company and till, connection, person on shift, Lock, Menu."""

from collections.abc import Set

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from terminal.interface.views import StatusView
from ui.look.icons import paint_icon, paint_mark
from ui.look.theme import Theme, Type
from ui.phrases.connection import connection, connection_short
from ui.phrases.phrases import Phrases, first_name
from ui.widgets.button_styles import BAR
from ui.widgets.buttons import Button
from ui.widgets.text import Avatar, Text

# The order in which parts are omitted if there is too little room: the till's name, the buttons' texts, the colleague's
# name, the company's name.
LEFT_OUT = tuple(frozenset(("till", "words", "name", "company")[:count]) for count in range(5))


class Mark(QWidget):
    """The logo: Orion's belt."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFixedSize(theme.px(36), theme.px(36))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(painter, QRectF(self.rect()), self._theme.colour("night"), self._theme.colour("gold"))


class ConnectionPill(QLabel):
    """The connection as icon, text and tint, so that no meaning is by colour alone."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words, self._icon, self._ground, self._ink = "", "wifi", "ok_soft", "ok"
        self._short = ""
        style = f"background: {theme.colours.pill}; color: {theme.colours.on_pill}; padding: {theme.px(8)}px;"
        self.setStyleSheet(f"QToolTip {{ {style} }}")
        self.setFixedHeight(theme.px(40))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_connection(self, words: str, icon: str, ground: str, ink: str, *, short: str = "") -> None:
        """*short* is the text used if there is no room for *words*."""
        self._words, self._icon, self._ground, self._ink = words, icon, ground, ink
        self._short = short or words
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        width = QFontMetricsF(self._theme.font(Type.CAP)).horizontalAdvance(self._words)
        return QSize(round(width) + self._theme.px(58), self._theme.px(40))

    @property
    def _shown(self) -> str:
        return self._words if self.sizeHint().width() <= self.width() else self._short

    @property
    def is_cut(self) -> bool:
        width = QFontMetricsF(self._theme.font(Type.CAP)).horizontalAdvance(self._shown)
        return width > self.width() - self._theme.px(54) + 1

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(160), self._theme.px(40))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, ink = self._theme.px, self._theme.colour(self._ink)
        painter.setPen(self._theme.edge())
        painter.setBrush(self._theme.colour(self._ground))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        paint_icon(painter, self._icon, QPointF(px(21), box.center().y()), px(22), ink)
        font = self._theme.font(Type.CAP)
        painter.setFont(font)
        painter.setPen(ink)
        room = box.adjusted(px(40), 0, -px(14), 0)
        words = QFontMetricsF(font).elidedText(self._shown, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class TopBar(QWidget):
    """The top bar."""

    lock_asked = Signal()
    menu_asked = Signal()
    help_asked = Signal()
    pair_asked = Signal()

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        px, words = theme.px, phrases.labels
        self.setFixedHeight(px(64))
        self._company = Text(theme, Type.BUTTON_SMALL)
        self._terminal = Text(theme, Type.BODY, "ink2")
        self._pill = ConnectionPill(theme)
        self._avatar = Avatar(theme)
        self._name = Text(theme, Type.CAP)
        self._pair = Button(theme, BAR, icon="rotate-ccw")
        phrases.always(lambda: self._pair.set_words(words.pair_again_now))
        self._again = QWidget()  # a wrapper with margins that vanish with it
        again = QHBoxLayout(self._again)
        again.setContentsMargins(px(8), 0, px(8), 0)
        again.addWidget(self._pair)
        self._again.hide()
        self.lock = Button(theme, BAR, icon="lock")
        self._menu = Button(theme, BAR, icon="menu")
        self.help = Button(theme, BAR, icon="circle-help")
        phrases.always(lambda: self.help.set_words("", spoken=words.help))
        for button in (self._pair, self.lock, self.help, self._menu):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._pair.chosen.connect(self.pair_asked)
        self.lock.chosen.connect(self.lock_asked)
        self._menu.chosen.connect(self.menu_asked)
        self.help.chosen.connect(self.help_asked)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.setSpacing(0)
        row.addWidget(Mark(theme))
        row.addSpacing(px(10))
        row.addWidget(self._company)
        row.addSpacing(px(10))
        row.addWidget(self._terminal)
        row.addSpacing(px(14))
        row.addWidget(self._pill, 1)
        row.addStretch(0)
        row.addWidget(self._again)
        row.addWidget(self._avatar)
        row.addSpacing(px(10))
        row.addWidget(self._name)
        row.addSpacing(px(20))
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))  # none beside a hidden one
        for button in (self.lock, self.help, self._menu):
            buttons.addWidget(button)
        row.addLayout(buttons)
        phrases.always(self._shorten)
        self.show_nobody()
        self._company.setText(words.product)
        self._pill.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._shorten()

    def show_view(self, status: StatusView) -> None:
        words = self._phrases.labels
        self._company.setText(status.company or words.product)
        self._terminal.setText(status.terminal)
        self._pill.show()
        self._again.setVisible(status.pair_again)
        ground, ink, icon = "ok_soft", "ok", "wifi"
        if status.pair_again or status.rewards_stopped or status.too_old:
            ground, ink, icon = "bad_soft", "bad", "triangle-alert"
        elif not status.online:
            ground, ink, icon = ("warn_soft", "warn", "cloud-off") if status.warn else ("sunken", "ink", "cloud-off")
        text = words.practice_unsent if status.practice else connection(self._phrases, status)
        short = text if status.practice else connection_short(self._phrases, status)
        self._pill.show_connection(text, "graduation-cap" if status.practice else icon, ground, ink, short=short)
        if status.staff is None:
            self.show_nobody()
        else:
            self._avatar.show_name(status.staff.name)
            self._name.setText(first_name(status.staff.name))
            for widget in (self._avatar, self._name, self.lock):
                widget.show()
        self._shorten()

    def show_starting(self) -> None:
        """Shows the bar before connection and person are known."""
        self._pill.show()
        self._pill.show_connection(self._phrases.labels.starting, "hourglass", "sunken", "ink")
        self._shorten()

    def offer_menu(self, offered: bool) -> None:
        """Shows the menu button, on screens where serving or looking up happens."""
        self._menu.setVisible(offered)
        self._shorten()

    def show_nobody(self) -> None:
        for widget in (self._avatar, self._name, self.lock):
            widget.hide()

    @property
    def menu(self) -> Button:
        return self._menu

    @property
    def connection(self) -> str:
        return self._pill.accessibleName()

    def _shorten(self) -> None:
        """Omits parts that do not fit, but never the connection; screen readers still get all of them."""
        for left_out in LEFT_OUT:
            self._leave_out(left_out)
            self._row.invalidate()
            if self._row.sizeHint().width() <= self.width():
                return

    def _leave_out(self, what: Set[str]) -> None:
        words = self._phrases.labels
        self._terminal.setVisible("till" not in what)
        self._menu.set_words("" if "words" in what else words.menu, spoken=words.menu)
        self.lock.set_words("" if "words" in what else words.lock, spoken=words.lock)
        self._name.setVisible("name" not in what and not self._avatar.isHidden())
        self._company.setVisible("company" not in what)
