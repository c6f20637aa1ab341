"""Scanning keeps no frames in memory."""

import gc
import resource
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from terminal.scanner.camera.camera_loop import CameraLoop
from terminal.scanner.camera.same_code import SameCodeFilter
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.frames import Frame, Gray
from terminal.scanner.scans import FrameReport
from tests.support.pictures import CARD, MemorySource, a_code

pytestmark = pytest.mark.slow

SCANS = 2_000  # `python -m tests.screens scans` makes ten thousand, of the whole till
GROWTH_MAX = 100_000  # bytes, 50 a scan; one of these frames has 150,000
PROCESS_GROWTH_MAX = 16_000_000  # bytes; the allocator itself varies by 5 MB
SHAPE = (240, 208)


def small_frames() -> list[Frame]:
    """A sharp code, one that needs a repair, a foreign one, and noise that no repair can read."""
    sharp, foreign = on_paper(a_code(CARD, 4)), on_paper(a_code("https://example.com/menu", 5))
    faint = on_paper(a_code(CARD, 3, dark=120, light=136))
    soft = np.asarray(cv2.GaussianBlur(faint, (0, 0), 1.2), np.uint8)
    noise = np.random.default_rng(1).integers(60, 190, SHAPE).astype(np.uint8)
    return [sharp, soft, foreign, noise, on_paper(np.zeros((1, 1), np.uint8))]


def on_paper(code: Gray) -> Gray:
    paper = np.full(SHAPE, 200, np.uint8)
    paper[20 : 20 + code.shape[0], 20 : 20 + code.shape[1]] = code[:200, :180]
    return paper


def memory_after(steps: Iterator[object]) -> tuple[int, int]:
    """The bytes held by Python and NumPy, and by the whole process."""
    for _ in steps:
        pass
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return tracemalloc.get_traced_memory()[0], pages * resource.getpagesize()


def is_flat(begun: tuple[int, int], ended: tuple[int, int]) -> bool:
    return ended[0] - begun[0] < GROWTH_MAX and ended[1] - begun[1] < PROCESS_GROWTH_MAX


def test_memory_is_flat_over_thousands_of_scans() -> None:
    decoder, once, ours = Decoder(), SameCodeFilter(), 0
    frames = cycle(small_frames())

    def scan(at_s: int) -> int:
        nonlocal ours
        for code in decoder.decode(next(frames)):
            ours += once.take(code.text, float(at_s)) is not None
        return ours

    tracemalloc.start()
    try:
        begun = memory_after(scan(3 * n) for n in range(500))  # after libraries have loaded
        ended = memory_after(scan(3 * n) for n in range(500, SCANS + 500))
    finally:
        tracemalloc.stop()
    assert ours > SCANS / 4
    assert is_flat(begun, ended), (begun, ended)


def test_memory_is_flat_over_the_whole_cascade() -> None:
    frames = cycle(small_frames())
    tracemalloc.start()
    try:
        begun = memory_after(read_still(frame) for frame in islice(frames, 10))
        ended = memory_after(read_still(frame) for frame in islice(frames, 200))
    finally:
        tracemalloc.stop()
    assert is_flat(begun, ended), (begun, ended)


class FreshSource(MemorySource):
    """A source of new frames, referenced only by their reader."""

    def read(self) -> Frame | None:
        frame = super().read()
        return None if frame is None else frame.copy()


def test_no_frame_outlives_the_look_at_it() -> None:
    looked_at: list[weakref.ref[Frame]] = []
    kept_at_most, ended = [0], threading.Event()

    def on_frame(report: FrameReport) -> None:
        kept_at_most[0] = max(kept_at_most[0], sum(frame() is not None for frame in looked_at))
        looked_at.append(weakref.ref(report.frame))

    loop = CameraLoop(
        FreshSource(small_frames() * 4),
        Decoder,
        on_frame=on_frame,
        on_scan=lambda scan: None,
        on_away=lambda problem: None,
        on_end=lambda error: ended.set(),
        clock=lambda: 0.0,
    )
    loop.start()
    assert ended.wait(10)
    assert len(looked_at) == 20
    assert kept_at_most[0] <= 1  # the previous frame
