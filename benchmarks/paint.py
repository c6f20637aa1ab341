"""`paint`: from the moment a camera hands a frame over until the card that it shows is painted, of 1,000,000 cards.

The whole application off screen: camera thread, decoder, counter thread, window. The same frames through camera thread
and decoder alone, in the same run, are what it is measured against.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from benchmarks.floors import fdatasync_s, percentile
from benchmarks.lookup import LOADING_S_MAX
from benchmarks.outcome import Outcome, ms
from benchmarks.painting import Painting
from benchmarks.shop import keys_in_a_file, shop, token
from benchmarks.shown import Frames, application, picture_of
from terminal.scanner.decode import Decoder
from terminal.scanner.loop import CameraLoop
from terminal.views import AnyAsk, Reply, Scan
from ui.bootstrap import Counter, build
from ui.window import Page

CARDS = 1_000_000
SCANS = 200
WARM_UP = 10
OURS_S = 0.010  # beyond decoding
PATIENCE_S = 60.0


def run(folder: Path, *, cards: int = CARDS, scans: int = SCANS) -> list[Outcome]:
    """Decode alone, then the whole, on the same frames."""
    chance = random.Random(7)  # noqa: S311 - the same cards in every run
    codes = [token(number) for number in chance.sample(range(cards), WARM_UP + scans)]
    with shop(folder / "shop", cards=cards) as ours:
        profile = ours.pair("till")
        till = ours.open(profile)
        till.driver.sync(LOADING_S_MAX)
        till.close()
        disk, alone = fdatasync_s(folder), _decoded_s(codes)
        painted = _painted_s(profile, codes)
    p95, alone_p95 = percentile(painted, 0.95), percentile(alone, 0.95)
    return [
        Outcome(
            name="paint",
            ratio=(p95 - alone_p95) / OURS_S,
            goal=1,
            higher_is_better=False,
            floor=f"{ms(alone_p95)}+10ms",
            peer=f"decode:{ms(alone_p95)}",
            fdatasync_s=disk,
            more=(
                ("p50", ms(percentile(painted, 0.5))),
                ("p95", ms(p95)),
                ("decode_p50", ms(percentile(alone, 0.5))),
                ("scans", str(len(painted))),
                ("cards", str(cards)),
            ),
        )
    ]


def _decoded_s(codes: Sequence[str]) -> list[float]:
    """Seconds from each frame handed over until the camera's thread tells of its code."""
    frames, told = Frames(), SimpleQueue[float]()
    loop = CameraLoop(
        frames,
        Decoder,
        on_frame=lambda _look: None,
        on_scan=lambda _scan: told.put(time.perf_counter()),
        on_away=lambda _problem: None,
        on_end=lambda _error: None,
        clock=time.monotonic,
    )
    loop.start()
    taken = []
    for picture in map(picture_of, codes):
        begun = time.perf_counter()
        frames.hand_over(picture)
        taken.append(told.get(timeout=PATIENCE_S) - begun)
    frames.close()
    loop.stop()
    return taken[WARM_UP:]


def _painted_s(profile: Path, codes: Sequence[str]) -> list[float]:
    frames, app = Frames(), application()
    taken = []
    with _served(profile, frames, app) as counter:
        front: list[str] = []  # the codes whose card the window was told to show
        painted: list[float] = []  # when the last of them was on the screen

        def answered(ask: AnyAsk, reply: Reply) -> None:
            if isinstance(ask, Scan) and reply.card is not None:
                front.append(ask.code)

        def was_painted() -> None:
            if len(front) > len(painted):
                painted.append(time.perf_counter())

        painting = Painting(counter.window, was_painted)
        counter.thread.answered.connect(answered, Qt.ConnectionType.QueuedConnection)  # after the window's own
        for number, code in enumerate(codes):
            picture = picture_of(code)
            begun = time.perf_counter()
            frames.hand_over(picture)
            _wait(app, lambda: len(painted) > number)  # noqa: B023 - asked before the next
            assert front == list(codes[: number + 1]), "another card than the one shown"
            taken.append(painted[-1] - begun)
        painting.setParent(None)
    return taken[WARM_UP:]


@contextmanager
def _served(profile: Path, frames: Frames, app: QApplication) -> Iterator[Counter]:
    """The application on the serving page."""
    keys_in_a_file(profile)
    counter = build(app, profile, frames)
    counter.window.resize(1366, 768)
    counter.window.show()
    counter.start()
    try:
        _wait(app, lambda: counter.window.page is Page.SERVE)
        yield counter
    finally:
        frames.close()
        counter.stop()
        counter.window.close()


def _wait(app: QApplication, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        app.processEvents()
        assert time.monotonic() < until, "the window hangs"
