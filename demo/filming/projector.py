"""Plays a film to the till instead of a camera, and pauses it while the cashier is busy, so that no customer is
missed."""

import threading
import time
from collections.abc import Callable, Iterator

from terminal.scanner.camera.sources import FRAMES_PER_S
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameSource

Film = Iterator[Frame]


class Projector:
    """A frame source for the camera loop, which calls `read` and `close`; the other methods are thread-safe."""

    def __init__(
        self,
        film: Film,
        *,
        close: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._film = film
        self._close = close
        self._clock = clock
        self._sleep = sleep
        self._going = threading.Event()
        self._over = threading.Event()
        self._still: Frame | None = None
        self._due_s = 0.0

    def hold(self) -> None:
        """Repeats the present frame until `go_on`."""
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    @property
    def over(self) -> bool:
        """True after the last frame."""
        return self._over.is_set()

    def read(self) -> Frame | None:
        """The next frame at its time; the first one is repeated until `go_on`."""
        now = self._clock()
        if (early_s := self._due_s - now) > 0:
            self._sleep(early_s)
        self._due_s = max(self._due_s, now) + 1 / FRAMES_PER_S
        if self._still is None or self._going.is_set():
            frame = next(self._film, None)
            if frame is None:
                self._over.set()
                return None
            self._still = frame
        return self._still

    def close(self) -> None:
        self._close()


def recording(source: FrameSource) -> Projector:
    """Plays a user's film."""
    return Projector(_frames_of(source), close=source.close)


def _frames_of(source: FrameSource) -> Film:
    while (frame := source.read()) is not None:
        yield frame
