"""The layout of the main screen by window size: numbers in, rectangles out."""

from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct
from PySide6.QtCore import QRect

TOP = 64
MARGIN = 16
GAP = 16
SIDE, SIDE_SMALL = 280, 264
RECENT = 264
WIDE_FROM = 1280
ACTIONS = 64
SMALL_GAP = 12
BAND_HEIGHT = 240
LEAST, LEAST_UPRIGHT = (1024, 690), (768, 1180)  # the smallest sizes with room for everything at 100 %


class Shape(Enum):
    """The three layouts of the screen."""

    WIDE = "wide"
    SMALL = "small"
    PORTRAIT = "portrait"


class Places(Struct, frozen=True):
    """The rectangles of camera side, middle and recent transactions; without a card, the side takes the middle too.

    `actions` is for the buttons that lead to a card, if they are not beside or over the camera picture.
    """

    shape: Shape
    side: QRect
    middle: QRect
    recent: QRect
    actions: QRect | None = None


def scale_on(system_scale: float, width: int, height: int) -> float:
    """The scale of the till on a screen of *width* x *height*: the system's scale, limited so that everything has
    room."""
    least = LEAST_UPRIGHT if height > width else LEAST
    return max(1.0, min(system_scale, width / least[0], height / least[1]))


def least_size(width: int, height: int, scale: float) -> tuple[int, int]:
    """The smallest window in which all has room, on a screen of this size; all of a screen that is smaller."""
    across, down = LEAST_UPRIGHT if height > width else LEAST
    return min(width, round(across * scale)), min(height, round(down * scale))


def shape_of(width: int, height: int) -> Shape:
    if height > width:
        return Shape.PORTRAIT
    return Shape.WIDE if width >= WIDE_FROM else Shape.SMALL


def places(width: int, height: int, *, aiming: bool, scale: float = 1.0) -> Places:
    """The layout of a window of *width* x *height*. *aiming*: no card is shown, so the camera takes all the room."""

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
        low = side * 3 // 4 + px(SMALL_GAP) + 2 * px(ACTIONS) + px(8)  # the picture and two rows of buttons
        under = top + low + px(SMALL_GAP)
        return Places(
            shape,
            QRect(margin, top, side, low),
            QRect(margin + side + gap, top, card, tall),
            QRect(margin, under, side, height - margin - under),
        )
    recent = px(RECENT)
    right = QRect(width - margin - recent, top, recent, tall)
    if aiming:
        return Places(shape, QRect(margin, top, width - 2 * margin - gap - recent, tall), QRect(), right)
    side = px(SIDE)
    middle = QRect(margin + side + gap, top, width - 2 * margin - 2 * gap - side - recent, tall)
    return Places(shape, QRect(margin, top, side, tall), middle, right)


def shares(needed: Sequence[int], room: int) -> list[int] | None:
    """The widths of buttons in a row: equal if that is enough for each, else what each needs plus a share of the rest;
    None if there is too little room."""
    count, spare = len(needed), room - sum(needed)
    if max(needed) * count <= room:
        return [room // count] * count
    return None if spare < 0 else [each + spare // count for each in needed]


def _portrait(width: int, height: int, *, aiming: bool, px: Callable[[float], int]) -> Places:
    top, margin, gap, band = px(TOP), px(MARGIN), px(GAP), px(BAND_HEIGHT)
    wide = width - 2 * margin
    if aiming:
        low = px(BAND_HEIGHT)
        side = QRect(margin, top, wide, height - top - margin - gap - low)
        return Places(Shape.PORTRAIT, side, QRect(), QRect(margin, height - margin - low, wide, low))
    picture = band * 4 // 3
    low = height - margin - px(ACTIONS)
    return Places(
        Shape.PORTRAIT,
        QRect(margin, top, picture, band),
        QRect(margin, top + band + gap, wide, low - gap - top - band - gap),
        QRect(margin + picture + gap, top, wide - picture - gap, band),
        QRect(margin, low, wide, px(ACTIONS)),
    )
