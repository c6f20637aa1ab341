"""The camera thread: reads frames, decodes them, and reports frames and scans.

It does not wait for its listeners, and stopping it takes at most a second.
"""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from terminal.problems import CameraAway, NoCamera
from terminal.scanner.camera.same_code import SameCodeFilter
from terminal.scanner.scans import FrameReport, FrameSource, Scan
from terminal.scanner.seen import Seen, choose

if TYPE_CHECKING:
    from terminal.scanner.decoding.aiming_hints import AimingHints
    from terminal.scanner.decoding.decoder import Decoder
    from terminal.scanner.frames import Frame

STOP_TIMEOUT_S = 0.5
AWAY_LOOK_S = 0.4  # between two tries to reopen an unplugged camera

log = logging.getLogger(__name__)


class CameraLoop:
    """Runs once, from `start` until `stop` or the end of its source.

    *decoder* makes a decoder on the loop's thread, because its libraries load slowly. Call-backs come on the loop's
    thread and must return at once. `on_away` gets the problem once when the camera is unplugged; the next frame means
    that it is back. `on_end` gets None at the end of the source, the problem if the camera failed, or another exception
    for a bug. After `stop` nothing is called.
    """

    def __init__(
        self,
        source: FrameSource,
        decoder: "Callable[[], Decoder]",
        *,
        on_frame: Callable[[FrameReport], None],
        on_scan: Callable[[Scan], None],
        on_away: Callable[[CameraAway], None],
        on_end: Callable[[Exception | None], None],
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._make_decoder = decoder
        self._on_frame = on_frame
        self._on_scan = on_scan
        self._on_away = on_away
        self._on_end = on_end
        self._clock = clock
        self._is_away = False
        self._same_code = SameCodeFilter()
        self._stopping = threading.Event()
        # A read that hangs in the driver cannot be interrupted, so the thread must not keep the program alive.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> bool:
        """Ends the loop. False if the camera hangs; the thread then releases it when it answers."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(STOP_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        ended: Exception | None = None
        try:
            from terminal.scanner.decoding.aiming_hints import AimingHints  # noqa: PLC0415 - loads OpenCV

            decoder, hints = self._make_decoder(), AimingHints()
            while not self._stopping.is_set():
                try:
                    frame = self._source.read()
                except CameraAway as problem:
                    self._wait_for_camera(problem)
                    continue
                if frame is None:
                    break
                self._is_away = False
                self._look_at(frame, decoder, hints)
        except NoCamera as problem:
            log.warning("the camera failed: %s", problem)
            ended = problem
        except Exception as error:
            log.exception("the camera loop ended by an error")
            ended = error
        finally:
            self._source.close()
        if not self._stopping.is_set():
            self._on_end(ended)

    def _wait_for_camera(self, problem: CameraAway) -> None:
        if not self._is_away and not self._stopping.is_set():
            log.warning("the camera is away: %s", problem)
            self._is_away = True
            self._on_away(problem)
        self._stopping.wait(AWAY_LOOK_S)

    def _look_at(self, frame: "Frame", decoder: "Decoder", hints: "AimingHints") -> None:
        at_s = self._clock()
        seen = decoder.decode(frame)
        took_s = self._clock() - at_s
        height, width = frame.shape[:2]
        chosen = choose(seen, width, height)
        self._same_code.in_sight((code.text for code in seen), at_s)
        scan = self._same_code.take(chosen.text, at_s) if isinstance(chosen, Seen) else None
        if self._stopping.is_set():
            return
        hint = hints.hint(decoder.glance, width, decoder.places, decoder.rested, is_read=bool(seen))
        if scan is not None and isinstance(
            chosen, Seen
        ):  # first, so that the card is looked up while the picture is drawn
            self._on_scan(replace(scan, stage=chosen.stage, took_s=took_s))
        self._on_frame(FrameReport(frame, at_s, seen, chosen, hint))
