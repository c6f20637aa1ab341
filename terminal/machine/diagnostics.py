"""Diagnostics for support, in one JSON file: versions, states, sizes and the last log lines.

It must not contain names of persons, cards, companies or addresses, nor keys or tokens.
"""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec import Struct

from sync.protocol.version import VERSION
from terminal.interface.views import StatusView
from terminal.machine.preferences import Preferences
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import LogLine

PARTS = ("PySide6-Essentials", "opencv-python-headless", "zxing-cpp", "numpy", "SQLAlchemy", "msgspec", "miniaudio")
FILES = ("journal.db", "journal.db-wal", "replica.db", "replica.db-wal", "preferences.json", "signed-off")


class StatusExtract(Struct, frozen=True):
    """The status without names."""

    online: bool
    confirmed_at: datetime | None
    offline_since: datetime | None
    waiting: int
    held: int
    last_seq: int
    acked_seq: int
    essentials: int
    bulk: int
    problem: str | None
    program: str | None
    serve_days: int
    blanks: int
    loading: bool
    pair_again: bool
    too_old: bool
    rewards_stopped: bool
    compared_at: datetime | None
    differences: int
    restored_at: datetime | None


class Diagnostics(Struct, frozen=True):
    """The contents of the diagnostics file."""

    written_at: datetime
    version: str
    frozen: bool
    python: str
    system: str
    parts: dict[str, str]
    screen: str
    preferences: Preferences
    files: dict[str, int]  # bytes
    status: StatusExtract | None
    log: tuple[LogLine, ...]


def gather(
    profile: Profile, status: StatusView | None, chosen: Preferences, log: tuple[LogLine, ...], *, screen: str
) -> Diagnostics:
    """Collects the diagnostics. Files are measured but not read."""
    return Diagnostics(
        written_at=datetime.now(UTC),
        version=VERSION,
        frozen=bool(getattr(sys, "frozen", False)),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",  # without platform.node, a name
        parts={name: _version(name) for name in PARTS},
        screen=screen,
        preferences=msgspec.structs.replace(chosen, printer_address=""),  # may name a machine or its owner
        files={name: size for name in FILES if (size := _size(profile.folder / name)) is not None},
        status=None if status is None else _extract(status),
        log=log,
    )


def write(path: Path, found: Diagnostics) -> None:
    """Writes the file, indented. Raises OSError."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))


def _extract(status: StatusView) -> StatusExtract:
    return StatusExtract(
        online=status.online,
        confirmed_at=status.confirmed_at,
        offline_since=status.offline_since,
        waiting=status.waiting,
        held=status.held,
        last_seq=status.last_seq,
        acked_seq=status.acked_seq,
        essentials=status.cursor.essentials,
        bulk=status.cursor.bulk,
        problem=None if status.problem is None else status.problem.kind,
        program=status.program,
        serve_days=status.readiness.serve_days,
        blanks=status.readiness.blanks,
        loading=status.progress is not None,
        pair_again=status.pair_again,
        too_old=status.too_old,
        rewards_stopped=status.rewards_stopped,
        compared_at=status.compared_at,
        differences=status.differences,
        restored_at=status.restored_at,
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a frozen program has no package metadata
        return ""


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
