"""Whether this process can serve: for a proxy that chooses among several, and for whoever watches."""

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import select

from server.db.migration import is_migrated
from server.db.tables import platform
from server.db.units import Units
from server.keys import Keys
from server.ledger.feed.recount import is_counted
from server.problems import DatabaseNotMigrated, DatabaseProblem, KeysProblem


class Readiness(Struct, frozen=True):
    """What has to work, and whether it does."""

    database: bool  # it answers
    migrated: bool  # it is of this program's version
    keys: bool  # the key file can be read, and is this database's
    jobs: bool  # this process looks for jobs

    @property
    def is_whole(self) -> bool:
        """True if all of it works."""
        return self.database and self.migrated and self.keys and self.jobs


def look(units: Units, keys: Keys, has_jobs: Callable[[], bool]) -> Readiness:
    """Asks each part."""
    migrated = False
    keys_id: str | None = None
    try:
        with units.read() as conn:
            keys_id = conn.execute(select(platform.c.keys_id)).scalar_one_or_none()
            migrated = is_migrated(conn) and is_counted(conn)
        answers = True
    except DatabaseNotMigrated:
        answers = True
    except DatabaseProblem:
        answers = False
    return Readiness(answers, migrated, keys_id is not None and _id_of(keys) == keys_id, has_jobs())


def _id_of(keys: Keys) -> str | None:
    """The id in the key file as it is now."""
    try:
        return Keys.load(keys.path).id
    except KeysProblem:
        return None
