"""A company's snapshot files and their manifest. A file gets its final name only once it is durable.

There is one snapshot for each company; a new one replaces the old. Files are named by their hash, so that a resumed
download cannot mix two of them.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from sync.replica.disk import to_disk

_MANIFEST = "manifest.json"


class Mark(Struct, frozen=True):
    """A terminal's journal position at the moment of the snapshot."""

    terminal: UUID
    journal: UUID
    acked_seq: int


class Stored(Struct, frozen=True, kw_only=True):
    """The manifest of a snapshot."""

    format: int
    epoch: int
    version: int  # it includes all cards up to this version
    rows: int
    sha256: bytes  # of the compressed file
    bytes: int
    file_bytes: int  # once unpacked
    built_at: datetime
    marks: tuple[Mark, ...]

    def mark_of(self, terminal_id: UUID) -> Mark | None:
        """The terminal's mark, or None if it has not exchanged yet."""
        return next((mark for mark in self.marks if mark.terminal == terminal_id), None)


class SnapshotFolder:
    """A company's folder of snapshots."""

    def __init__(self, folder: Path, company_id: UUID) -> None:
        self._folder = folder / str(company_id)

    @property
    def raw(self) -> Path:
        """The path where the replica file is built."""
        return self._folder / "building.db"

    @property
    def packed(self) -> Path:
        """The path of the compressed file being made."""
        return self._folder / "building.zst"

    def stored(self) -> Stored | None:
        """The current snapshot, if any."""
        try:
            stored = _stored.decode((self._folder / _MANIFEST).read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None
        return stored if self.file(stored.sha256.hex()) is not None else None

    def file(self, name: str) -> Path | None:
        """The compressed file of this name; None if it was replaced or does not exist."""
        path = self._folder / f"{name}.zst"
        return path if name.isalnum() and path.is_file() else None

    def put(self, stored: Stored) -> None:
        """Makes the built file the current snapshot and deletes older ones; readers of those can finish."""
        path = self._folder / f"{stored.sha256.hex()}.zst"
        self.packed.rename(path)
        new = self._folder / f"{_MANIFEST}.new"
        new.write_bytes(msgspec.json.encode(stored))
        to_disk(new)
        new.rename(self._folder / _MANIFEST)
        to_disk(self._folder)
        for old in self._folder.glob("*.zst"):
            if old != path:
                old.unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes the current snapshot; readers of it can finish."""
        for path in (self._folder / _MANIFEST, *self._folder.glob("*.zst")):
            if path != self.packed:
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Removes unfinished files of a build."""
        for path in (self.raw, self.packed):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Yields True if this process may build now; a killed process releases its turn."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "turn").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


_stored = msgspec.json.Decoder(Stored)
