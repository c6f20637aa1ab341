"""Failures of the server's environment. A problem is raised where it is found; `phrases` gives it a sentence.

Problem
├── SettingUnreadable an environment variable of the program has a value that it cannot use
├── KeysUnnamed       PostgreSQL has no place beside it where the keys could lie
├── FolderUnusable    a folder for database or keys cannot be made or written
├── KeysProblem       KeysMissing, KeysUnreadable, KeysExposed (others may read them), KeysExist, KeysForeign
├── DatabaseProblem   DatabaseMissing, DatabaseNotMigrated, DatabaseUnusable
│   └── DatabaseUnwritable  its disk is full, or it may only be read
├── BackupBroken      a folder is no backup, or not all of it is as it was
├── ToolMissing       a program of PostgreSQL's is not installed; ToolFailed, it failed
├── AddressTaken      another program listens there, or it is no address of this machine
└── WorkerFailed      one of several processes ended before it could serve
"""

from pathlib import Path
from uuid import UUID


class Problem(Exception):
    """A failure of the environment. `kind` is its word for `--json` and tests."""

    kind = "problem"


class SettingUnreadable(Problem):
    """An environment variable has an unusable value. It is left out, because it may contain a password."""

    kind = "setting_unreadable"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class KeysUnnamed(Problem):
    """The location of the keys is not configured."""

    kind = "keys_unnamed"


class FolderUnusable(Problem):
    """A folder for the database or the keys cannot be made or written."""

    kind = "folder_unusable"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class KeysProblem(Problem):
    """The key file cannot be used."""

    kind = "keys"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class KeysMissing(KeysProblem):
    """The key file is missing."""

    kind = "keys_missing"


class KeysUnreadable(KeysProblem):
    """The key file cannot be read or parsed."""

    kind = "keys_unreadable"


class KeysExposed(KeysProblem):
    """Other users of the machine can read the key file."""

    kind = "keys_exposed"


class KeysExist(KeysProblem):
    """A new key file would overwrite an existing one."""

    kind = "keys_exist"


class KeysForeign(KeysProblem):
    """The keys belong to another database, or lack this company."""

    kind = "keys_foreign"

    def __init__(self, path: Path, company_id: UUID | None = None) -> None:
        super().__init__(path)
        self.company_id = company_id


class DatabaseProblem(Problem):
    """The database cannot be used."""

    kind = "database"


class DatabaseMissing(DatabaseProblem):
    """There is no database at this address yet."""

    kind = "database_missing"


class DatabaseNotMigrated(DatabaseProblem):
    """The database has another version than the program."""

    kind = "database_not_migrated"


class DatabaseUnusable(DatabaseProblem):
    """The database does not answer, or is not a database."""

    kind = "database_unusable"


class DatabaseUnwritable(DatabaseUnusable):
    """It takes no writing: its disk is full or fails, or it may only be read."""

    kind = "database_unwritable"


class BackupBroken(Problem):
    """A folder is no backup, or a file in it is not as it was."""

    kind = "backup_broken"

    def __init__(self, path: Path, said: str) -> None:
        super().__init__(f"{path}: {said}")
        self.path = path
        self.said = said


class ToolMissing(Problem):
    """A program of the database's is not installed."""

    kind = "tool_missing"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ToolFailed(Problem):
    """A program of the database's failed; `said` is its last line."""

    kind = "tool_failed"

    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"{name}: {said}")
        self.name = name
        self.said = said


class AddressTaken(Problem):
    """The server cannot listen at this address."""

    kind = "address_taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port}")
        self.host = host
        self.port = port


class WorkerFailed(Problem):
    """A worker process ended before it could serve; its own log says why."""

    kind = "worker_failed"
