"""Makes a replica file of a snapshot's bytes while they come: hashed, unpacked, written and seen to the disk at once.

What it has made is nobody's before `finished` has found every byte to be what the server signed.
"""

import hashlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

import zstandard

from sync.exchange.failures import NotOurServer, Unreachable
from sync.protocol.messages import Snapshot

_PIECE = 1024 * 1024
_TO_DISK_EACH = 32 * _PIECE  # begun while the rest still comes, so that the end has little to wait for


class _Coming:
    """The bytes of a download in their order, as a file that ends when the download does."""

    def __init__(self, part: Path) -> None:
        self.digest = hashlib.sha256()
        self.given_up = False
        self._part = part
        self._file: BinaryIO | None = None
        self._gate = threading.Condition()  # guards what follows
        self._grew = False
        self._whole = False

    def read(self, size: int) -> bytes:
        while not self.given_up:
            with self._gate:
                whole, self._grew = self._whole, False
            if self._file is None and self._part.exists():
                self._file = self._part.open("rb", buffering=0)
            piece = b"" if self._file is None else self._file.read(size)
            if piece or whole:
                self.digest.update(piece)
                return piece
            with self._gate:
                self._gate.wait_for(lambda: self._grew or self._whole or self.given_up)
        raise Unreachable("closed")

    def tell(self, *, whole: bool = False, given_up: bool = False) -> None:
        """There is more, or that was all, or nobody wants it any more."""
        with self._gate:
            self._grew = True
            self._whole = self._whole or whole
            self.given_up = self.given_up or given_up
            self._gate.notify_all()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class Unpacking:
    """Unpacks the file at *part*, which a download still fills, to *path*."""

    def __init__(self, told: Snapshot, part: Path, path: Path) -> None:
        self._told = told
        self._part = part
        self._path = path
        self._coming = _Coming(part)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="unpacking", daemon=True)
        self._thread.start()

    def grew(self) -> None:
        """More of it is there."""
        self._coming.tell()

    def finished(self) -> Path:
        """The replica file, on disk, made of exactly the bytes that were signed; all of them are there."""
        self._coming.tell(whole=True)
        self._thread.join()
        if self._coming.given_up:
            raise Unreachable("closed")
        if isinstance(self._error, OSError):
            raise self._error  # a disk too small for it: what came may be gone on with another day
        self._part.unlink()
        if self._error is not None or self._coming.digest.digest() != self._told.sha256:
            self._path.unlink(missing_ok=True)
            raise NotOurServer("the snapshot's bytes are not those that were signed") from self._error
        return self._path

    def give_up(self) -> None:
        """Ends it, from any thread; nothing of what it made is left, unless it was finished."""
        self._coming.tell(given_up=True)

    def close(self) -> None:
        """The same, and it has ended: the next one may use its file's name."""
        self.give_up()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._unpack()
        except Exception as error:  # a thread begins here: whoever waits for the file is told
            self._error = error
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        finally:
            self._coming.close()

    def _unpack(self) -> None:
        reached_disk: list[Future[None]] = []
        with self._path.open("wb") as file, ThreadPoolExecutor(1) as waiting:
            size, coming = 0, cast("IO[bytes]", self._coming)  # of which it only reads
            with zstandard.ZstdDecompressor().stream_reader(coming, read_size=_PIECE, closefd=False) as unpacking:
                while piece := unpacking.read(4 * _PIECE):
                    size += len(piece)
                    if size > self._told.file_bytes:
                        raise NotOurServer("more than was told")
                    file.write(piece)
                    if size // _TO_DISK_EACH > len(reached_disk):
                        reached_disk.append(waiting.submit(os.fdatasync, file.fileno()))
            while self._coming.read(_PIECE):  # whatever follows belongs to what was signed, or not
                pass
            file.flush()
            for one in reached_disk:
                one.result()
            os.fsync(file.fileno())
