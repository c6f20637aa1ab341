"""Frame sources and the camera thread."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import cv2
import pytest

from terminal.problems import NoCamera
from terminal.scanner.camera.camera_loop import CameraLoop
from terminal.scanner.camera.sources import PictureSource, VideoSource, WebcamSource, camera_answers
from terminal.scanner.decoding.decoder import Decoder
from terminal.scanner.frames import Frame
from terminal.scanner.scans import FrameReport, FrameSource, Newest, Scan
from terminal.scanner.seen import Ambiguous
from tests.support.pictures import CARD, OTHER_CARD, STICKER, MemorySource, a_code, a_frame, write_video

NO_SUCH_CAMERA = 63
PATIENCE_S = 10


class Watched:
    """A camera loop and all its reports."""

    def __init__(self, source: FrameSource, on_scan: Callable[[Scan], None] | None = None, step_s: float = 0.1) -> None:
        self.reports: list[FrameReport] = []
        self.scans: list[Scan] = []
        self.ends: list[Exception | None] = []
        self.seen_one, self.ended = threading.Event(), threading.Event()
        ticks = count()
        self.loop = CameraLoop(
            source,
            Decoder,
            on_frame=self._frame,
            on_scan=on_scan or self.scans.append,
            on_away=self._end,
            on_end=self._end,
            clock=lambda: next(ticks) * step_s,
        )

    def _frame(self, report: FrameReport) -> None:
        self.reports.append(report)
        self.seen_one.set()

    def _end(self, error: Exception | None) -> None:
        self.ends.append(error)
        self.ended.set()

    def run(self) -> "Watched":
        self.loop.start()
        assert self.ended.wait(PATIENCE_S)
        return self


class EndlessSource(MemorySource):
    """A camera that does not end."""

    def read(self) -> Frame | None:
        return self.frame

    def __init__(self, frame: Frame) -> None:
        super().__init__(())
        self.frame = frame


class HangingSource(MemorySource):
    """A camera whose driver hangs until released."""

    def __init__(self) -> None:
        super().__init__(())
        self.entered, self.let = threading.Event(), threading.Event()

    def read(self) -> Frame | None:
        self.entered.set()
        assert self.let.wait(PATIENCE_S)
        return a_frame()


class LostSource(MemorySource):
    """A camera that is unplugged after these frames."""

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is None:
            raise NoCamera("pulled out")
        return frame


def shown(*codes: str | None, frames_each: int = 3) -> Sequence[Frame]:
    return [a_frame((a_code(text), 640, 360)) if text else a_frame() for text in codes for _ in range(frames_each)]


@pytest.mark.slow
def test_each_card_held_up_is_one_scan() -> None:
    watched = Watched(MemorySource(shown(None, CARD, None, OTHER_CARD, None))).run()
    assert [scan.text for scan in watched.scans] == [CARD, OTHER_CARD]
    assert len(watched.reports) == 15
    assert watched.ends == [None]


@pytest.mark.slow
def test_a_scan_carries_the_time_of_its_frame() -> None:
    watched = Watched(MemorySource(shown(None, CARD))).run()
    (scan,) = watched.scans
    assert scan.at_s == next(report.at_s for report in watched.reports if report.seen)


@pytest.mark.slow
def test_a_foreign_code_is_told_too() -> None:
    assert [scan.text for scan in Watched(MemorySource(shown(STICKER))).run().scans] == [STICKER]


def test_two_cards_as_good_are_no_scan_but_a_question() -> None:
    both = a_frame((a_code(CARD), 400, 360), (a_code(OTHER_CARD), 880, 360))
    watched = Watched(MemorySource([both])).run()
    assert watched.scans == []
    chosen = watched.reports[0].chosen
    assert isinstance(chosen, Ambiguous)
    assert {code.text for code in chosen.seen} == {CARD, OTHER_CARD}


@pytest.mark.slow
def test_a_camera_pulled_out_is_told_as_no_camera() -> None:
    source = LostSource(shown(CARD))
    watched = Watched(source).run()
    assert [type(error) for error in watched.ends] == [NoCamera]
    assert [scan.text for scan in watched.scans] == [CARD]


@pytest.mark.slow
def test_a_listener_that_breaks_ends_the_loop_loudly(caplog: pytest.LogCaptureFixture) -> None:
    def broken(scan: Scan) -> None:
        raise LookupError(scan.text)

    source = MemorySource(shown(CARD))
    watched = Watched(source, on_scan=broken).run()
    assert [type(error) for error in watched.ends] == [LookupError]
    assert "camera loop ended by an error" in caplog.text


def test_stopping_takes_less_than_a_second_and_ends_all_telling() -> None:
    source = EndlessSource(a_frame((a_code(CARD), 640, 360)))
    watched = Watched(source)
    watched.loop.start()
    assert watched.seen_one.wait(PATIENCE_S)
    began = time.monotonic()
    assert watched.loop.stop()
    assert time.monotonic() - began < 1
    assert source.closed
    assert watched.ends == []


def test_a_camera_that_hangs_does_not_hold_up_the_stop() -> None:
    source = HangingSource()
    watched = Watched(source)
    watched.loop.start()
    assert source.entered.wait(PATIENCE_S)
    began = time.monotonic()
    assert not watched.loop.stop()
    assert time.monotonic() - began < 1
    source.let.set()
    assert watched.loop.stop()  # released after the driver answered
    assert source.closed
    assert watched.reports == []


def test_a_loop_that_never_started_stops() -> None:
    assert Watched(MemorySource(())).loop.stop()


def test_a_slow_screen_gets_the_newest_frame_and_is_told_once() -> None:
    newest: Newest[int] = Newest()
    assert [newest.put(n) for n in (1, 2, 3)] == [True, False, False]
    assert (newest.take(), newest.take()) == (3, None)
    assert newest.put(4)


def test_without_a_camera_it_says_so() -> None:
    assert not camera_answers(NO_SUCH_CAMERA)
    source = WebcamSource(NO_SUCH_CAMERA)
    with pytest.raises(NoCamera):
        source.read()
    source.close()


@pytest.fixture
def ten_frames(tmp_path: Path) -> Path:
    path = tmp_path / "ten.avi"
    write_video(str(path), [a_frame((a_code(CARD), 300 + 60 * n, 360)) for n in range(10)], fps=10)
    return path


@pytest.mark.slow
def test_a_recording_gives_every_frame_when_nobody_waits(ten_frames: Path) -> None:
    source = VideoSource(ten_frames)
    times = []
    while source.read() is not None:
        times.append(source.at_s)
    source.close()
    assert times == pytest.approx([n / 10 for n in range(10)])


@pytest.mark.slow
def test_a_recording_in_real_time_waits_for_its_frames(ten_frames: Path) -> None:
    waits: list[float] = []
    source = VideoSource(ten_frames, realtime=True, clock=lambda: 50.0 + sum(waits), sleep=waits.append)
    for _ in range(4):
        assert source.read() is not None
    source.close()
    assert waits == pytest.approx([0.1, 0.1, 0.1])


@pytest.mark.slow
def test_a_recording_in_real_time_loses_the_frames_nobody_read(ten_frames: Path) -> None:
    now = [50.0]
    source = VideoSource(ten_frames, realtime=True, clock=lambda: now[0], sleep=lambda s: None)
    source.read()
    now[0] += 0.55
    assert source.read() is not None
    assert source.at_s == pytest.approx(0.5)
    now[0] += 10
    assert source.read() is None
    source.close()


def test_a_recording_that_is_none_is_a_camera_that_does_not_answer(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(b"no film at all")
    with pytest.raises(NoCamera):
        VideoSource(path).read()


@pytest.mark.slow
def test_pictures_stand_in_for_a_camera(tmp_path: Path) -> None:
    path = tmp_path / "été.png"
    path.write_bytes(cv2.imencode(".png", a_frame((a_code(CARD), 640, 360)))[1].tobytes())
    watched = Watched(PictureSource([path, path])).run()
    assert [scan.text for scan in watched.scans] == [CARD]
    assert watched.ends == [None]


def test_a_picture_that_is_none_is_a_camera_that_does_not_answer(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("not a picture")
    with pytest.raises(NoCamera):
        PictureSource([path]).read()
