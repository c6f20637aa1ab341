"""Compares the company's database, read without our code, with what the tills acknowledged."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID


@dataclass
class Acknowledged:
    """What the counters acknowledged: the entries' ids, and each card's balances by simple arithmetic."""

    entries: list[UUID] = field(default_factory=list)
    stamps: Counter[UUID] = field(default_factory=Counter)
    points: Counter[UUID] = field(default_factory=Counter)


@dataclass(frozen=True)
class Comparison:
    """The differences between the database and the acknowledgements."""

    lost: int
    doubled: int
    equal: bool


def compare(recorded: Acknowledged, database: Path) -> Comparison:
    """Checks that each entry is booked once and each card has exactly what was given."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as books:
        written = Counter(UUID(bytes=row[0]) for row in books.execute("SELECT transaction_id FROM transactions"))
        cards = {
            UUID(bytes=row[0]): (row[1], row[2])
            for row in books.execute("SELECT card_id, stamp_count, points_balance FROM cards")
        }
    lost = sum(1 for entry in recorded.entries if written[entry] == 0)
    doubled = sum(count - 1 for count in written.values() if count > 1)
    for card, (stamps, points) in cards.items():
        for found, expected in ((stamps, recorded.stamps[card]), (points, recorded.points[card])):
            lost += max(0, expected - found)
            doubled += max(0, found - expected)
    foreign = set(written) - set(recorded.entries)
    return Comparison(lost, doubled, lost == doubled == 0 and not foreign)
