"""`propagation`: from giving points at one till until they are on another till's disk: till → server → till.

Tills and server are separate processes, as in a shop, and each waits for its disk; the peer's tills replicate live
without waiting for disks.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.peers import pouchdb
from benchmarks.setups.shop import keys_in_a_file, shop, token
from terminal.interface.asks import Earn, Scan

SALES = 300
WARM_UP = 20
COMMITS = 3  # of the till's journal, the server's database, and the other till's replica
OURS_S = 0.006  # allowed for everything else
CARD = 7


def run(folder: Path) -> list[Outcome]:
    """Ours, then the peer; the disk is measured before and after ours."""
    before = fdatasync_s(folder)
    waits = propagated_s(folder / "shop", SALES)
    disk = max(before, fdatasync_s(folder))
    peer_p50, peer_p95 = pouchdb.live_s(folder / "pouchdb", SALES)
    p50, p95 = percentile(waits, 0.5), percentile(waits, 0.95)
    floor = COMMITS * disk
    more = (("p50", ms(p50)), ("p95", ms(p95)), ("peer_p50", ms(peer_p50)), ("sales", str(SALES)))
    return [
        Outcome(
            name="propagation",
            ratio=(p50 - floor) / OURS_S,
            goal=1,
            higher_is_better=False,
            floor=ms(floor),
            peer=ms(peer_p95),
            fdatasync_s=disk,
            more=(("p50_without_disk", ms(p50 - floor)), *more),
        ),
        Outcome(
            name="propagation-p95",
            ratio=p95 / peer_p95,
            goal=0.5,
            higher_is_better=False,
            floor=ms(floor),
            peer=ms(peer_p95),
            fdatasync_s=disk,
            more=more,
        ),
    ]


def propagated_s(folder: Path, sales: int) -> list[float]:
    """The seconds from each tap at one till until the other till has the card's new points on disk."""
    waits = []
    with shop(folder, cards=100) as ours:
        here, there = ours.pair("here"), ours.pair("there")
        till = ours.open(here)
        till.exchanger.sync(60)
        till.close()
        with _other_till(there) as arrivals:
            till = ours.open(here, exchanging=True)
            try:
                points = next(arrivals)[1]
                assert till.counter.handle(Scan(token(CARD))).ok
                for _ in range(WARM_UP + sales):
                    begun = monotonic()
                    entry = till.counter.handle(Earn(500)).entry
                    assert entry is not None and entry.points
                    points += entry.points
                    waits.append(next(at for at, shown in arrivals if shown == points) - begun)
            finally:
                till.close()
    return waits[WARM_UP:]


@contextmanager
def _other_till(profile: Path) -> Iterator[Iterator[tuple[float, int]]]:
    """Runs the till in *profile* as a process; yields the times and points of each change on its disk."""
    words = [sys.executable, "-m", "benchmarks.setups.receiving_till", str(profile), token(CARD)]
    keys_in_a_file(profile)
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield ((float(at), int(points)) for at, points in (line.split() for line in process.stdout))
    finally:
        process.communicate()
