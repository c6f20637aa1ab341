"""Where an entry is placed in time: within what the server knows itself, and as its till says within that."""

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

from loyalty.transactions import StampEarned
from server.ledger.rows.entry_times import TOLERANCE, Anchors, occurred_at
from sync.protocol.entries import ENTRY_FORMAT, Entry, kind_of, raw_body
from sync.protocol.messages import Clock

NOON, HOUR = datetime(2026, 3, 2, 12, tzinfo=UTC), timedelta(hours=1)
PAIRED_AT, MS = NOON - 24 * HOUR, timedelta(milliseconds=1)
NOW_SENT, ANOTHER = uuid4(), uuid4()  # the boot that sends, and one before it
CLAIMED = [NOON + off for off in (-90_000 * HOUR, -HOUR, -MS, timedelta(0), HOUR / 60, 90_000 * HOUR)]
RAN = (timedelta(0), HOUR / 60, 2 * HOUR)
ANCHORED = (None, NOON - 3 * HOUR, NOON + HOUR)
HEARD = (None, NOON - 2 * HOUR, NOON + HOUR)


def test_no_entry_lies_outside_what_the_server_knows_and_one_inside_is_where_its_till_says() -> None:
    for claimed, boot, ran, runs, anchored, heard in product(CLAIMED, (NOW_SENT, ANOTHER), RAN, RAN, ANCHORED, HEARD):
        entry = Entry(
            v=ENTRY_FORMAT,
            id=uuid4(),
            kind=kind_of(StampEarned()),
            occurred_at=claimed,
            wall=claimed,
            boot=boot,
            monotonic_ms=ran // MS,
            running_ms=0,
            body=raw_body(StampEarned()),
            anchored_at=anchored,
        )
        clock = Clock(wall=NOON, boot=NOW_SENT, monotonic_ms=runs // MS)
        placed = occurred_at(entry, Anchors(now=NOON, clock=clock, paired_at=PAIRED_AT), heard)
        least = datetime.min.replace(tzinfo=UTC) if heard is None else min(heard, NOON) - TOLERANCE
        said = claimed, boot == NOW_SENT, ran, runs, anchored, heard
        assert placed.tzinfo is UTC and least <= placed <= NOON, said
        if boot == NOW_SENT and ran <= runs:
            exact = NOON - (runs - ran)
            expected = min(claimed, NOON) if abs(claimed - exact) <= TOLERANCE else exact
        else:
            booted = NOON if boot == NOW_SENT else NOON - runs
            known = max(PAIRED_AT, anchored or PAIRED_AT)
            lowest, highest = min(known, booted) - TOLERANCE, min(booted + TOLERANCE, NOON)
            expected = min(max(claimed, lowest), highest)
        assert placed == max(expected, least), said
