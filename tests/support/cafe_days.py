"""The café's till before noon: a month of days, and transactions that wait for the company."""

from datetime import timedelta
from functools import cache

from loyalty.transactions import Body, CardCreated, PointsEarned, PointsRedeemed, StampEarned
from sync.protocol.entries import ByCard
from terminal.storage.recorder import EntryContext, Recorder
from tests.support.cafe import PAUL, History
from tests.support.paper_company import PaperTill

STAMPS = (
    37,
    60,
    72,
    51,
    0,
    47,
    42,
    33,
    64,
    68,
    55,
    5,
    39,
    45,
    31,
    58,
    70,
    49,
    2,
    44,
    40,
    36,
    61,
    66,
    52,
    0,
    38,
    41,
    34,
)
POINTS, AMOUNT_MINOR = 21, 2100  # per stamp


def a_month(till: PaperTill) -> None:
    """The 29 days before today with stamps, points, rewards and new cards; some had hours offline."""
    recorder, begins = Recorder(till.journal, till.clock), till.machine.wall
    for back, stamps in zip(range(29, 0, -1), STAMPS, strict=True):
        offline = timedelta(hours=3) if back % 6 == 3 else timedelta(0)
        till.machine.passes(seconds=(begins + timedelta(days=29 - back) - till.machine.wall).total_seconds())
        till.hears()
        done: list[tuple[Body, int, int]] = [(PointsRedeemed(reward="croissant"), 0, 0)] * (stamps // 8)
        done += [(CardCreated(), 0, 0)] * (back % 4)
        if stamps:
            done.append((StampEarned(count=stamps), stamps, 0))
            done.append((PointsEarned(amount_minor=stamps * AMOUNT_MINOR), 0, stamps * POINTS))
        till.machine.passes(seconds=offline.total_seconds())
        for body, gave_stamps, gave_points in done:
            one = recorder.write(body, _context(till, "Tim Bakker"))
            till.company.judges(one.entry.id, one.seq, "accepted", stamps=gave_stamps, points=gave_points)
    till.company.acked_seq = till.journal.head().seq


@cache
def waiting(count: int) -> History:
    """A history of purchases of Paul's that still wait."""

    def history(till: PaperTill) -> None:
        recorder = Recorder(till.journal, till.clock)
        bought = [PointsEarned(amount_minor=350)] * count
        recorder.write_step(bought, _context(till, "Lena Moreau"))

    return history


def _context(till: PaperTill, by: str) -> EntryContext:
    """The context of entries on Paul's card, written by *by*."""
    return EntryContext(card=ByCard(PAUL.id), program=1, staff=till.company.staff[by])
