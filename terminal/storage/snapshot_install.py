"""Makes a fetched snapshot the replica: copies this till's own rows into it and renames it.

At any moment, the name leads to the complete old or new file. Callers keep readers and writers away.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sync.exchange.ports import ReadySnapshot
from sync.replica.disk import to_disk
from sync.replica.tables import cards, digests, old_codes, replica_tables, state


def complete(ready: ReadySnapshot, live: Path) -> None:
    """Copies everything except cards from the present replica, and stores the new positions."""
    with closing(sqlite3.connect(ready.path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")  # not in use yet; if damaged, it is fetched again
        file.execute("PRAGMA synchronous = OFF")
        file.execute("ATTACH ? AS live", (str(live),))
        file.execute("BEGIN")
        for table in replica_tables.sorted_tables:  # the file's triggers update the sums
            if table not in (cards, old_codes, digests):
                columns = ", ".join(f'"{column.name}"' for column in table.c)
                # Table names are constants.
                rows = f'SELECT {columns} FROM live."{table.name}"'  # noqa: S608
                file.execute(f'INSERT INTO main."{table.name}" ({columns}) {rows}')
        # The store's transactions were received up to the old bulk position.
        file.execute(
            f"UPDATE {state.name} SET recent = coalesce(recent, bulk), bulk = ?, base_seq = ?, rows = ?",  # noqa: S608
            (ready.version, ready.base_seq, ready.rows),
        )
        file.execute("COMMIT")
    to_disk(ready.path)


def swap(ready: ReadySnapshot, live: Path) -> None:
    """Renames the snapshot to the replica. All connections to the old file must be closed."""
    with closing(sqlite3.connect(live, isolation_level=None)) as old:
        # The old file's log must not be applied to the new file.
        (mode,) = old.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise sqlite3.OperationalError("the replica is still in use")
    ready.path.rename(live)
    to_disk(live.parent)
