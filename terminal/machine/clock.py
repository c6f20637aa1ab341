"""The best estimate of the company's time. A wall clock may lie by years; the time since the boot does not.

Once the server has told the time in this boot, only running time is added to it. Before that, the wall clock with
the offset learned earlier counts, but never less than what is already known to have passed.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID

from sync.protocol.entries import Entry
from sync.protocol.messages import Clock as Reading

JUMP_S = 60.0  # a wall clock that moves by more than this against running time is journalled
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _this_boot() -> UUID:
    try:
        return UUID(_BOOT_ID.read_text().strip())
    except (OSError, ValueError):
        return uuid.uuid4()  # elsewhere every start counts as a boot: less running time is counted, never more


def _boottime_ms() -> int:
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # suspension counts
    return time.clock_gettime_ns(kind) // 1_000_000


@dataclass(frozen=True, slots=True)
class Hardware:
    """The three readings a machine offers; tests hand in their own."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic_ms: Callable[[], int] = _boottime_ms
    boot: UUID = field(default_factory=_this_boot)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment with known server time, and how far the wall clock was from it."""

    server_time: datetime
    boot: UUID
    monotonic_ms: int
    offset_s: float


class Clock:
    """Estimates server time. The exchange teaches it, every thread may ask."""

    def __init__(self, hardware: Hardware, anchor: Anchor | None = None, known_passed: datetime | None = None) -> None:
        self._hardware = hardware
        self._lock = Lock()
        self._anchor = anchor
        reading = self.reading()
        self._seen = reading
        if anchor is not None and anchor.boot == reading.boot:
            self._base, self._base_ms = anchor.server_time, anchor.monotonic_ms
        else:
            offset = timedelta(seconds=anchor.offset_s if anchor else 0.0)
            known = [moment for moment in (known_passed, anchor.server_time if anchor else None) if moment]
            self._base = max([reading.wall + offset, *known])
            self._base_ms = reading.monotonic_ms

    def reading(self) -> Reading:
        """What the machine says now, believed or not."""
        hardware = self._hardware
        return Reading(wall=hardware.wall(), boot=hardware.boot, monotonic_ms=hardware.monotonic_ms())

    def now(self) -> datetime:
        """The best estimate of server time."""
        with self._lock:
            return self._base + timedelta(milliseconds=self._hardware.monotonic_ms() - self._base_ms)

    def monotonic_s(self) -> float:
        """Seconds since the boot, suspension counted."""
        return self._hardware.monotonic_ms() / 1000

    @property
    def anchored_at(self) -> datetime | None:
        """The server time learned last."""
        with self._lock:
            return self._anchor.server_time if self._anchor else None

    @property
    def anchor(self) -> Anchor | None:
        """What is worth keeping for the next start."""
        with self._lock:
            return self._anchor

    def learned(self, server_time: datetime, sent: Reading, received: Reading) -> None:
        """The server said its time somewhere between *sent* and *received*."""
        middle_ms = (sent.monotonic_ms + received.monotonic_ms) // 2
        offset = server_time - (received.wall - timedelta(milliseconds=received.monotonic_ms - middle_ms))
        self.take(Anchor(server_time, received.boot, middle_ms, offset.total_seconds()))

    def take(self, anchor: Anchor) -> None:
        """What was learned, here or by the exchanger. Of another boot it says nothing about this one's running time."""
        if anchor.boot == self._hardware.boot:
            with self._lock:
                self._base, self._base_ms = anchor.server_time, anchor.monotonic_ms
                self._anchor = anchor

    def jumped_s(self) -> float | None:
        """By how much the wall clock has moved against running time since the last call, if by much."""
        reading = self.reading()
        running = (reading.monotonic_ms - self._seen.monotonic_ms) / 1000
        moved = (reading.wall - self._seen.wall).total_seconds() - running
        self._seen = reading
        return moved if abs(moved) > JUMP_S else None


def passed_since(last: Entry | None, hardware: Hardware) -> datetime | None:
    """What must have passed by now, going by the journal's last entry and, in the same boot, the time run since."""
    if last is None:
        return None
    ran_ms = hardware.monotonic_ms() - last.monotonic_ms if last.boot == hardware.boot else 0
    return last.occurred_at + timedelta(milliseconds=max(0, ran_ms))
