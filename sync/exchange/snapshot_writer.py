"""Unpacks a snapshot into a replica file while it downloads: hashed, unpacked, written and synced at once.

The file must not be used before `finished` has verified every byte against the server's signature.
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
_TO_DISK_EACH = 32 * _PIECE  # synced during the download, so that the end is short


class _Coming:
    """A growing download as a readable file that ends when the download does."""

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

    def notify(self, *, whole: bool = False, given_up: bool = False) -> None:
        """Signals that more bytes arrived, that all have arrived, or that the download was given up."""
        with self._gate:
            self._grew = True
            self._whole = self._whole or whole
            self.given_up = self.given_up or given_up
            self._gate.notify_all()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class Unpacking:
    """Unpacks the file at *part*, while it is being downloaded, to *path*."""

    def __init__(self, offer: Snapshot, part: Path, path: Path) -> None:
        self._offer = offer
        self._part = part
        self._path = path
        self._coming = _Coming(part)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="unpacking", daemon=True)
        self._thread.start()

    def grew(self) -> None:
        """Signals that more bytes have arrived."""
        self._coming.notify()

    def finished(self) -> Path:
        """The verified replica file on disk; waits for the unpacking. Call it after the last byte arrived."""
        self._coming.notify(whole=True)
        self._thread.join()
        if self._coming.given_up:
            raise Unreachable("closed")
        if isinstance(self._error, OSError):
            raise self._error  # for instance a full disk: the download is kept for a later try
        self._part.unlink()
        if self._error is not None or self._coming.digest.digest() != self._offer.sha256:
            self._path.unlink(missing_ok=True)
            raise NotOurServer("the snapshot's bytes do not match the signature") from self._error
        return self._path

    def give_up(self) -> None:
        """Cancels the unpacking and deletes an unfinished file. Thread-safe."""
        self._coming.notify(given_up=True)

    def close(self) -> None:
        """Cancels the unpacking and waits for its end, so that the file name can be reused."""
        self.give_up()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._unpack()
        except Exception as error:  # the thread's outermost handler: `finished` reports the error
            self._error = error
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
        finally:
            self._coming.close()

    def _unpack(self) -> None:
        reached_disk: list[Future[None]] = []
        with self._path.open("wb") as file, ThreadPoolExecutor(1) as waiting:
            size, coming = 0, cast("IO[bytes]", self._coming)  # only `read` is used
            with zstandard.ZstdDecompressor().stream_reader(coming, read_size=_PIECE, closefd=False) as unpacking:
                while piece := unpacking.read(4 * _PIECE):
                    size += len(piece)
                    if size > self._offer.file_bytes:
                        raise NotOurServer("the snapshot unpacks to more than announced")
                    file.write(piece)
                    if size // _TO_DISK_EACH > len(reached_disk):
                        reached_disk.append(waiting.submit(os.fdatasync, file.fileno()))
            while self._coming.read(_PIECE):  # hashes trailing bytes, so that the signature covers them
                pass
            file.flush()
            for one in reached_disk:
                one.result()
            os.fsync(file.fileno())
