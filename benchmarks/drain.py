"""`drain`: a till that was offline hands 10,000 entries over, and has a verdict on every one of them.

The peer hands over as many documents, and hears nothing about them; `drain-both-ways` has it fetch as many verdicts and
the changed cards, as ours does. It never waits for a disk; ours commits with fsync on both ends.
"""

from pathlib import Path

from benchmarks import pouchdb
from benchmarks.floors import fdatasync_s, percentile, sqlite_commits_s, timed
from benchmarks.outcome import Outcome, ms
from benchmarks.shop import Shop, shop, token
from terminal.bootstrap import Till
from terminal.interface.asks import Earn, Scan
from tests.support import postgres

ENTRIES = 10_000
CARDS = 5_000


def run(folder: Path) -> list[Outcome]:
    """Ours on both databases, then the peer as it comes, tuned, and both ways, on the same disk."""
    disk = fdatasync_s(folder)
    floor = percentile(sqlite_commits_s(folder), 0.5)
    with shop(folder / "shop", cards=CARDS) as ours:
        on_sqlite = drained_s(ours, ENTRIES)
    with (
        postgres.running(durable=True) as cluster,
        cluster.database() as url,
        shop(folder / "postgresql", cards=CARDS, database=url) as ours,
    ):
        on_postgresql = drained_s(ours, ENTRIES)
    as_it_comes = pouchdb.drain_s(folder / "pouchdb", ENTRIES)
    tuned = pouchdb.drain_s(folder / "pouchdb-tuned", ENTRIES, pouchdb.TUNED_BATCH)
    both_ways = pouchdb.drain_both_ways_s(folder / "pouchdb-both-ways", ENTRIES)

    def outcome(name: str, peer: float, ours_s: float, goal: float) -> Outcome:
        return Outcome(
            name=name,
            ratio=peer / ours_s,
            goal=goal,
            higher_is_better=True,
            floor=f"{ms(floor)}/commit",
            peer=f"{peer:.2f}s",
            fdatasync_s=disk,
            more=(("ours", f"{ours_s:.2f}s"), ("entries", str(ENTRIES)), ("per_s", f"{ENTRIES / ours_s:.0f}")),
        )

    return [
        outcome("drain", as_it_comes, on_sqlite, 10),
        outcome("drain-tuned", tuned, on_sqlite, 5),
        outcome("drain-both-ways", both_ways, on_sqlite, 10),
        outcome("drain-postgresql", as_it_comes, on_postgresql, 6),
    ]


def drained_s(ours: Shop, entries: int) -> float:
    """Seconds from the first exchange until all of *entries* have their verdict on the till."""
    till = ours.open(ours.pair("till"))
    try:
        till.exchanger.sync(120)
        write_offline(till, entries)
        (seconds,) = timed(lambda: till.exchanger.sync(600), 1)
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
