"""Detection of a still picture by comparing small copies, and the mean of its frames, which has less noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.scanner.frames import Gray

GLANCE_SIZE = (160, 90)
GLANCE_STEP = 12  # four times a cell's noise in low light
GLANCE_CELLS = 6  # of 14,400; a code of 90 pixels covers 126 cells


class ChangeGate:
    """Tells whether a picture differs from the last different one, by comparing small copies."""

    def __init__(self) -> None:
        self._known: Gray | None = None
        self.glance: Gray | None = None  # small copy of the latest picture

    def lets_through(self, gray: Gray) -> bool:
        self.glance = glance = np.asarray(cv2.resize(gray, GLANCE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        if self._known is not None:
            differing = cv2.compare(cv2.absdiff(glance, self._known), GLANCE_STEP, cv2.CMP_GT)  # type: ignore[call-overload]
            if cv2.countNonZero(differing) < GLANCE_CELLS:
                return False  # compared with the last picture let through, so that slow changes add up
        self._known = glance
        return True


class Mean:
    """The mean of the frames since the picture became still. A trembling hand blurs it, so decoding alternates between
    it and the newest frame."""

    def __init__(self) -> None:
        self._sum: NDArray[np.float32] | None = None
        self._frames = 0

    def begin(self) -> None:
        """Starts anew after a change of the picture."""
        self._sum, self._frames = None, 0

    def add(self, gray: Gray) -> None:
        if self._sum is None or self._sum.shape != gray.shape:
            self._sum, self._frames = gray.astype(np.float32), 1
        else:
            cv2.accumulate(gray, self._sum)
            self._frames += 1

    @property
    def picture(self) -> Gray | None:
        """The mean, or None before the second frame."""
        if self._sum is None or self._frames < 2:
            return None
        return np.asarray(cv2.convertScaleAbs(self._sum, alpha=1 / self._frames), np.uint8)
