"""The camera picture with a guide and a caption."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.look.icons import paint_icon
from ui.look.theme import RADIUS_PANEL, Theme, Type
from ui.phrases.phrases import Phrases

SEEN_MS = 300  # how long the guide is green after a code was seen
BAND = 104


class CameraView(QWidget):
    """The picture, large while no card is shown and small beside a card."""

    def __init__(self, theme: Theme, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._phrases = theme, phrases
        self._picture: QImage | None = None
        self._two_cards = False
        self._broken = ""
        self._hint = ""
        self._covered: int | None = None
        self._wide = True
        self._mirrored = False
        self._words = phrases.labels.looking
        self._headline = phrases.labels.show_code
        self._seen = QTimer(self, singleShot=True, interval=SEEN_MS)
        self._seen.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        phrases.always(lambda: self.setAccessibleName(phrases.labels.camera_picture))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._theme.px(280), self._theme.px(210))

    def set_wide(self, wide: bool, headline: str = "", words: str = "") -> None:
        if (wide, headline, words) != (self._wide, self._headline, self._words):
            self._wide, self._headline, self._words = wide, headline, words
            self.update()

    def show_picture(self, picture: QImage, *, two_cards: bool = False) -> None:
        self._picture, self._two_cards = picture, two_cards
        if self._broken:
            self._broken = ""
            self.setAccessibleDescription("")
        self.update()

    def mirror(self, mirrored: bool) -> None:
        """Mirrors the displayed picture; decoding is not affected."""
        self._mirrored = mirrored
        self.update()

    def cover_from(self, y: int | None) -> None:
        """Something lies over the picture from there down; None: nothing does."""
        if y != self._covered:
            self._covered = y
            self.update()

    def show_hint(self, words: str) -> None:
        """Shows an aiming hint instead of the caption, or the caption if empty."""
        if words != self._hint:
            self._hint = words
            self.update()

    @property
    def hint(self) -> str:
        return self._hint

    def show_broken(self, words: str) -> None:
        """Shows a sentence instead of the picture, as there is no camera."""
        self._broken = words
        self._picture = None
        self.setAccessibleDescription(words)
        self.update()

    @property
    def broken(self) -> str:
        return self._broken

    @property
    def has_seen(self) -> bool:
        """True while the guide is green."""
        return self._seen.isActive()

    def mark_seen(self) -> None:
        self._seen.start()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, px = self._theme, self._theme.px
        box = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(box, px(RADIUS_PANEL), px(RADIUS_PANEL))
        painter.setClipPath(path)
        painter.fillRect(box, theme.colour("camera"))
        band = px(BAND) if self._wide and self._headline else 0
        view = box.adjusted(0, band, 0, 0)
        if self._picture is not None:
            self._paint_picture(painter, box, self._picture)
        if band:
            self._paint_band(painter, QRectF(box.x(), box.y(), box.width(), band))
        if self._broken:
            self._paint_broken(painter, view)
            return
        side = min(px(306), view.height() * 0.52) if self._wide else view.height() * 0.68
        middle = QPointF(view.center().x(), view.center().y() - (px(87) if band else 0))
        guide = QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
        self._paint_guide(painter, guide)
        if self._two_cards or self._hint or (self._wide and self._words):
            low = guide.bottom() + px(51) if self._wide else view.bottom() - px(32)
            if self._covered is None or low + px(24) <= self._covered:
                self._paint_pill(painter, QPointF(middle.x(), low))

    def _paint_picture(self, painter: QPainter, box: QRectF, picture: QImage) -> None:
        scale = max(box.width() / picture.width(), box.height() / picture.height())
        source = QRectF(0, 0, box.width() / scale, box.height() / scale)
        source.moveCenter(QRectF(picture.rect()).center())
        painter.save()
        if self._mirrored:
            painter.translate(box.left() + box.right(), 0)
            painter.scale(-1, 1)
        painter.drawImage(box, picture, source)
        painter.restore()

    def _paint_band(self, painter: QPainter, band: QRectF) -> None:
        painter.fillRect(band, self._theme.colour("night"))
        painter.setFont(self._theme.font(Type.BAND))
        painter.setPen(self._theme.colour("on_night"))
        painter.drawText(band, Qt.AlignmentFlag.AlignCenter, self._headline)

    def _paint_guide(self, painter: QPainter, box: QRectF) -> None:
        px = self._theme.px
        role = "seen" if self._seen.isActive() else "gold"
        pen = QPen(self._theme.colour(role), px(7 if self._wide else 4))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        arm, bend = box.width() * 0.21, box.width() * 0.07
        for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
            corner = QPointF(box.left() if sx > 0 else box.right(), box.top() if sy > 0 else box.bottom())
            path = QPainterPath(corner + QPointF(0, sy * arm))
            path.lineTo(corner + QPointF(0, sy * bend))
            path.quadTo(corner, corner + QPointF(sx * bend, 0))
            path.lineTo(corner + QPointF(sx * arm, 0))
            painter.drawPath(path)

    def _paint_pill(self, painter: QPainter, centre: QPointF) -> None:
        theme, px = self._theme, self._theme.px
        seen = self._seen.isActive()
        labels = self._phrases.labels
        words = labels.one_card if self._two_cards else labels.code_seen if seen else self._hint or self._words
        font = theme.font(Type.CAP)
        metrics = QFontMetricsF(font)
        room = self.width() - px(12)  # little room beside a card
        shows_icon = metrics.horizontalAdvance(words) + px(78) <= room
        aside = px(78 if shows_icon else 32)
        width = min(metrics.horizontalAdvance(words) + aside, room)
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, width - aside)
        pill = QRectF(centre.x() - width / 2, centre.y() - px(24), width, px(48))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("pill"))
        painter.drawRoundedRect(pill, px(24), px(24))
        ink = theme.colour("seen" if seen else "on_pill")
        if shows_icon:
            paint_icon(painter, "check" if seen else "scan-line", pill.topLeft() + QPointF(px(34), px(24)), px(24), ink)
        painter.setFont(font)
        painter.setPen(theme.colour("on_pill") if shows_icon else ink)
        left = px(56 if shows_icon else 16)
        painter.drawText(pill.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_broken(self, painter: QPainter, box: QRectF) -> None:
        theme, px = self._theme, self._theme.px
        icon = px(56 if self._wide else 36)
        paint_icon(
            painter, "camera-off", box.center() - QPointF(0, px(80 if self._wide else 50)), icon, theme.colour("gold")
        )
        painter.setFont(theme.font(Type.BUTTON if self._wide else Type.BODY))
        painter.setPen(theme.colour("on_pill"))
        words = self._broken if self._wide else self._phrases.labels.no_camera
        room = min(box.width() - px(32), px(620))
        place = QRectF(box.center().x() - room / 2, box.center().y() - px(30), room, px(140))
        align = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(place, align, words)
