"""The till's application off screen, with generated frames instead of a camera."""

import os
import sys
from queue import SimpleQueue

import numpy as np
from PySide6.QtWidgets import QApplication

from terminal.scanner.frames import Frame

WIDTH, HEIGHT = 1280, 720
_MODULE = 12  # pixels


class Frames:
    """A frame source that waits for each frame to be handed over."""

    def __init__(self) -> None:
        self._frames: SimpleQueue[Frame | None] = SimpleQueue()

    def hand_over(self, frame: Frame) -> None:
        self._frames.put(frame)

    def read(self) -> Frame | None:
        return self._frames.get()

    def close(self) -> None:
        self._frames.put(None)  # ends a waiting read


def application() -> QApplication:
    """The process's QApplication, created off screen if needed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = QApplication.instance()
    return running if isinstance(running, QApplication) else QApplication([sys.argv[0]])


def picture_of(text: str) -> Frame:
    """A camera frame with this code in the middle."""
    import segno  # noqa: PLC0415 - loading it would count as the till's time in `start`

    modules = np.array([list(row) for row in segno.make(text, micro=False).matrix_iter(border=4)], dtype=np.uint8)
    code = np.kron(np.where(modules > 0, 30, 225).astype(np.uint8), np.ones((_MODULE, _MODULE), dtype=np.uint8))
    frame = wall()
    top, left = (HEIGHT - code.shape[0]) // 2, (WIDTH - code.shape[1]) // 2
    frame[top : top + code.shape[0], left : left + code.shape[1]] = code[:, :, None]
    return frame


def wall() -> Frame:
    """An empty camera frame."""
    return np.full((HEIGHT, WIDTH, 3), 120, dtype=np.uint8)
