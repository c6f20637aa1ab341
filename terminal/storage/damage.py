"""What an error met in one of the till's files means, and what becomes of a file that is damaged.

Either the disk is in the way (full, read-only, busy), which passes, or the file is not what was written. Whatever else
is raised means the second: flipped bits raise anything, from SQLite, from a decoder or from sums of what was read.
"""

import logging
import os
import shutil
import sqlite3
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError, InterfaceError, TimeoutError

from terminal.problems import ReplicaAway, ReplicaProblem, ReplicaUnwritable

log = logging.getLogger(__name__)
_OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOLFS,
    }
)
_READING_FAILED = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ})  # a bad sector, a cut file
_BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite has beside a file


class Doubt(StrEnum):
    """What a look at the replica met, for whoever writes the file."""

    ROW = "row"  # it cannot be read: all rows are looked over, and the file is damaged if nothing is found
    FILE = "file"  # it is damaged
    LOCK = "lock"  # somebody has it locked, or its log is cut: who has it alone can tell


def is_damage(error: BaseException, path: Path) -> bool:
    """Whether the file at *path* itself is wrong. The only place where this is decided."""
    if isinstance(error, DBAPIError):
        if isinstance(error, InterfaceError) or error.orig is None:
            return True
        return is_damage(error.orig, path)
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR
        if code == sqlite3.SQLITE_READONLY and _may_be_written(path):
            return True  # its own header forbids it
        return code in _READING_FAILED or code & 0xFF not in _OF_THE_DISK
    return not isinstance(error, OSError | TimeoutError)


def _may_be_written(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def must_be_opened_alone(error: BaseException | None) -> bool:
    """Whether only somebody who has the file alone can say if it is damaged.

    Of a log cut while others have it open SQLite reads zeros as the first page, takes the file for one without
    a log, and waits for the others or fails without saying at what. Once all have closed it, the log is read anew.
    """
    return is_lock(error) or _code_of(error) == sqlite3.SQLITE_IOERR


def is_lock(error: BaseException | None) -> bool:
    """Whether somebody else has the file locked."""
    return _code_of(error) & 0xFF == sqlite3.SQLITE_BUSY


def in_the_way(error: Exception) -> ReplicaProblem:
    """The problem of a lock, which passes in a moment, or of what else a disk says, until somebody does something."""
    return ReplicaAway(str(error)) if is_lock(error) else ReplicaUnwritable(str(error))


def leaves_a_commit_open(error: BaseException) -> bool:
    """Whether a commit that failed with *error* may be on disk: its pages were written, and syncing them failed."""
    return _code_of(error) & 0xFF == sqlite3.SQLITE_IOERR


def _code_of(error: BaseException | None) -> int:
    """SQLite's; 0 for what is not an error of SQLite."""
    met = error.orig if isinstance(error, DBAPIError) else error
    code: int = getattr(met, "sqlite_errorcode", 0) if isinstance(met, sqlite3.Error) else 0
    return code


def files_of(path: Path) -> list[Path]:
    """The file, and what SQLite has beside it; whatever they are."""
    found = [path.with_name(f"{path.name}{ending}") for ending in _BESIDE]
    return [file for file in found if file.is_symlink() or file.exists()]


def is_a_file(path: Path) -> bool:
    """Whether SQLite finds files there or nothing: no folder, no pipe, which would keep who opens it waiting."""
    return all(file.is_file() for file in files_of(path))


def put_aside(path: Path) -> None:
    """Keeps a damaged file under another name, in the place of the one that was damaged before. Raises OSError."""
    for file in files_of(path):
        target = file.with_name(f"{file.name}.broken")
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        file.rename(target)


def put_replica_aside(path: Path, found: str) -> None:
    """Puts a replica aside that is begun anew; *found* is what is wrong with it."""
    log.warning("replica_begun_anew", extra={"detail": found})
    try:
        put_aside(path)
    except OSError as error:
        raise ReplicaUnwritable(str(error)) from error


def drop_put_aside(path: Path) -> None:
    """Makes room on a full disk."""
    for file in path.parent.glob(f"{path.name}*.broken"):
        with suppress(OSError):
            shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()
