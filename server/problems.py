"""What the world can do to the server. A problem is raised at the edge that met it; `phrases` gives it a sentence.

Problem
├── KeysUnnamed       PostgreSQL has no place beside it where the keys could lie
├── KeysProblem       KeysMissing, KeysUnreadable, KeysExposed (others may read them), KeysExist, KeysForeign
├── DatabaseProblem   DatabaseMissing, DatabaseNotMigrated, DatabaseUnusable
├── AddressTaken      another program listens there, or it is no address of this machine
└── WorkerFailed      one of several processes ended before it could serve
"""

from pathlib import Path
from uuid import UUID


class Problem(Exception):
    """The world failed. `kind` is the word that `--json` and tests use."""

    kind = "problem"


class KeysUnnamed(Problem):
    """Nobody said where the keys are."""

    kind = "keys_unnamed"


class KeysProblem(Problem):
    """The key file cannot be used."""

    kind = "keys"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class KeysMissing(KeysProblem):
    """There is no key file there."""

    kind = "keys_missing"


class KeysUnreadable(KeysProblem):
    """The file is there, and is no key file that this program can read."""

    kind = "keys_unreadable"


class KeysExposed(KeysProblem):
    """Everybody on the machine may read the keys."""

    kind = "keys_exposed"


class KeysExist(KeysProblem):
    """A new key file would take the place of one that is there."""

    kind = "keys_exist"


class KeysForeign(KeysProblem):
    """The keys belong to another database, or to one without this company."""

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
    """The database is of another version than the program."""

    kind = "database_not_migrated"


class DatabaseUnusable(DatabaseProblem):
    """It does not answer, or it is no database."""

    kind = "database_unusable"


class AddressTaken(Problem):
    """The server cannot listen there."""

    kind = "address_taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port}")
        self.host = host
        self.port = port


class WorkerFailed(Problem):
    """One of several processes ended before it could serve; its own log says why."""

    kind = "worker_failed"
