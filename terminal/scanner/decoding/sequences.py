"""Detection of QR codes that are one of several linked codes (structured append).

zxing-cpp reads such a code as if it were whole and does not tell. So its first bits are read here from the picture.
"""

import itertools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terminal.scanner.frames import Gray
from terminal.scanner.seen import Corners

APPENDED = 0b0011  # the mode that begins such a code: place, count and parity follow, then what it holds
HEADER_BITS = 20
_COUNT_BITS = {0b0001: (10, 12, 14), 0b0010: (9, 11, 13), 0b0100: (8, 16, 16)}  # by version: to 9, to 26, above
_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)


class QrShape(Struct, frozen=True):
    """The structure of a QR code, from its format bits."""

    version: int
    level: str  # L, M, Q or H
    mask: int

    @property
    def side(self) -> int:
        """The side length in modules."""
        return 17 + 4 * self.version


def is_part(gray: Gray, corners: Corners, shape: QrShape, length: int) -> bool:
    """True if the code at *corners*, with *length* characters, is one of several.

    The mode alone could be a module misread; the length that follows the header has to be right as well.
    """
    dark = _modules(gray, corners, shape)
    if dark is None or _number(_bits(dark, shape, 4)) != APPENDED:
        return False
    held = _bits(dark, shape, HEADER_BITS + 4 + 16)[HEADER_BITS:]
    mode = _number(held[:4])
    if mode not in _COUNT_BITS:
        return mode == 0b0111  # another alphabet is named first, and no length
    size = _COUNT_BITS[mode][0 if shape.version < 10 else 1 if shape.version < 27 else 2]
    return _number(held[4 : 4 + size]) == length


def _modules(gray: Gray, corners: Corners, shape: QrShape) -> NDArray[np.bool_] | None:
    """The dark modules by row; None if the code is not inside the picture."""
    side = shape.side
    square = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    to_picture = cv2.getPerspectiveTransform(square, np.array(corners, np.float32))
    middles = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).astype(np.float32) + 0.5
    at = cv2.perspectiveTransform(middles.reshape(1, -1, 2), to_picture)[0].round().astype(int)
    height, width = gray.shape
    if at.min() < 0 or at[:, 0].max() >= width or at[:, 1].max() >= height:
        return None
    tones = gray[at[:, 1], at[:, 0]].reshape(side, side)
    tone, _ = cv2.threshold(tones, 0, 255, cv2.THRESH_OTSU)
    dark = np.asarray(tones <= tone, np.bool_)
    return dark if dark[0, 0] else ~dark  # the corner of a finder: light where the code is inverted


def _bits(dark: NDArray[np.bool_], shape: QrShape, count: int) -> list[bool]:
    """The first *count* unmasked data bits."""
    step = 8 * _blocks(shape) if count > 8 else 8  # codewords of several blocks take turns
    free, mask, found = _free(shape), _MASKS[shape.mask], list[bool]()
    for index, (y, x) in enumerate(_way(shape.side, free)):
        if index % step < 8:
            found.append(bool(dark[y, x]) != bool(mask(y, x)))
        if len(found) == count:
            break
    return found


def _way(side: int, free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The modules in the order of their bits: columns in pairs from the right, upwards and downwards in turn."""
    order: list[tuple[int, int]] = []
    right = side - 1
    upwards = True
    while right > 0:
        if right == 6:
            right -= 1  # the column of the timing pattern
        for row in range(side - 1, -1, -1) if upwards else range(side):
            order += [(row, column) for column in (right, right - 1) if free[row, column]]
        right, upwards = right - 2, not upwards
    return order


def _free(shape: QrShape) -> NDArray[np.bool_]:
    """The modules with data, without finder, timing, alignment, format and version patterns."""
    side = shape.side
    free = np.ones((side, side), np.bool_)
    free[:9, :9] = free[:9, -8:] = free[-8:, :9] = False
    free[6, :] = free[:, 6] = False
    places = _alignments(shape.version)
    for y, x in itertools.product(places, places):
        if (y, x) not in ((6, 6), (6, side - 7), (side - 7, 6)):  # there the finders are
            free[y - 2 : y + 3, x - 2 : x + 3] = False
    if shape.version >= 7:
        free[:6, -11:-8] = free[-11:-8, :6] = False
    return free


def _alignments(version: int) -> list[int]:
    """The centres of the alignment patterns on either axis."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *sorted(17 + 4 * version - 7 - step * index for index in range(count - 1))]


def _blocks(shape: QrShape) -> int:
    from segno import consts  # noqa: PLC0415 - for the rare code that may be one of several

    built: Any = consts.ECC
    return sum(each.num_blocks for each in built[shape.version][consts.ERROR_MAPPING[shape.level]])


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)
