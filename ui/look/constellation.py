"""Painting of the night sky: the constellation Orion among faint stars, always the same."""

import random

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from ui.look.icons import star
from ui.look.theme import Theme

# Orion's stars as positions in a unit square with sizes, and its lines in drawing order.
ORION = (
    (0.50, 0.03, 10),
    (0.08, 0.23, 17),
    (0.79, 0.19, 10),
    (0.36, 0.56, 13),
    (0.455, 0.525, 14),
    (0.555, 0.485, 13),
    (0.88, 0.88, 18),
    (0.23, 0.97, 10),
)
LINES = ((0, 1), (0, 2), (1, 3), (3, 4), (4, 5), (2, 5), (3, 7), (5, 6), (6, 7))


def dust(count: int) -> tuple[tuple[float, float, float], ...]:
    """*count* faint stars: position in a unit square, and radius."""
    chance = random.Random(7)  # noqa: S311 - not a secret
    return tuple((chance.random(), chance.random(), chance.choice((1.0, 1.0, 1.6, 2.4))) for _ in range(count))


def paint_dust(painter: QPainter, theme: Theme, box: QRectF, stars: tuple[tuple[float, float, float], ...]) -> None:
    colour = theme.colour("on_night3")
    colour.setAlphaF(0.55)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for x, y, size in stars:
        painter.drawEllipse(QPointF(box.x() + x * box.width(), box.y() + y * box.height()), size, size)


def paint_orion(painter: QPainter, theme: Theme, origin: QPointF, side: float, drawn: float = 1.0) -> None:
    """Paints Orion in a square of this *side*; *drawn* is the drawn fraction of its lines."""
    scale = side / 330
    stars = [(QPointF(origin.x() + x * side, origin.y() + y * side), size * scale) for x, y, size in ORION]
    painter.setPen(QPen(theme.colour("night_line"), 1.4))
    whole = drawn * len(LINES)
    for index, (start, end) in enumerate(LINES):
        part = min(1.0, whole - index)
        if part <= 0:
            break
        begin = stars[start][0]
        painter.drawLine(begin, begin + (stars[end][0] - begin) * part)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("gold"))
    for centre, size in stars:
        painter.drawPath(star(centre, size))
