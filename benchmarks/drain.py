"""`drain`: a till that was offline hands 10,000 entries over, and knows that they are in the books.

The peer hands over as many documents, without waiting for any disk; ours commits with fsync on both ends.
"""

from pathlib import Path

from benchmarks import pouchdb
from benchmarks.floors import fdatasync_s, percentile, sqlite_commits_s, timed
from benchmarks.outcome import Outcome, ms
from benchmarks.shop import Shop, shop, token
from terminal.bootstrap import Till
from terminal.views import Earn, Scan

ENTRIES = 10_000
CARDS = 5_000


def run(folder: Path) -> list[Outcome]:
    """Ours, then the peer as it comes and tuned, on the same disk."""
    disk = fdatasync_s(folder)
    floor = percentile(sqlite_commits_s(folder), 0.5)
    with shop(folder / "shop", cards=CARDS) as ours:
        seconds = drained_s(ours, ENTRIES)
    as_it_comes = pouchdb.drain_s(folder / "pouchdb", ENTRIES)
    tuned = pouchdb.drain_s(folder / "pouchdb-tuned", ENTRIES, pouchdb.TUNED_BATCH)
    more = (("ours", f"{seconds:.2f}s"), ("entries", str(ENTRIES)), ("entries_per_s", f"{ENTRIES / seconds:.0f}"))
    return [
        Outcome(
            name=name,
            ratio=peer / seconds,
            goal=goal,
            higher_is_better=True,
            floor=f"{ms(floor)}/commit",
            peer=f"{peer:.2f}s",
            fdatasync_s=disk,
            more=more,
        )
        for name, peer, goal in (("drain", as_it_comes, 10), ("drain-tuned", tuned, 5))
    ]


def drained_s(ours: Shop, entries: int) -> float:
    """Seconds from the first exchange until all of *entries* have their verdict on the till."""
    till = ours.open(ours.pair("till"))
    try:
        till.driver.sync(120)
        write_offline(till, entries)
        (seconds,) = timed(lambda: till.driver.sync(600), 1)
        marks = till.replica.marks()
        assert marks.acked_seq == till.journal.head().seq, "not all of it arrived"
        return seconds
    finally:
        till.close()


def write_offline(till: Till, entries: int) -> None:
    """Purchases spread over the cards, each scanned and given at the counter."""
    for number in range(entries):
        assert till.counter.handle(Scan(token(number % CARDS))).ok
        assert till.counter.handle(Earn(100 + number % 4900)).ok
