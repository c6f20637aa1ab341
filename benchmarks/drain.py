"""`drain`: a till that was offline hands over 10,000 entries and receives a verdict on each.

The peer hands over as many documents without receiving anything; in `drain-both-ways` it also fetches as many verdicts
and the changed cards, like ours. It does not wait for the disk; ours commits with fsync on both ends.
"""

from pathlib import Path

from benchmarks.figures.floors import fdatasync_s, percentile, sqlite_commits_s, timed
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.peers import pouchdb
from benchmarks.setups.shop import Shop, shop, token
from terminal.bootstrap import Till
from terminal.interface.asks import Earn, Scan
from tests.support import postgres

ENTRIES = 10_000
CARDS = 5_000


def run(folder: Path) -> list[Outcome]:
    """Ours on both databases, then the peer with defaults, tuned, and both ways, on the same disk."""
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
    """The seconds from the first exchange until all entries have their verdict on the till."""
    till = ours.open(ours.pair("till"))
    try:
        till.exchanger.sync(120)
        write_offline(till, entries)
        (seconds,) = timed(lambda: till.exchanger.sync(600), 1)
        marks = till.replica.marks()
        assert marks.acked_seq == till.journal.head().seq, "not all entries were acknowledged"
        return seconds
    finally:
        till.close()


def write_offline(till: Till, entries: int) -> None:
    """Records purchases at the offline till, spread over the cards, each with a scan."""
    for number in range(entries):
        assert till.counter.handle(Scan(token(number % CARDS))).ok
        assert till.counter.handle(Earn(100 + number % 4900)).ok
