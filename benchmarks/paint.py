"""`paint`: from handing over a camera frame until the card it shows is painted, with 1,000,000 cards.

Runs the whole application off screen, with the threads of camera and counter and the window's event loop. It is
compared with decoding the same frames alone in the same run.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.lookup import LOADING_S_MAX
from benchmarks.setups.off_screen_till import Frames, application, picture_of
from benchmarks.setups.paint_detection import Painting
from benchmarks.setups.shop import keys_in_a_file, shop, token
from terminal.interface.views import Reply
from terminal.scanner.camera.camera_loop import CameraLoop
from terminal.scanner.decoding.decoder import Decoder
from ui.bootstrap import Application, build
from ui.window.frame import Middle, Page

CARDS = 1_000_000
SCANS = 200
WARM_UP = 10
OURS_S = 0.010  # allowed beyond decoding
PATIENCE_S = 60.0


def run(folder: Path, *, cards: int = CARDS, scans: int = SCANS) -> list[Outcome]:
    """Decoding alone, then the whole application, on the same frames."""
    chance = random.Random(7)  # noqa: S311 - the same cards in every run
    codes = [token(number) for number in chance.sample(range(cards), WARM_UP + scans)]
    with shop(folder / "shop", cards=cards) as ours:
        profile = ours.pair("till")
        till = ours.open(profile)
        till.exchanger.sync(LOADING_S_MAX)
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
    """The seconds from handing over each frame until the camera thread reports its code."""
    frames, scanned_at = Frames(), SimpleQueue[float]()
    loop = CameraLoop(
        frames,
        Decoder,
        on_frame=lambda _look: None,
        on_scan=lambda _scan: scanned_at.put(time.perf_counter()),
        on_away=lambda _problem: None,
        on_end=lambda _error: None,
        clock=time.monotonic,
    )
    loop.start()
    taken = []
    for picture in map(picture_of, codes):
        begun = time.perf_counter()
        frames.hand_over(picture)
        taken.append(scanned_at.get(timeout=PATIENCE_S) - begun)
    frames.close()
    loop.stop()
    return taken[WARM_UP:]


def _painted_s(profile: Path, codes: Sequence[str]) -> list[float]:
    frames, app = Frames(), application()
    taken = []
    with _served(profile, frames, app) as (counter, patience):
        expected = [""]  # last digits of the expected card's number
        painted: list[float] = []

        def was_painted() -> None:
            card = counter.conversation.current_card.card
            if card is not None and card.number_end == expected[0] and counter.window.middle is Middle.CARD:
                expected[0] = ""
                painted.append(time.perf_counter())
                patience.look()

        painting = Painting(counter.window, was_painted)
        for number, code in enumerate(codes):
            picture, expected[0] = picture_of(code), code[-4:]
            begun = time.perf_counter()
            frames.hand_over(picture)
            patience.wait(lambda: len(painted) > number)  # noqa: B023 - called before the next iteration
            taken.append(painted[-1] - begun)
        painting.setParent(None)
    return taken[WARM_UP:]


class Patience:
    """Runs Qt's event loop until a condition holds; a Python loop would block other threads."""

    def __init__(self) -> None:
        self._loop = QEventLoop()
        self._is_so: Callable[[], bool] = lambda: True
        self._until = 0.0
        self._ticks = QTimer(interval=20)
        self._ticks.timeout.connect(self.look)

    def look(self) -> None:
        """Checks the condition."""
        if self._is_so() or time.monotonic() > self._until:
            self._loop.quit()

    def wait(self, is_so: Callable[[], bool]) -> None:
        self._is_so, self._until = is_so, time.monotonic() + PATIENCE_S
        self._ticks.start()
        if not is_so():
            self._loop.exec()
        self._ticks.stop()
        assert is_so(), "timed out"


@contextmanager
def _served(profile: Path, frames: Frames, app: QApplication) -> Iterator[tuple[Application, Patience]]:
    """The application on the serving page."""
    keys_in_a_file(profile)
    counter = build(app, profile, frames)
    counter.window.resize(1366, 768)
    counter.window.show()
    counter.start()
    status = list[Reply]()
    counter.thread.answered.connect(lambda _ask, reply: status.append(reply), Qt.ConnectionType.QueuedConnection)
    patience = Patience()
    try:
        patience.wait(lambda: bool(status))
        assert counter.window.page is Page.SERVE
        yield counter, patience
    finally:
        frames.close()
        counter.stop()
        counter.window.close()
