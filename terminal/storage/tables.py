"""The tables of a till's journal and pool, and the opening of its SQLite files. The replica's tables are in `sync`.

Each file has one writer: the counter for journal and pool, the sync engine for the replica. Look-up columns are derived
from an entry's bytes and can be rebuilt.
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

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
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from sync.replica import driver

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
    Column("card", LargeBinary),  # card id, or the hash of an unknown code
    Column("receipt", Text),
    Column("corrects", LargeBinary),  # the voided transaction, or the blank of a replacement
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
    Column("code", LargeBinary, nullable=False),  # token and number, encrypted for the card's id
)


def open_file(path: Path, *, secret: bool = False) -> Engine:
    """Opens a file with durable commits. In a *secret* file, deleted data is overwritten."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=4,
        connect_args={"timeout": 10},
        hide_parameters=True,  # error texts are logged
    )

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun explicitly, so that writers lock at once
        cursor = connection.cursor()
        cursor.execute(
            "PRAGMA secure_delete=ON" if secret else "PRAGMA journal_mode=WAL"
        )  # a write-ahead log would keep copies
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        driver.run(connection, connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def is_damage(error: DatabaseError) -> bool:
    """True if the file is damaged, as opposed to a full, read-only or busy disk."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return not isinstance(error, OperationalError) or code == sqlite3.SQLITE_ERROR  # missing table


def iso(moment: datetime | None) -> str | None:
    """A moment in the files' format."""
    return None if moment is None else moment.isoformat()
