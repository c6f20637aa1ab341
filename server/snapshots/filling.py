"""Puts a company's cards into a replica file, rows first and indexes last, in a process of its own when they are many.

Reading rows out of the company's books takes as long as writing them here: two processors halve it. It reads nothing
but what it is handed, and leaves a file that is not on disk yet.
"""

import gc
import multiprocessing
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from sqlalchemy import StaticPool, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from server.snapshots.reading import OF_HASH, OF_TOKEN, Part
from sync import replica_sums
from sync.digests import SUM_MASK, card_bucket
from sync.replica_tables import FILE_FORMAT, cards, replica_tables

PARTS_ALONE = 4  # so few are written before another process has begun
ENDED_WITHIN_S = 60.0
_CARD = """INSERT INTO cards (id, version, token, number, blank, email, phone, row, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_OLD_CODE = "INSERT OR REPLACE INTO old_codes (hash, card) VALUES (?, ?)"


def fill(path: Path, parts: Iterator[Part]) -> int:
    """Makes the file of *parts*; how many cards there are."""
    first = list(islice(parts, PARTS_ALONE))
    if len(first) < PARTS_ALONE:
        return _written(path, first)
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe()
    process = context.Process(target=_fill_from, args=(path, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        for part in chain(first, parts):
            ours.send(part)
        ours.send(None)
        return cast("int", ours.recv())
    except (BrokenPipeError, EOFError, ConnectionResetError) as error:
        raise OSError("the replica file could not be written") from error
    finally:
        ours.close()  # one that still waits for rows ends by this
        process.join(ENDED_WITHIN_S)
        process.kill()


def _fill_from(path: Path, heard: Connection) -> None:
    """The other process: writes what comes until it is told that this was all. Its asker's end is its own."""

    gc.disable()  # rows hold no cycles, and this process ends with the last of them

    def parts() -> Iterator[Part]:
        while (part := heard.recv()) is not None:
            yield part

    try:
        coming = parts()
        first = next(coming)  # an asker that has ended by now has no use for a file
        heard.send(_written(path, chain((first,), coming)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _written(path: Path, parts: Iterable[Part]) -> int:
    dialect, rows, sums = sqlite.dialect(), 0, [0] * 256
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        path.chmod(0o600)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000", "temp_store = MEMORY"):
            file.execute(f"PRAGMA {setting}")  # a torn one is built again: nothing here is anybody's only copy
        file.execute("BEGIN")
        for table in replica_tables.sorted_tables:
            file.execute(str(CreateTable(table).compile(dialect=dialect)))
        for part in parts:
            file.executemany(_CARD, part.cards)
            file.executemany(_OLD_CODE, part.old_codes)
            for token, hashed in zip(map(OF_TOKEN, part.cards), map(OF_HASH, part.cards), strict=True):
                sums[token[0]] += hashed
            rows += len(part.cards)
        for table in replica_tables.sorted_tables:
            for index in sorted(table.indexes, key=lambda one: str(one.name)):
                file.execute(str(CreateIndex(index).compile(dialect=dialect)))
        file.execute(f"PRAGMA user_version = {FILE_FORMAT}")
        file.execute("COMMIT")
        by_bucket = {card_bucket(bytes([first])): total & SUM_MASK for first, total in enumerate(sums) if total}
        # By this connection: the name may lead to the next build's file by now, where this one's asker was killed.
        with create_engine("sqlite://", creator=lambda: file, poolclass=StaticPool).begin() as conn:
            replica_sums.begin_with(conn, cards, by_bucket)  # here once, and not at each till while its counter waits
    return rows
