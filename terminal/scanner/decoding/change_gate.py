"""Whether the picture rests, told by a glance; and the mean of the frames while it does, which has less noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from terminal.scanner.frames import Gray

GLANCE_SIZE = (160, 90)
GLANCE_STEP = 12  # four times the noise of one glance cell in low light
GLANCE_CELLS = 6  # of 14,400; a code of 90 pixels covers 126


class ChangeGate:
    """Tells whether a picture differs from the last one that did, by glancing at a small copy of it."""

    def __init__(self) -> None:
        self._known: Gray | None = None
        self.glance: Gray | None = None  # of the picture asked about last

    def lets_through(self, gray: Gray) -> bool:
        self.glance = glance = np.asarray(cv2.resize(gray, GLANCE_SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        if self._known is not None:
            differing = cv2.compare(cv2.absdiff(glance, self._known), GLANCE_STEP, cv2.CMP_GT)  # type: ignore[call-overload]
            if cv2.countNonZero(differing) < GLANCE_CELLS:
                return False  # against the picture last let through, so that slow changes add up
        self._known = glance
        return True


class Mean:
    """The frames since the picture came to rest, laid over each other. A hand that trembles makes it softer than one
    frame is, so it is looked at in turn with the newest."""

    def __init__(self) -> None:
        self._sum: NDArray[np.float32] | None = None
        self._frames = 0

    def begin(self) -> None:
        """The picture changed: what was laid up is of no use."""
        self._sum, self._frames = None, 0

    def add(self, gray: Gray) -> None:
        if self._sum is None or self._sum.shape != gray.shape:
            self._sum, self._frames = gray.astype(np.float32), 1
        else:
            cv2.accumulate(gray, self._sum)
            self._frames += 1

    @property
    def picture(self) -> Gray | None:
        """None before the second frame."""
        if self._sum is None or self._frames < 2:
            return None
        return np.asarray(cv2.convertScaleAbs(self._sum, alpha=1 / self._frames), np.uint8)
