"""A frame source for the chosen camera that survives unplugging. It must not switch to another camera by itself.

If none is chosen, the first working camera is used and kept.
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
    """The frame source of a camera."""
    from terminal.scanner.camera.sources import WebcamSource  # noqa: PLC0415 - loads OpenCV, off the window's thread

    return WebcamSource(camera.index)


class PluggedCamera:
    """A frame source for the camera loop. `choose` and `now` are thread-safe; the rest is for the loop's thread."""

    def __init__(
        self,
        chosen: str | None = None,
        plugged: Callable[[], tuple[Camera, ...]] = plugged_cameras,
        opened: Callable[[Camera], FrameSource] = webcam,
    ) -> None:
        self._plugged, self._opened = plugged, opened
        self._lock = threading.Lock()
        self._chosen = chosen
        self._kept: str | None = None  # id of the camera that worked last
        self._now: Camera | None = None
        self._source: FrameSource | None = None

    @property
    def now(self) -> Camera | None:
        """The camera in use; None while it is unplugged."""
        with self._lock:
            return self._now

    def choose(self, camera_id: str | None) -> None:
        """Switches to a camera from the next frame on; None keeps the present one."""
        with self._lock:
            self._chosen = camera_id

    def read(self) -> "Frame":
        """The next frame. Raises CameraAway while the camera is unplugged; call again to continue."""
        with self._lock:
            chosen, now = self._chosen, self._now
        if now is not None and chosen is not None and not now.is_meant(chosen):
            self.close()
        if self._source is None:
            return self._first_frame(chosen or self._kept)
        frame = _frame_of(self._source)
        if frame is None:
            self.close()
            raise CameraAway("the camera stopped giving frames")
        return frame

    def close(self) -> None:
        source, self._source = self._source, None
        with self._lock:
            self._now = None
        if source is not None:
            source.close()

    def _first_frame(self, key: str | None) -> "Frame":
        plugged = self._plugged()
        for camera in plugged:
            if key is not None and not camera.is_meant(key):
                continue
            source = self._opened(camera)
            frame = _frame_of(source)
            if frame is not None:
                self._source, self._kept = source, camera.id
                with self._lock:
                    self._now = camera
                return frame
            source.close()
        raise CameraAway(f"{key or 'any'}: no such camera works among {len(plugged)}")


def _frame_of(source: FrameSource) -> "Frame | None":
    try:
        return source.read()
    except NoCamera:
        return None
