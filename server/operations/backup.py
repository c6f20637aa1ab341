"""Backs an installation up while it serves: the database, and on request its keys, into a new folder.

The folder gets its name once everything in it is on disk, so that one with this name is whole.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, create_engine, select, text

from server.db.tables import platform
from server.db.units import Units
from server.keys import Keys
from server.operations import manifest, postgresql_tools
from server.operations.manifest import Manifest
from server.problems import DatabaseUnusable, FolderUnusable
from server.refusals import No, Refused
from sync.protocol.version import VERSION
from sync.replica.disk import to_disk

_SOURCE_IS_WRONG = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_BUSY})


def back_up(units: Units, keys: Keys, folder: Path, *, with_keys: bool, now: datetime) -> Manifest:
    """Makes a backup in *folder*, which must be new or empty."""
    folder = folder.absolute()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(No.FOLDER_NOT_EMPTY, str(folder))
        with _draft_of(folder) as draft:
            if units.address.get_backend_name() == "sqlite":
                facts = _sqlite(units, draft / manifest.DATABASE["sqlite"])
            else:
                facts = _postgresql(units, draft / manifest.DATABASE["postgresql"])
            if with_keys:  # read after the database: keys are on disk before the rows that need them
                (draft / manifest.KEYS).write_bytes(keys.path.read_bytes())
            made = _described(units, draft, facts, now)
            (draft / manifest.NAME).write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
            for file in draft.iterdir():
                file.chmod(0o600)
                to_disk(file)
            to_disk(draft)
            draft.rename(folder)
            to_disk(folder.parent)
    except OSError as error:
        raise FolderUnusable(folder) from error
    return made


@contextmanager
def _draft_of(folder: Path) -> Iterator[Path]:
    """A folder beside *folder* that only its owner can read; it is deleted unless it was renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", suffix=".unfinished", dir=folder.parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sqlite(units: Units, file: Path) -> dict[str, Any]:
    """Copies the database at one moment. Writers go on meanwhile."""
    try:
        copy = sqlite3.connect(file)
        try:
            with units.read() as conn:
                source: Any = conn.connection.driver_connection
                source.backup(copy)  # in one step: between two, a commit of another process would begin it anew
            copy.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
        finally:
            copy.close()
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in _SOURCE_IS_WRONG:
            raise DatabaseUnusable(str(error)) from error
        raise FolderUnusable(file.parent) from error
    engine = create_engine(URL.create("sqlite", database=str(file)))
    try:
        with engine.connect() as conn:
            return _facts(conn)
    finally:
        engine.dispose()


def _postgresql(units: Units, file: Path) -> dict[str, Any]:
    """Dumps the database and counts its rows in the same snapshot."""
    with units.read() as conn:
        snapshot = str(conn.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        facts = _facts(conn)
        postgresql_tools.dump(units.address, file, snapshot)
    return facts


def _facts(conn: Connection) -> dict[str, Any]:
    epoch, keys_id = conn.execute(select(platform.c.epoch, platform.c.keys_id)).one()
    revision = MigrationContext.configure(conn).get_current_revision()
    return {"epoch": epoch, "keys_id": keys_id, "revision": revision, "rows": manifest.counted(conn)}


def _described(units: Units, draft: Path, facts: dict[str, Any], now: datetime) -> Manifest:
    return Manifest(
        format=manifest.FORMAT,
        made_at=now,
        program_version=VERSION,
        database=units.address.get_backend_name(),  # type: ignore[arg-type]  # one of the two
        files=tuple(manifest.described(file) for file in sorted(draft.iterdir())),
        **facts,
    )
