"""`lookup`: a card found by its code in the store of a till with 1,000,000 cards, alone and while the till drains.

The drain runs in the till's exchanger process, as in a shop, with its server on the same machine; codes are chosen at
random from all cards.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.drain import write_offline
from benchmarks.figures.floors import fdatasync_s, percentile, timed
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups.shop import Shop, shop, token
from sync.protocol.sealing import token_hash
from sync.replica.tables import TOKEN_KEY, code_key
from terminal.bootstrap import Till

CARDS = 1_000_000
ENTRIES = 10_000
LOOKUPS = 20_000
STORE_S = 0.0003
LOADING_S_MAX = 3600.0


def run(folder: Path, *, cards: int = CARDS, entries: int = ENTRIES, lookups: int = LOOKUPS) -> list[Outcome]:
    """Alone, then during a drain; the same query without our code is the floor."""
    with shop(folder / "shop", cards=cards) as ours:
        profile = ours.pair("till")
        till = ours.open(profile)
        try:
            till.exchanger.sync(LOADING_S_MAX)
            write_offline(till, entries)
            codes = _codes(cards)
            _look_up(till, codes, lookups // 10)  # warm-up
            disk, raw = fdatasync_s(folder), _raw(profile / "replica.db", codes, lookups)
            idle = _look_up(till, codes, lookups)
        finally:
            till.close()
        busy = _beside_a_drain(ours, profile, codes)
    p99, idle_p99, floor = percentile(busy, 0.99), percentile(idle, 0.99), percentile(raw, 0.99)
    more = (
        ("p50", ms(percentile(busy, 0.5))),
        ("p99", ms(p99)),
        ("max", ms(max(busy))),
        ("idle_p50", ms(percentile(idle, 0.5))),
        ("idle_p99", ms(idle_p99)),
        ("lookups", str(len(busy))),
        ("cards", str(cards)),
    )

    def outcome(name: str, ratio: float, goal: float) -> Outcome:
        return Outcome(
            name=name,
            ratio=ratio,
            goal=goal,
            higher_is_better=False,
            floor=f"sqlite:{ms(floor)}",
            peer=f"idle:{ms(idle_p99)}",
            fdatasync_s=disk,
            more=more,
        )

    return [outcome("lookup", p99 / STORE_S, 1), outcome("lookup-idle", p99 / idle_p99, 1.5)]


def found_s(till: Till, code: bytes) -> float:
    """The seconds to find the card with this code's hash."""
    begun = time.perf_counter()
    with till.replica.snapshot() as snapshot:
        found = snapshot.card_by_code(code)
    taken = time.perf_counter() - begun
    assert found is not None, "a card is missing"
    return taken


def _codes(cards: int) -> Iterator[bytes]:
    chance = random.Random(7)  # noqa: S311 - the same codes in every run
    while True:
        yield token_hash(token(chance.randrange(cards)))


def _look_up(till: Till, codes: Iterator[bytes], times: int) -> list[float]:
    return [found_s(till, next(codes)) for _ in range(times)]


def _beside_a_drain(ours: Shop, profile: Path, codes: Iterator[bytes]) -> list[float]:
    till = ours.open(profile, exchanging=True)
    try:
        drain = threading.Thread(target=till.exchanger.sync, args=(600,))
        taken = []
        drain.start()
        while drain.is_alive():
            taken.append(found_s(till, next(codes)))
        drain.join()
        assert till.replica.marks().acked_seq == till.journal.head().seq, "not all entries were acknowledged"
        return taken
    finally:
        till.close()


def _raw(file: Path, codes: Iterator[bytes], times: int) -> list[float]:
    with closing(sqlite3.connect(file, isolation_level=None)) as conn:
        query = f"SELECT row, version, as_of_seq FROM cards WHERE {TOKEN_KEY} = ?"  # noqa: S608 - no user input
        return timed(lambda: conn.execute(query, (code_key(next(codes)),)).fetchall(), times)
