"""Where a company's snapshot lies, and what is written beside it. A file has its whole name only once it is on disk.

One snapshot a company: the one before goes when the next is there. Files are named by what is in them, so a download
that is resumed can never join two of them.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

_MANIFEST = "manifest.json"


class Mark(Struct, frozen=True):
    """How far a terminal's journal was in the books at the snapshot's moment."""

    terminal: UUID
    journal: UUID
    acked_seq: int


class Stored(Struct, frozen=True, kw_only=True):
    """What is known of a snapshot without opening it."""

    format: int
    epoch: int
    version: int  # all cards up to here are in it
    rows: int
    sha256: bytes  # of the compressed file
    bytes: int
    file_bytes: int  # once unpacked
    built_at: datetime
    marks: tuple[Mark, ...]

    def mark_of(self, terminal_id: UUID) -> Mark | None:
        """The terminal's, unless it had not said anything yet."""
        return next((mark for mark in self.marks if mark.terminal == terminal_id), None)


class SnapshotFolder:
    """One company's folder."""

    def __init__(self, folder: Path, company_id: UUID) -> None:
        self._folder = folder / str(company_id)

    @property
    def raw(self) -> Path:
        """Where the replica file is built."""
        return self._folder / "building.db"

    @property
    def packed(self) -> Path:
        """Where it is compressed to."""
        return self._folder / "building.zst"

    def stored(self) -> Stored | None:
        """The snapshot that is ready, if any."""
        try:
            stored = _stored.decode((self._folder / _MANIFEST).read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None
        return stored if self.file(stored.sha256.hex()) is not None else None

    def file(self, name: str) -> Path | None:
        """The compressed file of this name; None when it was replaced since, or never was."""
        path = self._folder / f"{name}.zst"
        return path if name.isalnum() and path.is_file() else None

    def put(self, stored: Stored) -> None:
        """Makes what was built the snapshot; the ones before it go. Whoever reads one of those reads it to its end."""
        path = self._folder / f"{stored.sha256.hex()}.zst"
        self.packed.rename(path)
        new = self._folder / f"{_MANIFEST}.new"
        new.write_bytes(msgspec.json.encode(stored))
        _to_disk(new)
        new.rename(self._folder / _MANIFEST)
        _to_disk(self._folder)
        for old in self._folder.glob("*.zst"):
            if old != path:
                old.unlink(missing_ok=True)

    def clear(self) -> None:
        """Removes what a build has left half done."""
        for path in (self.raw, self.packed):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether it is ours to build: one process at a time. The system frees the turn of one that was killed."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "turn").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


_stored = msgspec.json.Decoder(Stored)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
