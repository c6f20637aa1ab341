"""`scan`: codes read in generated frames, compared with plain zxing-cpp on the same frames, and the cost of reading.

Frames and films are those of tests/frames; with ORION_FRAMES=FOLDER also the pictures listed in its truth.csv.
ORION_SCAN_PER_KIND (20 frames) and ORION_SCAN_FILMS (8) shorten a run.
"""

import csv
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from terminal.scanner.camera.sources import read_picture
from terminal.scanner.decoding.cascade import REPAIRS_OF_OPENCV, REPAIRS_OF_ZBAR, REPAIRS_OF_ZXING
from terminal.scanner.decoding.decoder import Decoder, read_still
from terminal.scanner.decoding.stages import READ_PLAIN, Stage, as_it_is, grayscale, read_opencv, read_zbar
from terminal.scanner.frames import Frame
from terminal.scanner.scans import PLAIN
from terminal.scanner.seen import Seen
from tests.frames.films import known_film
from tests.frames.kinds import KnownFrame, known_frames

PER_KIND = int(os.environ.get("ORION_SCAN_PER_KIND", "20"))
FILMS = int(os.environ.get("ORION_SCAN_FILMS", "8"))
ALL_READ = (
    "clean",
    "turned",
    "inverted",
    "moiré",
    "cluttered",
    "jpeg",
    "two codes",
    "rotate",
    "moire",
    "clutter",
    "two_codes",
)
GROUPS = {"zbar": REPAIRS_OF_ZBAR, "opencv": REPAIRS_OF_OPENCV, "repairs for zxing": REPAIRS_OF_ZXING}
DECODERS = (READ_PLAIN, Stage("zbar alone", as_it_is, read_zbar), Stage("opencv alone", as_it_is, read_opencv))


@dataclass(slots=True)
class Cost:
    """The seconds for each frame: plain zxing-cpp, and the live path; both with conversion to gray."""

    plain_s: list[float] = field(default_factory=list)
    live_s: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """The results for one family of frames."""

    cost: Cost
    with_code: int = 0
    plain: int = 0
    live: int = 0
    still: int = 0
    wrong: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    only: Counter[str] = field(default_factory=Counter)  # read by this stage only
    lost: Counter[str] = field(default_factory=Counter)  # not read without the stages of a group

    def add(self, known: KnownFrame) -> None:
        right = {known.text} - {None}
        plain, seconds = _timed(_read_plain, known.frame)
        self.cost.plain_s.append(seconds)
        live, seconds = _timed(Decoder().decode, known.frame)
        self.cost.live_s.append(seconds)
        still = read_still(known.frame)
        self.wrong += any(code.text not in right | {known.beside} for code in (*plain, *live, *still))
        self.with_code += bool(right)
        for name, codes in (("plain", plain), ("live", live), ("still", still)):
            read = [code for code in codes if code.text in right]
            setattr(self, name, getattr(self, name) + bool(read))
            if name == "still":
                self.stages.update(code.stage for code in read)
                self.missed[known.kind] += bool(right) and not read
                for stage in {code.stage for code in read} - {PLAIN}:
                    self._leave_out(known, stage)

    def _leave_out(self, known: KnownFrame, stage: str) -> None:
        """Counts what would be lost without the stage that read this frame, and without its whole group."""
        group = next(group for group, stages in GROUPS.items() if stage in stages)
        self.only[stage] += not _reads(known, {stage})
        self.lost[group] += not _reads(known, GROUPS[group])


def _reads(known: KnownFrame, left_out: frozenset[str] | set[str]) -> bool:
    return any(code.text == known.text for code in read_still(known.frame, uses=lambda one: one.name not in left_out))


def run(folder: Path) -> list[Outcome]:
    """Reading, then the cost of a single frame, a film's frame and an idle one, then the delay in reading a sliding
    code."""
    cv2.setNumThreads(1)  # on a till, the other cores are busy
    disk = fdatasync_s(folder)
    families = [("own", known_frames(PER_KIND))]
    if others := os.environ.get("ORION_FRAMES"):
        families.append(("listed", _listed(Path(others))))
    outcomes, singly, in_films = [], Cost(), Cost()
    for name, frames in families:
        tally = Tally(singly)
        for known in frames:
            tally.add(known)
        outcomes.append(_reading(name, tally, disk))
    late = _films(in_films)
    costs = (("frame", 3, 0.95, singly), ("film", 3, 0.95, in_films), ("idle", 1, 0.5, _idle()))
    outcomes += [_cost(f"scan-{name}", goal, share, cost, disk) for name, goal, share, cost in costs]
    sliding = Outcome(
        name="scan-sliding",
        ratio=max(late),
        goal=1,
        higher_is_better=False,
        floor="-",
        peer="any decoder alone",
        fdatasync_s=disk,
        more=(("films", str(len(late))), ("frames_late", ",".join(map(str, late)))),
    )
    return [*outcomes, sliding]


