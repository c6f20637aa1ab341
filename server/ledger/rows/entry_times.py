"""The time of an entry by the server's clock; a till's own clock may be wrong by years.

Entries of the boot that sends are placed exactly, by running time. Entries of earlier boots lie between the last server
time the till had learned and the start of the sending boot; their claimed time is clamped to that range. Whatever a
till says of its clock, none lies before a request that was signed without it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync.protocol.entries import Entry
from sync.protocol.messages import Clock

TOLERANCE = timedelta(minutes=2)  # covers the exchange's duration and the till's estimate
_RUNNING_MAX = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What the server knows about a till's clock when the till sends."""

    now: datetime
    clock: Clock
    paired_at: datetime  # no entry can be older


def occurred_at(entry: Entry, anchors: Anchors, written_since: datetime | None = None) -> datetime:
    """The moment recorded in the ledger for *entry*, in UTC and never in the future.

    *written_since* is when the server heard of a journal in which the entry was not yet.
    """
    placed = _placed(entry, anchors)
    if written_since is not None:
        placed = max(placed, min(written_since, anchors.now) - TOLERANCE)
    return placed.astimezone(UTC)


def _placed(entry: Entry, anchors: Anchors) -> datetime:
    claimed, clock = entry.occurred_at, anchors.clock
    if entry.boot == clock.boot and 0 <= entry.monotonic_ms <= clock.monotonic_ms:
        exact = anchors.now - _running(clock.monotonic_ms - entry.monotonic_ms)
        return min(claimed, anchors.now) if abs(claimed - exact) <= TOLERANCE else exact
    latest = anchors.now if entry.boot == clock.boot else anchors.now - _running(clock.monotonic_ms)
    earliest, anchored = anchors.paired_at, entry.anchored_at
    if anchored is not None and anchored.tzinfo is not None:
        earliest = max(earliest, anchored)
    earliest, latest = min(earliest, latest) - TOLERANCE, min(latest + TOLERANCE, anchors.now)
    return min(max(claimed, earliest), latest)


def was_corrected(entry: Entry, placed: datetime) -> bool:
    """True if the till's clock was wrong by more than the tolerance, which the verdict notes."""
    return abs(entry.occurred_at - placed) > TOLERANCE


def _running(milliseconds: int) -> timedelta:
    return min(timedelta(milliseconds=min(max(milliseconds, 0), 10**12)), _RUNNING_MAX)
