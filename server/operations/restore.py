"""Restores a backup into an empty place, as a new life of the server.

The new epoch tells tills that the server may have forgotten what they know, so they compare all rows and send again
what it lacks. Until then it knows nothing of visits since the backup, so jobs that take points or erase customers wait
for their next hour. Whoever was signed in signs in again, because a session that was ended since would be open again.
"""

import shutil
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from server.accounts import audit
from server.accounts.audit import BY_COMMAND
from server.db.migration import FOLDER
from server.db.outages import database_problems
from server.db.units import open_engine
from server.keys import Keys
from server.operations import manifest, postgresql_tools
from server.operations.manifest import Manifest
from server.problems import BackupBroken, FolderUnusable, KeysExist, KeysForeign
from server.refusals import No, Refused
from server.settings import Settings
from sync.replica.disk import to_disk


def restore(folder: Path, chosen: Settings, now: datetime) -> Manifest:
    """Restores the backup in *folder* to the place that the settings name, which must be empty.

    The database appears whole or not at all. It may still have to be migrated.
    """
    found = manifest.read(folder)
    _check_fits(found, chosen)
    _require_empty(chosen)
    _place_keys(folder, found, chosen.keys)
    file = folder / manifest.DATABASE[found.database]
    if chosen.file is None:
        postgresql_tools.load(chosen.database, file, _new_life(found, now))
        return found
    try:
        _place_sqlite(file, chosen.file, _new_life(found, now))
    except OSError as error:
        raise FolderUnusable(chosen.file.parent) from error
    except sqlite3.Error as error:
        raise BackupBroken(folder, f"its database cannot be opened: {error}") from error
    return found


def note(conn: Connection, company_ids: Iterable[UUID], found: Manifest, now: datetime) -> None:
    """Writes the restoration into the logs of the platform and of its companies."""
    for company_id in (None, *company_ids):
        after = {"backup_of": found.made_at.isoformat()}
        audit.append(conn, company_id, BY_COMMAND, "server_restored", subject="platform", after=after, now=now)


def _place_keys(folder: Path, found: Manifest, path: Path) -> None:
    """Puts the backup's key file at *path*; a backup without one needs that there is one, of the same installation."""
    source = folder / manifest.KEYS
    if path.exists() and found.has_keys and path.read_bytes() != source.read_bytes():
        raise KeysExist(path)
    if found.has_keys and not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(path.name + ".new")
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            draft.write_bytes(source.read_bytes())
            to_disk(draft)
            draft.rename(path)
            to_disk(path.parent)
        except OSError as error:
            raise FolderUnusable(path.parent) from error
    if Keys.load(path).id != found.keys_id:
        raise KeysForeign(path)


def _check_fits(found: Manifest, chosen: Settings) -> None:
    kind = chosen.database.get_backend_name()
    if kind != found.database:
        raise Refused(No.BACKUP_OF_OTHER_KIND, "SQLite" if found.database == "sqlite" else "PostgreSQL")
    if found.revision not in {one.revision for one in ScriptDirectory(str(FOLDER)).walk_revisions()}:
        raise Refused(No.BACKUP_NEWER, found.program_version)


def _require_empty(chosen: Settings) -> None:
    """Refuses a database with anything in it."""
    if chosen.file is not None:
        names = [Path(f"{chosen.file}{end}") for end in ("", "-wal", "-journal")]
        if any(one.exists() and one.stat().st_size for one in names):
            raise Refused(No.DATABASE_NOT_EMPTY)
        return
    engine = open_engine(chosen.address)
    try:
        with database_problems(), engine.connect() as conn:
            if inspect(conn).get_table_names():
                raise Refused(No.DATABASE_NOT_EMPTY)
    finally:
        engine.dispose()


def _new_life(found: Manifest, now: datetime) -> list[str]:
    """The statements that make a copy of a database a life of its own.

    The epoch grows with the clock, so that two restorations of one backup have two.
    """
    epoch = max(found.epoch + 1, int(now.timestamp()))
    statements = [f"UPDATE platform SET epoch = {epoch}"]  # noqa: S608 - a number
    if "sessions" in found.rows:
        statements.append("DELETE FROM sessions")
    if "links" in found.rows:
        statements.append("DELETE FROM links WHERE kind = 'reset'")
    if "jobs" in found.rows:
        statements.append("UPDATE jobs SET started_at = NULL")  # as if new, so those with an hour wait for it
    return statements


def _place_sqlite(source: Path, place: Path, then: list[str]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(place.name + ".restoring")
    _delete(draft)
    draft.touch(mode=0o600)
    try:
        shutil.copyfile(source, draft)
        copy = sqlite3.connect(draft)
        try:
            for statement in then:
                copy.execute(statement)
            copy.commit()
        finally:
            copy.close()
        to_disk(draft)
        draft.replace(place)
        to_disk(place.parent)
    finally:
        _delete(draft)


def _delete(draft: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{draft}{end}").unlink(missing_ok=True)
