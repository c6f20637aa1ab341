"""The tables of a till's journal and pool, and how its files are opened. The replica's tables are in `sync`.

Each file has one writer: the counter those two, the sync engine the replica. Columns beside an entry's bytes are read
out of them for look-up, and can be made again from them.
"""

import os
import sqlite3
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Column,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.pool import QueuePool

from sync.replica import raw_sql

PRIVATE = 0o600
BUSY_S = 10.0
VALUE_BYTES_MAX = 16 * 1024 * 1024  # far above any row of ours
_NO_ROOM = frozenset(  # for what connections share, although the file itself can be read
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_CANTOPEN,
    }
)

journal_tables = MetaData()

identity = Table(
    "identity",
    journal_tables,
    Column("id", Integer, primary_key=True),  # always 1
    Column("body", LargeBinary, nullable=False),  # `terminal.keys.identity.Identity`
)

journal = Table(
    "journal",
    journal_tables,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("entry_id", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("card", LargeBinary),  # card id, or the hash of a code not known here
    Column("receipt", Text),
    Column("corrects", LargeBinary),  # the transaction taken back, or the blank whose codes a card goes on with
    Column("staff", LargeBinary),
)
Index("ix_journal_card", journal.c.card, journal.c.seq)
Index("ix_journal_kind", journal.c.kind, journal.c.seq)
Index("ix_journal_staff", journal.c.staff, journal.c.seq)
Index("ix_journal_receipt", journal.c.receipt, sqlite_where=journal.c.receipt.isnot(None))
Index("ix_journal_corrects", journal.c.corrects, sqlite_where=journal.c.corrects.isnot(None))

side = Table(
    "side",
    journal_tables,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("side", LargeBinary, nullable=False),
    Column("email", LargeBinary),
    Column("phone", LargeBinary),
)
Index("ix_side_email", side.c.email, sqlite_where=side.c.email.isnot(None))
Index("ix_side_phone", side.c.phone, sqlite_where=side.c.phone.isnot(None))

pool_tables = MetaData()

pool_owner = Table("owner", pool_tables, Column("terminal", LargeBinary, primary_key=True))

pool_blanks = Table(
    "blanks",
    pool_tables,
    Column("card", LargeBinary, primary_key=True),
    Column("code", LargeBinary, nullable=False),  # token and number under the pool key, for the card's id
)


def open_file(path: Path, *, secret: bool = False, busy_s: float = BUSY_S) -> Engine:
    """An engine on one of the files, durable at every commit. What is deleted is overwritten.

    A *secret* file has no log, which would keep copies. Who meets a lock waits *busy_s* for it.
    """
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connected(path, secret=secret, busy_s=busy_s),
        poolclass=QueuePool,
        pool_size=4,
        hide_parameters=True,  # an error's text ends in a log
    )

    @event.listens_for(engine, "checkin")
    def _free(connection: Any, record: Any) -> None:
        if isinstance(connection, _Alone):
            record.invalidate()  # as long as it is open, nobody else may have the file

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        raw_sql.run(connection, connection.get_execution_options().get("begin", "BEGIN"))

    return engine


class _Alone(sqlite3.Connection):
    """A connection on a full disk: SQLite's index of the log is in memory, so nobody else can have the file open."""


def _connected(path: Path, *, secret: bool, busy_s: float) -> sqlite3.Connection:
    _make_private(path)
    conn = _set_up(sqlite3.connect(path, timeout=busy_s, check_same_thread=False))
    try:
        _begin_log(conn, secret=secret)
        return conn
    except sqlite3.OperationalError as error:
        conn.close()
        if secret or error.sqlite_errorcode not in _NO_ROOM:
            raise
    except BaseException:
        conn.close()
        raise
    address = f"file:{quote(str(path))}?vfs=unix-excl"
    alone = sqlite3.connect(address, uri=True, timeout=busy_s, check_same_thread=False, factory=_Alone)
    try:
        _begin_log(_set_up(alone), secret=False)
    except BaseException:
        alone.close()
        raise
    return alone


def _set_up(conn: sqlite3.Connection) -> sqlite3.Connection:
    conn.isolation_level = None  # we say BEGIN ourselves: a writer takes its lock at once
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)  # a damaged length asks for gigabytes
    return conn


def _begin_log(conn: sqlite3.Connection, *, secret: bool) -> None:
    if not secret:
        conn.execute("PRAGMA journal_mode=WAL")  # keeps copies until its next checkpoint
    conn.execute("PRAGMA secure_delete=ON")  # of what is erased nothing stays in the file
    conn.execute("PRAGMA synchronous=FULL")
    conn.execute("PRAGMA temp_store=MEMORY")


def _make_private(path: Path) -> None:
    """Nobody else may read the file, whatever the umask; SQLite gives what it makes beside it the same mode."""
    with suppress(OSError):  # another user's, a disk that may only be read: SQLite meets it too, and says what it is
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE))
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if file.exists() and file.stat().st_mode & 0o777 != PRIVATE:
                file.chmod(PRIVATE)


def clear_log(engine: Engine) -> bool:
    """Takes a file's log into it, as the log still has what was deleted; False while somebody reads in it."""
    with engine.connect() as conn:
        ((is_busy, _, _),) = raw_sql.fetch(conn, "PRAGMA wal_checkpoint(TRUNCATE)", ())
    return not is_busy


def iso(moment: datetime | None) -> str | None:
    """A moment as the files spell it."""
    return None if moment is None else moment.isoformat()
