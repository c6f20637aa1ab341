"""Read-only access to the journal on disk, for the exchange."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Row, Select, bindparam, select

from sync.exchange.page_limits import fill
from sync.exchange.ports import Head
from sync.protocol import chain
from sync.protocol.messages import Page, PageEntry
from sync.replica.statements import Query
from terminal.keys.identity import Identity
from terminal.problems import FullDisk, JournalBroken, JournalProblem, JournalUnwritable, NotPaired
from terminal.storage.damage import is_damage
from terminal.storage.tables import identity as identity_table
from terminal.storage.tables import journal, open_file, side

_LAST = Query(select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1))
_PAGE = Query(
    select(journal.c.seq, journal.c.entry, journal.c.prev_hash, journal.c.hash, side.c.side)
    .join_from(journal, side, side.c.seq == journal.c.seq, isouter=True)
    .where(journal.c.seq > bindparam("after"))
    .order_by(journal.c.seq)
    .limit(bindparam("most"))
)


MEGABYTE = 1_000_000
ROOM_MIN = 256 * 1024  # for the logs of three files and the memory that their readers share


class JournalReader:
    """A till's journal file, readable from any thread and process."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise NotPaired
        self._path = path
        self._engine = open_file(path)
        try:
            self._begin()
        except JournalProblem:
            self._engine.dispose()
            raise
        except Exception as error:
            self._engine.dispose()
            raise self._trouble(error) from error

    def _begin(self) -> None:
        body = self._all(select(identity_table.c.body))
        self.identity = msgspec.json.decode(body[0].body if body else b"", type=Identity)

    @property
    def folder(self) -> Path:
        """Where the file lies."""
        return self._path.parent

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    def head(self) -> Head:
        """The last row's seq and hash; 0 and the genesis hash for an empty journal."""
        rows = self._run_query(_LAST)
        return Head(rows[0].seq, rows[0].hash) if rows else self._genesis_head()

    def page_after(
        self, seq: int, entries_max: int, bytes_max: int, parked: frozenset[int] = frozenset()
    ) -> Page | None:
        """The entries after *seq*, oldest first, as many as fit; None if there are none."""
        rows = self._run_query(_PAGE, after=seq, most=entries_max)
        entries = (
            PageEntry(seq=row.seq, hash=row.hash, entry=row.entry, side=row.side, parked=row.seq in parked)
            for row in rows
        )
        return Page(prev_hash=rows[0].prev_hash, entries=fill(entries, entries_max, bytes_max)) if rows else None

    def _genesis_head(self) -> Head:
        mine = self.identity
        return Head(0, chain.genesis(mine.company_id, mine.terminal_id, mine.journal_id))

    def _run_query(self, query: Query, listed: Sequence[bytes | str] = (), **values: bytes | int | str) -> list[Any]:
        try:
            with self._engine.connect() as conn:
                return query.all(conn, listed, **values)
        except Exception as error:
            raise self._trouble(error) from error

    def _all(self, query: Select[Any]) -> Sequence[Row[Any, Any]]:
        try:
            with self._engine.connect() as conn:
                return conn.execute(query).all()
        except Exception as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> JournalProblem:
        return JournalBroken(0) if is_damage(error, self._path) else JournalUnwritable(self.full_disk())

    def full_disk(self) -> FullDisk | None:
        """The journal's disk if it lacks room for entries."""
        return full_disk_at(self._path.parent)


def full_disk_at(folder: Path) -> FullDisk | None:
    """The disk of *folder* if it lacks room for a till's files; None also if its room is not known."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return FullDisk(str(folder), -(-(ROOM_MIN - free) // MEGABYTE)) if free < ROOM_MIN else None
