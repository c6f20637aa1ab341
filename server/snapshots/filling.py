"""A replica file filled in one go: rows first, then indexes, sums and triggers. It is not synced to disk here."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, StaticPool, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from sync.replica import sums as replica_sums
from sync.replica.tables import FILE_FORMAT, cards, replica_tables

_SETTINGS = (
    "main.journal_mode = OFF",  # a damaged file is rebuilt
    "main.synchronous = OFF",
    # SQLite sorts for an index in threads only what exceeds its memory cache.
    "main.cache_size = -16000",
    "threads = 2",
)


@contextmanager
def begun(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a new file with its tables, ready for rows."""
    with closing(sqlite3.connect(path, isolation_level=None, uri=True)) as file:
        path.chmod(0o600)
        for setting in _SETTINGS:
            file.execute(f"PRAGMA {setting}")
        for table in replica_tables.sorted_tables:
            file.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
        yield file


def finish(file: sqlite3.Connection, sums: Mapping[str, int]) -> None:
    """Adds indexes, sums and triggers; *sums* are those of the cards, by bucket."""
    file.execute("BEGIN")
    for table in replica_tables.sorted_tables:
        for index in sorted(table.indexes, key=lambda one: str(one.name)):
            file.execute(str(CreateIndex(index).compile(dialect=sqlite.dialect())))
    file.execute(f"PRAGMA user_version = {FILE_FORMAT}")
    file.execute("COMMIT")
    with through(file).begin() as conn:
        replica_sums.begin_with(conn, cards, sums)  # done once here instead of at each till


def through(file: sqlite3.Connection) -> Engine:
    """An engine whose only connection is *file*."""
    return create_engine("sqlite://", creator=lambda: file, poolclass=StaticPool)
