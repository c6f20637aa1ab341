"""The camera that was chosen, through being pulled out and plugged in again. It never takes another in its place.

Where none was chosen it takes the first that gives pictures and keeps to it, whatever is plugged in later.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from terminal.problems import CameraAway, NoCamera
from terminal.scanner.camera.devices import Camera, plugged_cameras
from terminal.scanner.scans import FrameSource

if TYPE_CHECKING:
    from terminal.scanner.frames import Frame


def webcam(camera: Camera) -> FrameSource:
    """Its pictures."""
    from terminal.scanner.camera.sources import WebcamSource  # noqa: PLC0415 - OpenCV, loaded where nobody waits for it

    return WebcamSource(camera.index)


class PluggedCamera:
    """A camera loop's frame source. `choose` and `now` are for any thread, the rest for the loop's."""

    def __init__(
        self,
        chosen: str | None = None,
        plugged: Callable[[], tuple[Camera, ...]] = plugged_cameras,
        opened: Callable[[Camera], FrameSource] = webcam,
    ) -> None:
        self._plugged, self._opened = plugged, opened
        self._lock = threading.Lock()
        self._chosen = chosen
        self._kept: str | None = None  # the one that gave pictures last
        self._now: Camera | None = None
        self._source: FrameSource | None = None

    @property
    def now(self) -> Camera | None:
        """The camera whose pictures are shown; None while it is away."""
        with self._lock:
            return self._now

    def choose(self, camera_id: str | None) -> None:
        """The next frame is this camera's; None: whichever gives pictures now may stay."""
        with self._lock:
            self._chosen = camera_id

    def read(self) -> "Frame":
        """The next frame. Raises CameraAway, and may be asked again: as soon as the camera is back it goes on."""
        with self._lock:
            chosen, now = self._chosen, self._now
        if now is not None and chosen is not None and not now.is_meant(chosen):
            self.close()
        if self._source is None:
            return self._first_frame(chosen or self._kept)
        frame = _frame_of(self._source)
        if frame is None:
            self.close()
            raise CameraAway("it stopped giving pictures")
        return frame

    def close(self) -> None:
        source, self._source = self._source, None
        with self._lock:
            self._now = None
        if source is not None:
            source.close()

    def _first_frame(self, wanted: str | None) -> "Frame":
        there = self._plugged()
        for camera in there:
            if wanted is not None and not camera.is_meant(wanted):
                continue
            source = self._opened(camera)
            frame = _frame_of(source)
            if frame is not None:
                self._source, self._kept = source, camera.id
                with self._lock:
                    self._now = camera
                return frame
            source.close()
        raise CameraAway(f"{wanted or 'any'}: none such answers among {len(there)}")


def _frame_of(source: FrameSource) -> "Frame | None":
    try:
        return source.read()
    except NoCamera:
        return None
