"""A simulated camera for practice: shows an empty counter, and briefly a code when one is held up.

It gives the decoder real pictures while the real camera stays free.
"""

import threading
import time
from collections.abc import Callable

import numpy as np
import segno

from terminal.scanner.camera.sources import FRAME_SIZE, FRAMES_PER_S
from terminal.scanner.frames import Frame

HELD_UP_S = 1.2
_COUNTER = (196, 204, 210)  # blue, green, red
_MODULE = 14  # pixels


class PretendCamera:
    """A frame source for the camera loop. `hold_up` is thread-safe."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._empty = _empty_counter()
        self._held: tuple[Frame, float] | None = None
        self._due_s = 0.0

    def hold_up(self, text: str) -> None:
        """Shows a code for a moment."""
        picture = _with_code(self._empty, text)
        with self._lock:
            self._held = (picture, self._clock() + HELD_UP_S)

    def read(self) -> Frame | None:
        """The next frame, at the frame rate."""
        now = self._clock()
        if (early_s := self._due_s - now) > 0:
            self._sleep(early_s)
        self._due_s = max(self._due_s, now) + 1 / FRAMES_PER_S
        with self._lock:
            if self._held is not None and self._held[1] < self._clock():
                self._held = None
            return self._empty if self._held is None else self._held[0]

    def close(self) -> None: ...


def _empty_counter() -> Frame:
    width, height = FRAME_SIZE
    frame = np.empty((height, width, 3), np.uint8)
    frame[:] = _COUNTER
    return frame


def _with_code(ground: Frame, text: str) -> Frame:
    modules = np.array([list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=4)], np.uint8)
    code = np.where(modules == 0, np.uint8(255), np.uint8(20)).repeat(_MODULE, 0).repeat(_MODULE, 1)
    frame = ground.copy()
    top, left = (frame.shape[0] - code.shape[0]) // 2, (frame.shape[1] - code.shape[1]) // 2
    frame[top : top + code.shape[0], left : left + code.shape[1]] = code[:, :, None]
    return frame
