"""Frame sources: a webcam, a video file, pictures. Each gives its newest frame on the calling thread.

A source opens nothing before its first `read`, so that creating one does not block a window.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from terminal.problems import NoCamera
from terminal.scanner.frames import Frame

FRAME_SIZE = (1280, 720)
FAILED_READS_MAX = 30  # some cameras fail while they warm up
FRAMES_PER_S = 30.0  # for files without a frame rate


class WebcamSource:
    """The camera with this number."""

    def __init__(self, index: int = 0) -> None:
        self._index = index
        self._capture: cv2.VideoCapture | None = None

    def read(self) -> Frame | None:
        if self._capture is None:
            self._capture = _opened_camera(self._index)
        for _ in range(FAILED_READS_MAX):
            fine, frame = self._capture.read()
            if fine:
                return frame
        raise NoCamera(f"camera {self._index} stopped answering")

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()


class VideoSource:
    """A recording instead of a camera. In real time, it plays at its own speed and drops late frames like a camera;
    otherwise it gives every frame."""

    def __init__(
        self,
        path: Path,
        realtime: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = path
        self._realtime = realtime
        self._clock = clock
        self._sleep = sleep
        self._capture: cv2.VideoCapture | None = None
        self._frame_s = 1 / FRAMES_PER_S
        self._began_s = 0.0
        self._next = 0

    @property
    def at_s(self) -> float:
        """The time of the last read frame within the recording, usable as the clock of a loop that does not wait."""
        return max(0, self._next - 1) * self._frame_s

    def read(self) -> Frame | None:
        if self._capture is None:
            self._open()
        assert self._capture is not None
        if self._realtime and not self._reach_now():
            return None
        fine, frame = self._capture.read()
        if not fine:
            return None
        self._next += 1
        return frame

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()

    def _open(self) -> None:
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)  # other backends may treat names as patterns
        if not capture.isOpened():
            raise NoCamera(f"{self._path} cannot be played")
        fps = capture.get(cv2.CAP_PROP_FPS)
        self._frame_s = 1 / fps if 1 <= fps <= 240 else 1 / FRAMES_PER_S
        self._capture = capture
        self._began_s = self._clock()

    def _reach_now(self) -> bool:
        """Waits for the next frame, or skips late ones. False if the recording ended meanwhile."""
        assert self._capture is not None
        early_s = self._began_s + self._next * self._frame_s - self._clock()
        if early_s > 0:
            self._sleep(early_s)
        for _ in range(int(-early_s / self._frame_s)):
            if not self._capture.grab():
                return False
            self._next += 1
        return True


class PictureSource:
    """Pictures instead of a camera, one frame each."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = iter(tuple(paths))

    def read(self) -> Frame | None:
        path = next(self._paths, None)
        if path is None:
            return None
        picture = read_picture(path)
        if picture is None:
            raise NoCamera(f"{path} is not a picture")
        return picture

    def close(self) -> None:
        self._paths = iter(())


def camera_answers(index: int = 0) -> bool:
    """True if the camera can be opened now. Takes 2 ms without a camera, a second with one."""
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # no warning if there is none
    capture = cv2.VideoCapture(index)
    answers = capture.isOpened()
    capture.release()
    cv2.utils.logging.setLogLevel(level)
    return answers


def read_picture(path: Path) -> Frame | None:
    """The picture in a file, or None if it is not a picture. Raises OSError if the file cannot be read."""
    content = np.frombuffer(path.read_bytes(), np.uint8)  # cv2.imread fails on non-ASCII names on Windows
    if content.size == 0:
        return None
    try:
        if content[:2].tobytes() != b"\xff\xd8":  # a JPEG has no transparent ground
            whole = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
            if whole is not None and whole.ndim == 3 and whole.shape[2] == 4:
                return _on_ground(whole)
        return cv2.imdecode(content, cv2.IMREAD_COLOR)
    except cv2.error:  # more pixels than OpenCV allows
        return None


def _on_ground(picture: Frame) -> Frame:
    """Puts a transparent picture on white, or on black if its contents are light."""
    if picture.dtype != np.uint8:
        picture = (picture >> 8).astype(np.uint8)  # PNG has 16 bits a colour where it has not 8
    colours, seen = picture[..., :3].astype(np.float32), picture[..., 3:].astype(np.float32) / 255
    painted = float((colours * seen).sum() / max(3 * float(seen.sum()), 1.0))
    ground = 255.0 if painted < 128 else 0.0
    return np.asarray((colours * seen + ground * (1 - seen)).round(), np.uint8)


def _opened_camera(index: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(index)
    if not capture.isOpened():
        raise NoCamera(f"camera {index} does not open")
    capture.set(
        cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")
    )  # uncompressed, USB 2 limits to 10 frames a second
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, FRAME_SIZE[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, FRAME_SIZE[1])
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # always read the newest frame
    return capture
