"""The thread between camera and counter: reads frames, looks at them, tells of each frame and each scan.

It never waits for whoever listens, and nobody ever waits for it longer than a second.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from terminal.problems import NoCamera
from terminal.scanner.camera import FrameSource
from terminal.scanner.decode import Decoder, SameCodeFilter, Scan
from terminal.scanner.seen import Ambiguous, Seen, choose
from terminal.scanner.stages import Frame

STOP_TIMEOUT_S = 0.5

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame, the codes in it, and which of them is meant."""

    frame: Frame
    at_s: float
    seen: tuple[Seen, ...]
    chosen: Seen | Ambiguous | None


class Newest(Generic[T]):
    """A place for one value: what nobody took in time is replaced, so that a slow screen shows the newest frame."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._value: T | None = None

    def put(self, value: T) -> bool:
        """True when the place was empty: whoever takes has to be told. Otherwise it has been, and not come yet."""
        with self._lock:
            was_empty, self._value = self._value is None, value
        return was_empty

    def take(self) -> T | None:
        with self._lock:
            value, self._value = self._value, None
        return value


class CameraLoop:
    """Runs once, from `start` to `stop` or to the end of its source.

    Every call-back comes on the loop's thread and has to return at once. `on_end` gets None when the source has no more
    frames, the problem when the camera failed, and any other exception when we did; after `stop` nothing is called.
    """

    def __init__(
        self,
        source: FrameSource,
        decoder: Decoder,
        *,
        on_frame: Callable[[Look], None],
        on_scan: Callable[[Scan], None],
        on_end: Callable[[Exception | None], None],
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._decoder = decoder
        self._on_frame = on_frame
        self._on_scan = on_scan
        self._on_end = on_end
        self._clock = clock
        self._same_code = SameCodeFilter()
        self._stopping = threading.Event()
        # A camera that hangs in its driver cannot be interrupted: the thread must not keep the program alive.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Ends the loop. False when the camera hangs: the thread then lets it go once it answers."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOP_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        ended: Exception | None = None
        try:
            while not self._stopping.is_set() and (frame := self._source.read()) is not None:
                self._look_at(frame)
        except NoCamera as problem:
            logger.warning("the camera is gone: %s", problem)
            ended = problem
        except Exception as error:
            logger.exception("the camera loop broke")
            ended = error
        finally:
            self._source.close()
        if not self._stopping.is_set():
            self._on_end(ended)

    def _look_at(self, frame: Frame) -> None:
        at_s = self._clock()
        seen = self._decoder.look(frame)
        took_s = self._clock() - at_s
        height, width = frame.shape[:2]
        chosen = choose(seen, width, height)
        self._same_code.in_sight((code.text for code in seen), at_s)
        scan = self._same_code.take(chosen.text, at_s) if isinstance(chosen, Seen) else None
        if self._stopping.is_set():
            return
        self._on_frame(Look(frame, at_s, seen, chosen))
        if scan is not None and isinstance(chosen, Seen):
            self._on_scan(replace(scan, stage=chosen.stage, took_s=took_s))
