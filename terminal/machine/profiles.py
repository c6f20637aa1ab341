"""The folder with a till's files, and the locks that admit only one program."""

import errno
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sync.replica.disk import to_disk
from terminal.problems import FolderUnusable, JournalUnwritable, Problem, ProfileInUse, ReplicaUnwritable

if TYPE_CHECKING:
    from filelock import FileLock

EXCHANGE_ENDS_S = 10.0


class Profile(Struct, frozen=True):
    """The paths of a till's files."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal.db"

    @property
    def next_journal(self) -> Path:
        """The journal of a completed pairing, until it replaces the present one."""
        return self.folder / "journal-next.db"

    def former_journal(self, journal_id: uuid.UUID) -> Path:
        """The path of an earlier journal after pairing again."""
        return self.folder / f"journal-{journal_id}.db"

    @property
    def replica(self) -> Path:
        return self.folder / "replica.db"

    @property
    def pool(self) -> Path:
        return self.folder / "pool.db"

    @property
    def signed_off(self) -> Path:
        """A marker file that exists from a revocation until the till is paired again."""
        return self.folder / "signed-off"

    @property
    def preferences(self) -> Path:
        return self.folder / "preferences.json"

    @property
    def id(self) -> str:
        """The profile's id in the keyring, created on first use and moving with the folder."""
        path = self.folder / "profile-id"
        try:
            if not path.exists():
                self._make()
                new = path.with_suffix(".new")
                new.unlink(missing_ok=True)
                with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(f"{uuid.uuid4()}\n")
                    file.flush()
                    os.fsync(file.fileno())
                new.rename(path)
                to_disk(self.folder)
            return path.read_text().strip()
        except OSError as error:
            raise _problem_with(self.folder, error) from error

    def _make(self) -> None:
        """Makes the folder, closed to others whatever the umask; one that is no profile yet stays as it is."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o700)
        elif (self.folder / "profile-id").exists() and self.folder.stat().st_mode & 0o077:
            self.folder.chmod(0o700)

    def erase_company_data(self) -> None:
        """Deletes everything received from the company, including set-aside and partly fetched files."""
        try:
            for stem in (self.replica.stem, self.pool.stem):
                for file in self.folder.glob(f"{stem}*"):
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise ReplicaUnwritable(str(error)) from error

    def lock(self) -> "FileLock":
        """Locks the profile until released; raises `ProfileInUse`."""
        return self._held("in-use", timeout_s=0)

    def exchange_lock(self) -> "FileLock":
        """Locks the replica for one exchanger, waiting for a previous one that is still ending."""
        return self._held("exchanging", timeout_s=EXCHANGE_ENDS_S)

    def _held(self, name: str, timeout_s: float) -> "FileLock":
        from filelock import FileLock, Timeout  # noqa: PLC0415 - not needed to look up paths at start

        lock = FileLock(self.folder / name)
        try:
            self._make()
            lock.acquire(timeout=timeout_s)
        except Timeout as error:
            raise ProfileInUse from error
        except OSError as error:
            raise _problem_with(self.folder, error) from error
        return lock


def _problem_with(folder: Path, error: OSError) -> Problem:
    return JournalUnwritable() if error.errno in (errno.ENOSPC, errno.EDQUOT) else FolderUnusable(folder)


def profile_at(folder: Path | None) -> Profile:
    """The profile in *folder*, or in the platform's default place."""
    if folder is not None:
        return Profile(folder)
    from platformdirs import user_data_path  # noqa: PLC0415 - as filelock

    return Profile(user_data_path("orion-terminal", appauthor=False))
