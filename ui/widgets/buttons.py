"""Painted buttons with icon, text, a second line and a key cap. An unusable button stays in place and gives a
reason."""

import re

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.look.busy_ring import Ring
from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_CAP, RADIUS_KEY, Theme, Type
from ui.widgets.button_styles import ButtonStyle


class Button(QAbstractButton):
    """A button that says what it does, or why it cannot."""

    chosen = Signal()
    refused = Signal(str)  # tapped while unusable; carries the reason

    def __init__(
        self, theme: Theme, style: ButtonStyle, *, icon: str = "", cap: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style = style
        self._icon = icon
        self._cap, self._cap_wanted = cap, True
        self._second = ""
        self._texts = ("", "", "")
        self._why: str | None = None
        self._end_icon = ""
        self._aside = ""
        self._ring = Ring(theme, self)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px(style.height))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._tapped)

    def set_words(self, words: str, second: str = "", *, spoken: str = "") -> None:
        """Sets the text; *spoken* replaces it for screen readers if its signs cannot be read aloud."""
        if (words, second, spoken) == self._texts:
            return  # most texts do not change between cards; saves layout and painting
        self._texts = (words, second, spoken)
        self.setText(words)
        self._second = second
        self.setAccessibleName(spoken or " ".join(part for part in (words.replace(" →", ","), second) if part))
        self.updateGeometry()
        self.update()

    def set_icon(self, icon: str, end: str = "") -> None:
        if (icon, end) != (self._icon, self._end_icon):
            self._icon, self._end_icon = icon, end
            self.update()

    def want_cap(self, visible: bool) -> None:
        """Allows or suppresses the key cap, so that in a row of buttons all or none have theirs."""
        if visible != self._cap_wanted:
            self._cap_wanted = visible
            self.update()

    def set_aside(self, aside: str) -> None:
        """Sets a short text at the right end, for countdowns."""
        if aside != self._aside:
            self._aside = aside
            self.update()

    def set_style(self, style: ButtonStyle) -> None:
        if style != self._style:
            self._style = style
            self.update()

    def refuse(self, why: str | None) -> None:
        """Makes the button unusable with a reason, which it gives when tapped; None makes it usable."""
        if why != self._why:
            self._why = why
            self.setAccessibleDescription(why or "")
            self.update()

    @property
    def why(self) -> str | None:
        return self._why

    def work(self, working: bool) -> None:
        """Shows a ring instead of the icon while its request is unanswered."""
        self._ring.run(working)

    @property
    def works(self) -> bool:
        """True while the ring is shown."""
        return self._ring.shown

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        if not event.spontaneous():
            self._ring.run(False)  # the next showing is a new request

    @property
    def cap(self) -> str:
        """The keyboard key shown on the button."""
        return self._cap

    @property
    def second(self) -> str:
        return self._second

    def sizeHint(self) -> QSize:  # noqa: N802
        style, px = self._style, self._theme.px
        width = QFontMetricsF(self._theme.font(style.type)).horizontalAdvance(self.text()) + 2 * px(style.pad)
        if self._icon:
            width += px(style.icon) + (px(style.gap) if self.text() else 0)
        if self._cap and self._cap_wanted:
            width += self._cap_width() + px(12)
        return QSize(round(width + 1), px(style.height))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Space alone taps: Enter, which some desktops take for it, is how scanners end."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _tapped(self) -> None:
        if self._why is None:
            self.chosen.emit()
        else:
            self.refused.emit(self._why)

    @property
    def is_cut(self) -> bool:
        """True if the label is truncated at this width."""
        style, px = self._style, self._theme.px
        width: float = self.width() - 2 * px(style.pad)
        if self._shows_icon:
            width -= px(44 if style.icon_well else style.icon) + px(style.gap)
        if self._wears_cap:
            width -= self._cap_width() + px(12)
        if self._end_icon and self._why is None:
            width -= px(40)
        if self._aside:
            width -= QFontMetricsF(self._theme.font(Type.CAP)).horizontalAdvance(self._aside) + px(6)
        metrics, small = QFontMetricsF(self._theme.font(style.type)), QFontMetricsF(self._theme.font(Type.BODY))
        first = metrics.horizontalAdvance(self.text()) > width + 1
        if style.top:
            first = QFontMetricsF(self._first_font(width)).horizontalAdvance(self.text()) > width + 1
            room = QRectF(0, 0, width, 1000)
            second_box = small.boundingRect(room, Qt.TextFlag.TextWordWrap, self._second)
            return first or second_box.height() > self.height() - px(66)
        if self._second:
            first = QFontMetricsF(self._first_font(width)).horizontalAdvance(self.text()) > width + 1
            return first or small.horizontalAdvance(self._second) > width + 1
        if not first:
            return False
        metrics = QFontMetricsF(self._theme.font(Type.BUTTON_SMALL if style.type is not Type.CAP else Type.CAP))
        lines = metrics.boundingRect(QRectF(0, 0, width, 1000), Qt.TextFlag.TextWordWrap, self._in_lines)
        return lines.height() > self.height() or lines.width() > width + 1

    @property
    def _in_lines(self) -> str:
        """The text for two lines, with numbers kept beside their units."""
        return _COUNTED.sub("\\1\\2\u00a0", self.text())

    # -- painting ---------------------------------------------------------------------------------------------

    def _cap_width(self) -> float:
        metrics = QFontMetricsF(self._theme.font(Type.CAP))
        return max(self._theme.px(34), metrics.horizontalAdvance(self._cap) + self._theme.px(16))

    @property
    def _wears_cap(self) -> bool:
        """True if there is room for the key cap, which is dropped before text is wrapped."""
        visible = self._cap and self._cap_wanted and self._why is None
        return bool(visible) and (self._style.top or self.sizeHint().width() <= self.width())

    @property
    def _shows_icon(self) -> bool:
        """True if there is room for the icon, which is dropped before text is cut."""
        style, px = self._style, self._theme.px
        if not self._icon or self._second or style.top or style.icon_well or not self.text():
            return bool(self._icon)
        room = self.width() - 2 * px(style.pad) - self._aside_width()
        words = QFontMetricsF(self._theme.font(style.type)).horizontalAdvance(self.text())
        return words <= room - px(style.icon) - px(style.gap) or words > room

    def _aside_width(self) -> float:
        if not self._aside:
            return 0.0
        return QFontMetricsF(self._theme.font(Type.CAP)).horizontalAdvance(self._aside) + self._theme.px(6)

    def _first_font(self, width: float) -> QFont:
        """The font of the first of two lines: reduced if needed, but not below 18 px."""
        font = self._theme.font(self._style.type)
        for size in (20, 18):
            if QFontMetricsF(font).horizontalAdvance(self.text()) > width:
                font.setPixelSize(min(font.pixelSize(), self._theme.px(size)))
        return font

    def _inks(self) -> tuple[QColor, QColor, QColor]:
        theme, style = self._theme, self._style
        if self._why is not None:
            return theme.colour("ink2"), theme.colour("ink2"), theme.colour("ink2")
        return theme.colour(style.ink), theme.colour(style.ink2), theme.colour(style.icon_ink or style.ink)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        px, style = self._theme.px, self._style
        ink, ink2, icon_ink = self._inks()
        left, right = float(px(style.pad)), float(self.width() - px(style.pad))
        if self._ring.shown and not self._shows_icon:
            self._ring.paint(painter, QPointF(right - px(12), self.height() / 2), px(24), ink)
            right -= px(36)
        elif self._wears_cap:
            self._paint_cap(painter, right, ink)
            right -= self._cap_width() + px(12)
        if self._end_icon and self._why is None:
            paint_icon(painter, self._end_icon, QPointF(right - px(14), self.height() / 2), px(24), ink)
            right -= px(40)
        if self._aside:
            painter.setFont(self._theme.font(Type.CAP))
            painter.setPen(ink2)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(left, 0, right - left, self.height()), align, self._aside)
            right -= QFontMetricsF(painter.font()).horizontalAdvance(self._aside) + px(6)
        words = self.text()
        if style.centred:
            width = QFontMetricsF(self._theme.font(style.type)).horizontalAdvance(words)
            whole = width + (px(style.icon) + (px(style.gap) if words else 0) if self._shows_icon else 0)
            left = max(left, (left + right - whole) / 2)
        if self._shows_icon:
            left = self._paint_icon(painter, left, icon_ink)
        self._paint_words(painter, QRectF(left, 0, max(0.0, right - left), self.height()), ink, ink2)

    def _paint_ground(self, painter: QPainter) -> None:
        theme, style = self._theme, self._style
        role = "disabled" if self._why is not None else style.ground
        box = QRectF(self.rect())
        if not role and not (self.underMouse() or self.isDown()):
            return
        radius = theme.px(style.radius)
        painter.setPen(Qt.PenStyle.NoPen)
        if style.shadow and self._why is None and theme.casts_shadows:
            shadow = theme.colour("ink")
            shadow.setAlphaF(0.10)
            painter.setBrush(shadow)
            painter.drawRoundedRect(box, radius, radius)
            box.adjust(0, 0, 0, -1)
        down = self.isDown() and self._why is None
        ground = theme.colour((style.held if down and style.held else role) or "sunken")
        painter.setBrush(ground)
        if self._why is None:
            painter.setPen(QPen(theme.colour(style.edge), theme.px(2)) if style.edge else theme.edge())
        if painter.pen().style() is not Qt.PenStyle.NoPen:
            box.adjust(1, 1, -1, -1)
        painter.drawRoundedRect(box, radius, radius)
        tint = 0.12 if down and not style.held else 0.06 if self.underMouse() and not down and role else 0.0
        if tint and self._why is None:
            over = theme.colour(style.ink)
            over.setAlphaF(tint)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(over)
            painter.drawRoundedRect(box, radius, radius)

    def _paint_cap(self, painter: QPainter, right: float, ink: QColor) -> None:
        theme, style = self._theme, self._style
        width, height = self._cap_width(), theme.px(34 if style.height > 48 else 28)
        y = theme.px(22) if style.top else (self.height() - height) / 2
        box = QRectF(right - width, y, width, height)
        if style.ground in ("surface", "", "key"):
            painter.setBrush(theme.colour("sunken"))
            pen = theme.colour("ink2")
        else:
            over = QColor(ink)
            over.setAlphaF(0.18)
            painter.setBrush(over)
            pen = ink
        painter.setPen(Qt.PenStyle.NoPen)
        radius = theme.px(RADIUS_CAP)
        painter.drawRoundedRect(box, radius, radius)
        painter.setFont(theme.font(Type.CAP))
        painter.setPen(pen)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._cap)

    def _paint_icon(self, painter: QPainter, left: float, ink: QColor) -> float:
        px, style = self._theme.px, self._style
        if style.icon_well:
            box = QRectF(left, (self.height() - px(44)) / 2, px(44), px(44))
            if self._why is None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._theme.colour(style.icon_well))
                painter.drawRoundedRect(box, px(RADIUS_KEY), px(RADIUS_KEY))
            self._paint_sign(painter, box.center(), ink)
            return left + px(44) + px(style.gap)
        y = px(24) + px(style.icon) / 2 if style.top else self.height() / 2
        self._paint_sign(painter, QPointF(left + px(style.icon) / 2, y), ink)
        return left + px(style.icon) + px(style.gap)

    def _paint_sign(self, painter: QPainter, centre: QPointF, ink: QColor) -> None:
        size = self._theme.px(self._style.icon)
        if self._ring.shown:
            self._ring.paint(painter, centre, size, ink)
        else:
            paint_icon(painter, self._icon, centre, size, ink)

    def _paint_words(self, painter: QPainter, box: QRectF, ink: QColor, ink2: QColor) -> None:
        theme, style = self._theme, self._style
        font = theme.font(style.type)
        metrics = QFontMetricsF(font)
        vertical = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(ink)
        if style.top:
            font = self._first_font(box.width())
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            first = QRectF(box.x(), theme.px(20), box.width(), theme.px(34))
            painter.drawText(
                first, Qt.AlignmentFlag.AlignLeft | vertical, metrics.elidedText(self.text(), _RIGHT, first.width())
            )
            painter.setFont(theme.font(Type.BODY))
            painter.setPen(ink2)
            rest = QRectF(box.x(), theme.px(58), self.width() - box.x() - theme.px(24), box.height() - theme.px(66))
            painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self._second)
        elif self._second:
            font = self._first_font(box.width())
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            middle = box.height() / 2
            first = QRectF(box.x(), middle - theme.px(25), box.width(), theme.px(26))
            second = QRectF(box.x(), middle, box.width(), theme.px(26))
            painter.drawText(
                first, Qt.AlignmentFlag.AlignLeft | vertical, metrics.elidedText(self.text(), _RIGHT, box.width())
            )
            painter.setFont(theme.font(Type.BODY))
            painter.setPen(ink2)
            small = QFontMetricsF(painter.font())
            painter.drawText(
                second, Qt.AlignmentFlag.AlignLeft | vertical, small.elidedText(self._second, _RIGHT, box.width())
            )
        else:
            if metrics.horizontalAdvance(self.text()) > box.width():  # two lines at 20 px before text is cut
                font = theme.font(Type.BUTTON_SMALL if style.type is not Type.CAP else Type.CAP)
            painter.setFont(font)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | vertical | Qt.TextFlag.TextWordWrap, self._in_lines)


_COUNTED = re.compile(r"(\d) (?=\S{1,3}(?:[ :,.]|$))|([+\u2212][\d.,\u00a0\u202f]+) (?=\w)")
_RIGHT = Qt.TextElideMode.ElideRight
