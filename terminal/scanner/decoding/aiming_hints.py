"""Hints for aiming, such as nearer, still, or more light, derived from a small copy of each frame and its places.

A hint is given once it has held for half a second. For an empty counter, only darkness is reported.
"""

import numpy as np

from terminal.scanner.decoding.regions import Region
from terminal.scanner.frames import Gray
from terminal.scanner.scans import Hint

HELD_FRAMES = 15
RESTING_FRAMES = 90  # after three seconds, a resting place belongs to the counter
DARK_MEAN, DARK_BRIGHTEST = 30, 70  # of 255; around a phone in dark mode there are brighter cells
CLOSER_PX = 110  # codes of 32 characters are readable from 90 px in good conditions
GLARING = 245
GLARE_SHARE = 0.25  # share of a place; modules do not make whole cells white
MOVED = 0.12  # share of a place's side, between two frames


class AimingHints:
    """Derives hints from one stream of frames."""

    def __init__(self) -> None:
        self._counter: tuple[Region, ...] = ()
        self._last: Region | None = None
        self._wish: Hint | None = None
        self._frames = 0

    def hint(
        self, glance: Gray | None, width: int, places: tuple[Region, ...], rested: int, is_read: bool
    ) -> Hint | None:
        """The hint to show now. *glance* is the small copy of a frame of *width* pixels; *places* may contain a
        code."""
        if rested == RESTING_FRAMES:
            self._counter = places
        new_places = [place for place in places if not any(place.is_much_like(known) for known in self._counter)]
        place = new_places[0] if new_places else None
        wish = None if glance is None or is_read else self._candidate(glance, width, place, rested)
        self._last = place
        self._frames = self._frames + 1 if wish is self._wish else 1
        self._wish = wish
        return wish if self._frames >= HELD_FRAMES else None

    def _candidate(self, glance: Gray, width: int, place: Region | None, rested: int) -> Hint | None:
        if float(glance.mean()) < DARK_MEAN and float(np.percentile(glance, 98)) < DARK_BRIGHTEST:
            return Hint.TOO_DARK
        if place is None or rested > RESTING_FRAMES:
            return None
        scale = glance.shape[1] / width
        rows = slice(int(place.top * scale), int(place.bottom * scale) + 1)
        part = glance[rows, int(place.left * scale) : int(place.right * scale) + 1]
        if part.size and float((part > GLARING).mean()) > GLARE_SHARE:
            return Hint.LESS_LIGHT
        if not rested and self._last is not None and _moved(place, self._last):
            return Hint.HOLD_STILL
        return Hint.CLOSER if place.side < CLOSER_PX else None


def _moved(place: Region, last: Region) -> bool:
    (x, y), (last_x, last_y) = place.centre, last.centre
    return max(abs(x - last_x), abs(y - last_y)) > MOVED * place.side