def _reading(name: str, tally: Tally, disk: float) -> Outcome:
    unread = ",".join(f"{kind}:{count}" for kind, count in tally.missed.items() if count)
    broken = [kind for kind in ALL_READ if tally.missed[kind]]
    more = (
        ("with_code", str(tally.with_code)),
        ("read", str(tally.still)),
        ("live_first_frame", str(tally.live)),
        ("wrong", str(tally.wrong)),
        ("missed_of_easy_kinds", ",".join(broken) or "none"),
        ("unread", unread.replace(" ", "-")),
        ("read_by", _counts(tally.stages)),
        ("only_by", _counts(tally.only)),
        ("lost_without", _counts(tally.lost)),
    )
    ratio = 0.0 if tally.wrong or broken else tally.still / tally.plain
    return Outcome(
        name=f"scan-{name}",
        ratio=ratio,
        goal=1.09,
        higher_is_better=True,
        floor="-",
        peer=f"{tally.plain}_read",
        fdatasync_s=disk,
        more=more,
    )


def _counts(counter: Counter[str]) -> str:
    return ",".join(f"{name}:{count}" for name, count in counter.most_common() if count).replace(" ", "-") or "none"


def _cost(name: str, goal: float, share: float, cost: Cost, disk: float) -> Outcome:
    plain, ours = percentile(cost.plain_s, share), percentile(cost.live_s, share)
    p50, p95 = (ms(percentile(cost.live_s, each)) for each in (0.5, 0.95))
    return Outcome(
        name=name,
        ratio=ours / plain,
        goal=goal,
        higher_is_better=False,
        floor="-",
        peer=f"{ms(plain)}/plain",
        fdatasync_s=disk,
        more=(("p50", p50), ("p95", p95), ("frames", str(len(cost.live_s)))),
    )


def _films(cost: Cost) -> list[int]:
    """By how many frames each film's code was read later than by the best single decoder."""
    late = []
    for number in range(FILMS):
        film, decoder = known_film(number), Decoder()
        anyone = ours = None
        for at, frame in enumerate(film.frames):
            plain, seconds = _timed(_read_plain, frame)
            cost.plain_s.append(seconds)
            codes, seconds = _timed(decoder.decode, frame)
            cost.live_s.append(seconds)
            if ours is None and any(code.text == film.text for code in codes):
                ours = at
            if anyone is None and (plain or any(_read_by(stage, frame) for stage in DECODERS[1:])):
                anyone = at
        if anyone is not None:
            late.append(max(0, (at if ours is None else ours) - anyone))
    return late


def _idle() -> Cost:
    """The same empty counter for ten seconds, without the first two, in which each repair is tried."""
    (known,) = known_frames(1, kinds=("empty",))
    decoder, cost = Decoder(), Cost()
    for at in range(300):
        codes, seconds = _timed(decoder.decode, known.frame)
        assert not codes
        if at >= 60:
            cost.live_s.append(seconds)
            cost.plain_s.append(_timed(_read_plain, known.frame)[1])
    return cost


def _read_plain(frame: Frame) -> tuple[Seen, ...]:
    return _read_by(READ_PLAIN, frame)


def _read_by(stage: Stage, frame: Frame) -> tuple[Seen, ...]:
    gray = grayscale(frame)
    return () if gray is None else stage.decode(gray)


def _timed(decode: Callable[[Frame], tuple[Seen, ...]], frame: Frame) -> tuple[tuple[Seen, ...], float]:
    began = time.perf_counter()
    seen = decode(frame)
    return seen, time.perf_counter() - began


def _listed(folder: Path) -> Iterator[KnownFrame]:
    """Frames listed in a truth.csv with the columns file, category, text and allowed."""
    with (folder / "truth.csv").open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            picture = read_picture(folder / row["file"])
            assert picture is not None, row["file"]
            beside = next(iter(json.loads(row["allowed"])), None)
            yield KnownFrame(row["category"], number, picture, row["text"] or None, beside)
