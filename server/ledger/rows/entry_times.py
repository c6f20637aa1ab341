"""When an entry happened, by the server's clock: tills' clocks may lie by years.

Within the boot that sends, running time places an entry exactly. An earlier boot is known to lie between the last
server time the till had learned and the beginning of the boot that sends; what it claims is kept within these.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync.protocol.entries import Entry
from sync.protocol.messages import Clock

TOLERANCE = timedelta(minutes=2)  # an exchange takes time, and a till's estimate is as good as its exchanges
_RUNNING_MAX = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What is known of a till's time at the moment it sends."""

    now: datetime
    clock: Clock
    paired_at: datetime  # nothing it says can have happened before


def occurred_at(entry: Entry, anchors: Anchors) -> datetime:
    """The moment the ledger gives to *entry*; never in the future, and spelled as it will be read again."""
    return _placed(entry, anchors).astimezone(UTC)


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
    """Whether the till's clock was so far off that a verdict should say so."""
    return abs(entry.occurred_at - placed) > TOLERANCE


def _running(milliseconds: int) -> timedelta:
    return min(timedelta(milliseconds=min(max(milliseconds, 0), 10**12)), _RUNNING_MAX)
