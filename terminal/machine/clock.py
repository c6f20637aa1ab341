"""Estimates the company's time. The wall clock may be wrong by years; the running time since boot is reliable.

After the server's time was learned in this boot, only running time is added to it. Before that, the wall clock with the
offset learned earlier is used, but not less than the time known to have passed.
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

JUMP_S = 60.0  # larger movements of the wall clock are journalled
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _this_boot() -> UUID:
    try:
        return UUID(_BOOT_ID.read_text().strip())
    except (OSError, ValueError):
        return uuid.uuid4()  # without a boot id, each start counts as a boot, which undercounts running time


def _boottime_ms() -> int:
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # includes suspension
    return time.clock_gettime_ns(kind) // 1_000_000


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine's three time readings; tests pass their own."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic_ms: Callable[[], int] = _boottime_ms
    boot: UUID = field(default_factory=_this_boot)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A moment of known server time, and the wall clock's offset from it."""

    server_time: datetime
    boot: UUID
    monotonic_ms: int
    offset_s: float


class Clock:
    """Estimates server time. Thread-safe."""

    def __init__(self, hardware: Hardware, anchor: Anchor | None = None, known_passed: datetime | None = None) -> None:
        self._hardware = hardware
        self._lock = Lock()
        self._anchor = anchor
        reading = self.reading()
        self._seen = reading
        self._booted_ms = 0 if _BOOT_ID.exists() else reading.monotonic_ms  # elsewhere a boot is a start of the program
        if anchor is not None and anchor.boot == reading.boot:
            self._base, self._base_ms = anchor.server_time, anchor.monotonic_ms
        else:
            offset = timedelta(seconds=anchor.offset_s if anchor else 0.0)
            known = [moment for moment in (known_passed, anchor.server_time if anchor else None) if moment]
            self._base = max([reading.wall + offset, *known])
            self._base_ms = reading.monotonic_ms

    def reading(self) -> Reading:
        """The machine's raw readings."""
        hardware = self._hardware
        return Reading(wall=hardware.wall(), boot=hardware.boot, monotonic_ms=hardware.monotonic_ms())

    def now(self) -> datetime:
        """The best estimate of server time."""
        with self._lock:
            return self._base + timedelta(milliseconds=self._hardware.monotonic_ms() - self._base_ms)

    def now_at_least(self) -> datetime:
        """What server time must be by now: the time learned last, and what the machine has run since.

        In a boot without contact the rest of `now` is the wall clock's own claim, and a customer is not to lose by it.
        """
        with self._lock:
            anchor = self._anchor
        if anchor is None or anchor.boot == self._hardware.boot:
            return self.now()
        ran_ms = self._hardware.monotonic_ms() - self._booted_ms
        return min(self.now(), anchor.server_time + timedelta(milliseconds=max(0, ran_ms)))

    def monotonic_s(self) -> float:
        """Seconds since boot, including suspension."""
        return self._hardware.monotonic_ms() / 1000

    @property
    def anchored_at(self) -> datetime | None:
        """The server time learned last, or None."""
        with self._lock:
            return self._anchor.server_time if self._anchor else None

    @property
    def anchor(self) -> Anchor | None:
        """The anchor to keep for the next start."""
        with self._lock:
            return self._anchor

    def learned(self, server_time: datetime, sent: Reading, received: Reading) -> None:
        """Learns the server's time, read between *sent* and *received*."""
        middle_ms = (sent.monotonic_ms + received.monotonic_ms) // 2
        offset = server_time - (received.wall - timedelta(milliseconds=received.monotonic_ms - middle_ms))
        self.take(Anchor(server_time, received.boot, middle_ms, offset.total_seconds()))

    def take(self, anchor: Anchor) -> None:
        """Takes an anchor learned here or by the exchanger; one from another boot is ignored."""
        if anchor.boot == self._hardware.boot:
            with self._lock:
                self._base, self._base_ms = anchor.server_time, anchor.monotonic_ms
                self._anchor = anchor

    def jumped_s(self) -> float | None:
        """How far the wall clock moved against running time since the last call, if more than `JUMP_S`."""
        reading = self.reading()
        running = (reading.monotonic_ms - self._seen.monotonic_ms) / 1000
        moved = (reading.wall - self._seen.wall).total_seconds() - running
        self._seen = reading
        return moved if abs(moved) > JUMP_S else None


def passed_since(last: Entry | None, hardware: Hardware) -> datetime | None:
    """The least time that has passed, by the journal's last entry and the running time since it in the same boot."""
    if last is None:
        return None
    ran_ms = hardware.monotonic_ms() - last.monotonic_ms if last.boot == hardware.boot else 0
    return last.occurred_at + timedelta(milliseconds=max(0, ran_ms))
