"""The tables of a till's two databases. Each file has one writer: the counter, and the sync engine.

Columns beside an entry's or a row's bytes are read out of them for look-up, and can be made again from them.
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
    text,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

journal_tables = MetaData()

identity = Table(
    "identity",
    journal_tables,
    Column("id", Integer, primary_key=True),  # always 1
    Column("body", LargeBinary, nullable=False),  # `terminal.identity.Identity`
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

replica_tables = MetaData()

state = Table(
    "state",
    replica_tables,
    Column("id", Integer, primary_key=True),  # always 1
    Column("journal_id", LargeBinary, nullable=False),
    Column("acked_seq", Integer, nullable=False),
    Column("essentials", Integer, nullable=False),
    Column("bulk", Integer, nullable=False),
    Column("complete", Integer, nullable=False),  # 1 once the first load is done
    Column("rows", Integer, nullable=False),  # how many have come in the first load
    Column("rows_left", Integer),
    Column("confirmed_at", Text),  # server time of the last exchange with nothing more
    Column("seal", LargeBinary),
    Column("anchor", LargeBinary),
)

essentials = Table(
    "essentials",
    replica_tables,
    Column("kind", Text, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
)

verdicts = Table(
    "verdicts",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),  # the entry's
    Column("version", Integer, nullable=False),
    Column("journal_id", LargeBinary, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("word", Text, nullable=False),
    Column("card", LargeBinary),
    Column("card_version", Integer, nullable=False),
    Column("row", LargeBinary, nullable=False),
)
Index("ix_verdicts_seq", verdicts.c.seq)
Index("ix_verdicts_card", verdicts.c.card, verdicts.c.card_version)
Index("ix_verdicts_word", verdicts.c.word, sqlite_where=text("word != 'accepted'"))

cards = Table(
    "cards",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("as_of_seq", Integer, nullable=False),  # this till's entries up to here are in the row
    Column("token", LargeBinary, nullable=False),
    Column("number", LargeBinary, nullable=False),
    Column("blank", Integer, nullable=False),
    Column("email", LargeBinary),
    Column("phone", LargeBinary),
    Column("row", LargeBinary, nullable=False),
)
Index("ix_cards_token", cards.c.token)
Index("ix_cards_number", cards.c.number)
Index("ix_cards_blank", cards.c.blank, sqlite_where=text("blank = 1"))
Index("ix_cards_email", cards.c.email, sqlite_where=cards.c.email.isnot(None))
Index("ix_cards_phone", cards.c.phone, sqlite_where=cards.c.phone.isnot(None))

old_codes = Table(
    "old_codes",
    replica_tables,
    Column("hash", LargeBinary, primary_key=True),
    Column("card", LargeBinary, nullable=False),
)

transactions = Table(
    "transactions",
    replica_tables,
    Column("id", LargeBinary, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("card", LargeBinary, nullable=False),
    Column("receipt", Text),
    Column("corrects", LargeBinary),
    Column("row", LargeBinary, nullable=False),
)
Index("ix_transactions_card", transactions.c.card, transactions.c.version)
Index("ix_transactions_receipt", transactions.c.receipt, sqlite_where=transactions.c.receipt.isnot(None))
Index("ix_transactions_corrects", transactions.c.corrects, sqlite_where=transactions.c.corrects.isnot(None))


def open_file(path: Path) -> Engine:
    """An engine on one of the two files, durable at every commit."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=4,
        connect_args={"timeout": 10},
        hide_parameters=True,  # an error's text ends in a log
    )

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: a writer takes its lock at once
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def is_damage(error: DatabaseError) -> bool:
    """Whether the file itself is wrong, and not the disk full, read-only or busy."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return not isinstance(error, OperationalError) or code == sqlite3.SQLITE_ERROR  # a table is missing


def iso(moment: datetime | None) -> str | None:
    """A moment as the files spell it."""
    return None if moment is None else moment.isoformat()
