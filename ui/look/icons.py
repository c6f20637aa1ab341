"""Painting of the bundled icons in a role's colour."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources

KEPT_MAX = 256  # pixmaps; all screens in both themes need under a hundred


@lru_cache(maxsize=KEPT_MAX)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    svg = resources.path(f"icons/{name}.svg").read_text("utf-8")
    svg = svg.replace("currentColor", colour)
    pixels = max(1, round(size * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def paint_icon(painter: QPainter, name: str, centre: QPointF, size: int, colour: QColor) -> None:
    """Paints the icon *name*, *size* logical pixels wide, around *centre*."""
    ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
    ratio *= max(1.0, painter.worldTransform().m11())  # sharp in enlarged pictures too
    pixmap = _pixmap(name, colour.name(), size, ratio)
    painter.drawPixmap(QPointF(round(centre.x() - size / 2), round(centre.y() - size / 2)), pixmap)


def star(centre: QPointF, radius: float) -> QPainterPath:
    """A four-pointed star, as in the logo and the celebration."""
    x, y = centre.x(), centre.y()
    path = QPainterPath(QPointF(x, y - radius))
    for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        tip = QPointF(x + dx * radius, y + dy * radius)
        start = path.currentPosition()
        waist = QPointF(x + (start.x() - x + tip.x() - x) * 0.16, y + (start.y() - y + tip.y() - y) * 0.16)
        path.quadTo(waist, tip)
    path.closeSubpath()
    return path


def paint_mark(painter: QPainter, box: QRectF, ground: QColor, gold: QColor) -> None:
    """Paints the logo: the three stars of Orion's belt on night blue."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, box.width() * 0.28, box.width() * 0.28)
    painter.setBrush(gold)
    for dx, dy in ((0.26, 0.70), (0.50, 0.50), (0.74, 0.30)):
        centre = QPointF(box.x() + dx * box.width(), box.y() + dy * box.height())
        painter.drawPath(star(centre, box.width() * 0.18))
