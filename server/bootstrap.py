"""The company server's composition root: settings → engine, keys → commands and app. Nobody else constructs these.

It never makes new keys for a database that has some already: that would close every row for ever.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, ProgrammingError

from server import logs
from server.companies import companies
from server.companies.companies import Company
from server.db.tables import platform
from server.db.units import Units, open_engine
from server.keys import Keys
from server.problems import DatabaseMissing, DatabaseNotMigrated, DatabaseUnusable, KeysForeign
from server.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server.hints import Carrier


@dataclass(frozen=True, slots=True)
class Server:
    """An open database with its keys, and what tells the time."""

    units: Units
    keys: Keys
    now: Callable[[], datetime]
    snapshots: Path | None = None  # the folder; without one there are none

    def company(self, slug: str) -> Company:
        """The company a command names."""
        with self.units.read() as conn:
            return companies.by_slug(conn, slug)


def now() -> datetime:
    """The server's clock."""
    return datetime.now(UTC)


def open_server(chosen: Settings, *, create: bool = False) -> Server:
    """The server on its database; with *create*, an SQLite file that is not there yet is made."""
    file = chosen.file
    if file is not None and not file.exists():
        if not create:
            raise DatabaseMissing
        return prepare(chosen)
    units = _units(chosen)
    try:
        with units.read() as conn:
            keys_id = _keys_id(conn)
    except OperationalError as error:
        raise (DatabaseNotMigrated if lacks_a_table(error) else DatabaseUnusable) from error
    except ProgrammingError as error:
        raise DatabaseNotMigrated from error
    except DatabaseError as error:
        raise DatabaseUnusable from error
    if keys_id is None:
        raise DatabaseNotMigrated
    return Server(units, _own_keys(chosen, keys_id), now, chosen.snapshots)


def prepare(chosen: Settings) -> Server:
    """Brings the database to this program's version; an empty one gets keys and its place in life."""
    if chosen.file is not None:
        chosen.file.parent.mkdir(parents=True, exist_ok=True)
        chosen.file.touch(mode=0o600)  # SQLite gives its other files the same mode
    engine = open_engine(chosen.address)
    from server.db.migration import migrate  # noqa: PLC0415 - most commands migrate nothing
    from server.ledger.feed.recount import is_counted, recount_all  # noqa: PLC0415

    try:
        migrate(engine)
    except DatabaseError as error:
        raise DatabaseUnusable from error
    units = Units(engine)
    with units.platform_write() as conn:
        keys_id = _keys_id(conn)
        if keys_id is not None:
            if not is_counted(conn):
                recount_all(conn, now())
            return Server(units, _own_keys(chosen, keys_id), now, chosen.snapshots)
        # A crash after this line leaves keys without a database, which are taken up again.
        keys = Keys.load(chosen.keys) if chosen.keys.exists() else Keys.create(chosen.keys)
        at = now()
        row = {"id": 1, "epoch": 1, "keys_id": keys.id, "limits": {}, "created_at": at, "updated_at": at}
        conn.execute(insert(platform).values(row))
        recount_all(conn, at)
    return Server(units, keys, now, chosen.snapshots)


def require_current(server: Server) -> None:
    """Stops a program of one version from serving a database of another."""
    from server.db.migration import is_migrated  # noqa: PLC0415
    from server.ledger.feed.recount import is_counted  # noqa: PLC0415

    with server.units.read() as conn:
        if not (is_migrated(conn) and is_counted(conn)):
            raise DatabaseNotMigrated


def build_app(server: Server) -> "FastAPI":
    """Everything the server answers over HTTP."""
    from server.api.app import build  # noqa: PLC0415 - commands must not wait for the web's libraries
    from server.api.sync.snapshots import SnapshotApi  # noqa: PLC0415
    from server.api.sync.terminals import SyncApi  # noqa: PLC0415
    from server.exchange.exchange import Exchanges  # noqa: PLC0415
    from server.hints import Hints  # noqa: PLC0415
    from server.snapshots.keeping import Snapshots  # noqa: PLC0415

    logs.configure()
    hints = Hints(_carrier(server.units))
    server.units.on_commit = hints.committed
    exchanges = Exchanges(server.units, server.keys, server.now)
    folder = server.snapshots
    snapshots = None if folder is None else Snapshots(server.units, folder, server.keys.path, server.now)
    desk = SnapshotApi(snapshots, server.keys)
    app = build(SyncApi(server.units, server.keys, exchanges, hints, snapshots=desk, now=server.now), hints, snapshots)
    app.state.hints = hints  # for whoever serves it, since a stream would keep a web server from ending
    return app


def _carrier(units: Units) -> "Carrier | None":
    """What takes hints from worker to worker; SQLite has one worker only."""
    if units.address.get_backend_name() == "sqlite":
        return None
    from server.db.notifications import Notifications  # noqa: PLC0415

    return Notifications(units.address)


def _units(chosen: Settings) -> Units:
    """Units of work whose commits are told to workers that may be serving; the app tells them in a way of its own."""
    engine = open_engine(chosen.address)
    units = Units(engine)
    if not chosen.is_sqlite:
        from server.db.notifications import announcer  # noqa: PLC0415

        units.on_commit = announcer(engine)
    return units


def _keys_id(conn: Connection) -> str | None:
    keys_id: str | None = conn.execute(select(platform.c.keys_id)).scalar_one_or_none()
    return keys_id


def _own_keys(chosen: Settings, keys_id: str) -> Keys:
    keys = Keys.load(chosen.keys)
    if keys.id != keys_id:
        raise KeysForeign(chosen.keys)
    return keys


def lacks_a_table(error: DBAPIError) -> bool:
    """Whether the database has not the tables or columns that this program asks for."""
    code = getattr(error.orig, "sqlstate", None)  # PostgreSQL's
    return code in ("42P01", "42703") or any(words in str(error.orig) for words in _SQLITE_LACKS)


_SQLITE_LACKS = ("no such table", "no such column", "has no column named")
