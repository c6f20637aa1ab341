"""Floors of the disk at this moment, a raw fdatasync and a raw SQLite commit, and timing functions."""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def timed(run: Callable[[], object], times: int) -> list[float]:
    """The seconds of each of several runs."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """The value that *share* of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def fdatasync_s(folder: Path, times: int = 200) -> float:
    """The median time of appending 4 KiB to a file durably."""
    with (folder / "fdatasync").open("wb", buffering=0) as file:
        block = os.urandom(4096)

        def append() -> None:
            file.write(block)
            os.fdatasync(file.fileno())

        return percentile(timed(append, times), 0.5)


def sqlite_commits_s(folder: Path, times: int = 400) -> list[float]:
    """The times of raw commits of one 600-byte row with WAL and synchronous=FULL."""
    with sqlite3.connect(folder / "floor.db", isolation_level=None) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("PRAGMA synchronous=FULL")
        conn.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, entry BLOB)")
        block = os.urandom(600)

        def commit() -> None:
            conn.execute("BEGIN IMMEDIATE")
            conn.execute("INSERT INTO rows (entry) VALUES (?)", (block,))
            conn.execute("COMMIT")

        return timed(commit, times)
