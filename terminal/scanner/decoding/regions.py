"""Finds places that may contain a code: about square, and with similar detail in both directions.

Cheaper than decoding; a repair of a place costs a tenth of one of the whole picture.
"""

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from terminal.scanner.decoding.stages import Stage
from terminal.scanner.frames import Gray
from terminal.scanner.seen import Seen

CELL = 8  # pixels; a code of 60 px still covers seven by seven cells
CELLS_MIN = 5
LONGEST = 2.2  # largest ratio of the sides: a code seen at 60 degrees
SHARES = (0.5, 0.3, 0.15)  # thresholds relative to the busiest place; a faint code beside sharp text needs the last
MARGIN = 0.22  # share of a place's side, to include the quiet zone and calm corners
NEAR_PX = 480  # places are enlarged to this side, at most threefold
LARGER_MAX = 3.0
PLACE_PX_MAX = 640  # larger places need no enlarging


class Region(Struct, frozen=True):
    """A part of a picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def side(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def is_much_like(self, other: "Region") -> bool:
        (x, y), (other_x, other_y) = self.centre, other.centre
        near = max(abs(x - other_x), abs(y - other_y)) < other.side / 4
        return near and 0.6 < self.side / other.side < 1.6


def busy_places(gray: Gray, most: int) -> tuple[Region, ...]:
    """Up to *most* places that may contain a code, likeliest first. In tests, the first one contained 342 of 360
    codes."""
    height, width = gray.shape
    if min(height, width) < 2 * CELL * CELLS_MIN:
        return ()
    busy = _busyness(gray)
    peak = float(busy.max())
    if peak <= 0:
        return ()
    ranked: list[tuple[float, Region]] = []
    for share in SHARES:
        above = np.asarray(busy > share * peak, np.uint8)
        count, labels, boxes, _ = cv2.connectedComponentsWithStats(above)
        sums = np.bincount(labels.ravel(), busy.ravel(), count)
        for index in range(1, count):
            left, top, wide, tall, area = (int(value) for value in boxes[index])
            short, long = min(wide, tall), max(wide, tall)
            if short >= CELLS_MIN and long <= LONGEST * short and area >= wide * tall / 2:
                place = Region(left * CELL, top * CELL, (left + wide) * CELL, (top + tall) * CELL)
                ranked.append((float(sums[index]) / area**0.5 * short / long, place))
    kept: list[Region] = []
    for _, place in sorted(ranked, key=lambda each: -each[0]):
        if not any(place.is_much_like(other) for other in kept):
            kept.append(place)
    return tuple(kept[:most])


def decode_near(gray: Gray, place: Region, stage: Stage) -> tuple[Seen, ...]:
    """The codes that *stage* reads in an enlarged place of *gray*, with corners in pixels of *gray*."""
    (x, y), half = place.centre, place.side * (0.5 + MARGIN)
    left, top = max(0, int(x - half)), max(0, int(y - half))
    part = gray[top : int(y + half), left : int(x + half)]
    side = max(part.shape)
    if part.size == 0 or side > PLACE_PX_MAX:
        return ()
    scale = min(LARGER_MAX, max(1.0, NEAR_PX / side))
    near = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    return tuple(code.placed(1 / scale, left, top) for code in stage.decode(near))


def _busyness(gray: Gray) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The busyness of each cell, as the lesser of its horizontal and vertical changes, so that text and bars count
    little."""
    height, width = gray.shape
    half = cv2.resize(gray, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    cells = (width // CELL, height // CELL)
    across = cv2.resize(cv2.absdiff(half[:-1, 1:], half[:-1, :-1]), cells, interpolation=cv2.INTER_AREA)
    down = cv2.resize(cv2.absdiff(half[1:, :-1], half[:-1, :-1]), cells, interpolation=cv2.INTER_AREA)
    busy = cv2.min(across, down).astype(np.float32)
    noise = _median(busy[::2, ::2])
    smooth = np.asarray(cv2.blur(busy, (5, 5)), np.float32)
    return np.asarray(np.maximum(smooth - (1.15 * noise + 0.3), 0), np.float32)


def _median(cells: NDArray[np.float32]) -> float:
    """Like `np.median`, which takes 8 ms on first use to load masked arrays."""
    middle = ((cells.size - 1) // 2, cells.size // 2)
    return float(np.partition(cells, middle, axis=None)[list(middle)].mean())
