"""Where the places of the main screen lie, by the size of the window. Numbers in, rectangles out; touches no widget."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRect

TOP = 64
MARGIN = 16
GAP = 16
SIDE, SIDE_SMALL = 280, 264
RECENT = 264
WIDE_FROM = 1280
SMALL_RECENT_HEIGHT = 0.34  # of the height, under the side at 1024
BAND_HEIGHT = 240


class Shape(Enum):
    """The three shapes of a counter's screen."""

    WIDE = "wide"
    SMALL = "small"
    PORTRAIT = "portrait"


@dataclass(frozen=True, slots=True)
class Places:
    """The rectangles of camera side, middle and recent; without a card the side takes the middle as well."""

    shape: Shape
    side: QRect
    middle: QRect
    recent: QRect


def shape_of(width: int, height: int) -> Shape:
    if height > width:
        return Shape.PORTRAIT
    return Shape.WIDE if width >= WIDE_FROM else Shape.SMALL


def places(width: int, height: int, *, aiming: bool, scale: float = 1.0) -> Places:
    """The places in a window of *width* x *height*. *aiming*: nobody is in front, the camera takes all there is."""

    def px(size: float) -> int:
        return round(size * scale)

    shape = shape_of(round(width / scale), round(height / scale))
    top, margin, gap = px(TOP), px(MARGIN), px(GAP)
    tall = height - top - margin
    if shape is Shape.PORTRAIT:
        return _portrait(width, height, aiming=aiming, px=px)
    if shape is Shape.SMALL:
        side = px(SIDE_SMALL)
        card = width - 2 * margin - gap - side
        if aiming:
            return Places(
                shape,
                QRect(margin, top, card, tall),
                QRect(),
                QRect(margin + card + gap, top, side, tall),
            )
        low = round(height * SMALL_RECENT_HEIGHT)
        return Places(
            shape,
            QRect(margin, top, side, tall - low - gap),
            QRect(margin + side + gap, top, card, tall),
            QRect(margin, top + tall - low, side, low),
        )
    recent = px(RECENT)
    right = QRect(width - margin - recent, top, recent, tall)
    if aiming:
        return Places(shape, QRect(margin, top, width - 2 * margin - gap - recent, tall), QRect(), right)
    side = px(SIDE)
    middle = QRect(margin + side + gap, top, width - 2 * margin - 2 * gap - side - recent, tall)
    return Places(shape, QRect(margin, top, side, tall), middle, right)


def _portrait(width: int, height: int, *, aiming: bool, px: Callable[[float], int]) -> Places:
    top, margin, gap, band = px(TOP), px(MARGIN), px(GAP), px(BAND_HEIGHT)
    wide = width - 2 * margin
    if aiming:
        low = px(BAND_HEIGHT)
        side = QRect(margin, top, wide, height - top - margin - gap - low)
        return Places(Shape.PORTRAIT, side, QRect(), QRect(margin, height - margin - low, wide, low))
    half = round(wide * 0.62)
    return Places(
        Shape.PORTRAIT,
        QRect(margin, top, half, band),
        QRect(margin, top + band + gap, wide, height - top - band - gap - margin),
        QRect(margin + half + gap, top, wide - half - gap, band),
    )
