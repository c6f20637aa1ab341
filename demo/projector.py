"""Shows a film to the till in place of a camera, and holds it while the cashier is busy: nobody is missed, however slow
the machine. The film stands still from the frame on in which a code was read, as a customer would.
"""

import threading
import time
from collections.abc import Callable, Iterator

from terminal.scanner.camera.sources import FRAMES_PER_S
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameSource

Film = Iterator[Frame]


class Projector:
    """A camera loop's frame source. `read` and `close` are the loop's; the rest may be called from any thread."""

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
        """From now on the same frame, until `go_on`."""
        self._going.clear()

    def go_on(self) -> None:
        self._going.set()

    @property
    def over(self) -> bool:
        """Whether the last frame was given."""
        return self._over.is_set()

    def read(self) -> Frame | None:
        """The next frame at its time; the first one stands until somebody says `go_on`."""
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
    """Shows somebody else's film."""
    return Projector(_frames_of(source), close=source.close)


def _frames_of(source: FrameSource) -> Film:
    while (frame := source.read()) is not None:
        yield frame
