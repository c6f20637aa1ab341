"""`tap`: from asking for a stamp until its entry is on disk, including the decision; and until the reply."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures.floors import fdatasync_s, percentile, sqlite_commits_s
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups.shop import shop, token
from sync.protocol.entries import Entry, Side
from terminal.bootstrap import Till
from terminal.interface.asks import Scan, Stamp
from terminal.storage.journal import Written

TAPS = 400
CARDS = 1_000
WARM = 50


def run(folder: Path) -> list[Outcome]:
    """Real requests to a real counter, one customer after the other; with floors of the same moment."""
    with shop(folder / "shop", cards=CARDS) as ours:
        till = ours.open(ours.pair("till"))
        try:
            till.exchanger.sync(60)
            disk, raw = fdatasync_s(folder), sqlite_commits_s(folder)
            durable, replied = _taps(till)
        finally:
            till.close()
    floor_p50, floor_p99 = percentile(raw, 0.5), percentile(raw, 0.99)
    p50, p99 = percentile(durable, 0.5), percentile(durable, 0.99)
    more = (
        ("p50", ms(p50)),
        ("p99", ms(p99)),
        ("reply_p50", ms(percentile(replied, 0.5))),
        ("reply_p99", ms(percentile(replied, 0.99))),
    )

    def outcome(name: str, ratio: float, floor: str) -> Outcome:
        return Outcome(
            name=name,
            ratio=ratio,
            goal=1,
            higher_is_better=False,
            floor=floor,
            peer=f"sqlite-commit:{ms(floor_p50)}",
            fdatasync_s=disk,
            more=more,
        )

    return [
        outcome("tap", p50 / (disk + 0.0005), f"{ms(disk)}+0.5ms"),
        outcome("tap-p99", p99 / (2 * floor_p99 + 0.001), f"2x{ms(floor_p99)}+1ms"),
    ]


def _taps(till: Till) -> tuple[list[float], list[float]]:
    """The seconds from each tap until its entry was durable, and until the reply."""
    durable_at: list[float] = []
    append = till.journal.append
    till.journal.append = _noting(append, durable_at)  # type: ignore[method-assign, assignment]  # records when the entry was durable
    durable, replied = [], []
    for number in range(WARM + TAPS):
        assert till.counter.handle(Scan(token(number))).ok
        begun = time.perf_counter()
        assert till.counter.handle(Stamp()).ok
        replied.append(time.perf_counter() - begun)
        durable.append(durable_at[-1] - begun)
    return durable[WARM:], replied[WARM:]


Append = Callable[[Entry, Side | None], Written]


def _noting(append: Append, noted: list[float]) -> Append:
    def noting(entry: Entry, side: Side | None = None) -> Written:
        written = append(entry, side)
        noted.append(time.perf_counter())
        return written

    return noting
