"""A fetched snapshot becomes the replica: it takes over what is this till's own, then the old file's name.

At any moment the name leads to the old replica or to the new one, whole. The caller keeps readers and writers away.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sync.exchange.ports import ReadySnapshot
from sync.replica.tables import cards, digests, old_codes, replica_tables, state


def complete(ready: ReadySnapshot, live: Path) -> None:
    """Copies everything but cards out of the replica in use, and notes how far the cards are."""
    with closing(sqlite3.connect(ready.path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")  # it is not the replica yet: torn, it is only fetched again
        file.execute("PRAGMA synchronous = OFF")
        file.execute("ATTACH ? AS live", (str(live),))
        file.execute("BEGIN")
        for table in replica_tables.sorted_tables:  # sums follow by the file's own triggers
            if table not in (cards, old_codes, digests):
                columns = ", ".join(f'"{column.name}"' for column in table.c)
                # Names come from our own tables.
                rows = f'SELECT {columns} FROM live."{table.name}"'  # noqa: S608
                file.execute(f'INSERT INTO main."{table.name}" ({columns}) {rows}')
        # The store's transactions came with bulk as far as that was read; the rest of them is still to come.
        file.execute(
            f"UPDATE {state.name} SET recent = coalesce(recent, bulk), bulk = ?, base_seq = ?, rows = ?",  # noqa: S608
            (ready.version, ready.base_seq, ready.rows),
        )
        file.execute("COMMIT")
    _to_disk(ready.path)


def swap(ready: ReadySnapshot, live: Path) -> None:
    """Gives the snapshot the replica's name. No connection to the old file may be open."""
    with closing(sqlite3.connect(live, isolation_level=None)) as old:
        # A log beside the old file would be read into the new one.
        (mode,) = old.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise sqlite3.OperationalError("the replica is still in use")
    ready.path.rename(live)
    _to_disk(live.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
