"""Journals from before the till was paired anew. They are kept, and of them only what was erased is taken away."""

import logging
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from uuid import UUID

from sync.protocol.entries import ByCard, FromTheFuture, Unreadable, decode_entry

_NEXT = "journal-next.db"  # of a pairing that is about to be complete
log = logging.getLogger(__name__)


def forget_sides(folder: Path, cards: Collection[UUID], entries: Collection[UUID]) -> None:
    """Deletes the side rows of these entries, and of entries on these cards. A file that cannot be read is left."""
    for path in sorted(folder.glob("journal-*.db")):
        if path.name == _NEXT:
            continue
        try:
            with closing(sqlite3.connect(path, timeout=1)) as file:
                _forget(file, cards, entries)
        except sqlite3.Error as error:
            log.warning("former_journal_unreadable", extra={"detail": str(error)})


def _forget(file: sqlite3.Connection, cards: Collection[UUID], entries: Collection[UUID]) -> None:
    rows = file.execute("SELECT side.seq, entry FROM side JOIN journal ON journal.seq = side.seq").fetchall()
    seqs = [(seq,) for seq, entry in rows if _is_of(entry, cards, entries)]
    if not seqs:
        return
    file.execute("PRAGMA secure_delete=ON")
    with file:
        file.executemany("DELETE FROM side WHERE seq = ?", seqs)
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_of(data: bytes, cards: Collection[UUID], entries: Collection[UUID]) -> bool:
    try:
        entry = decode_entry(data)
    except (Unreadable, FromTheFuture):
        return False
    return entry.id in entries or (isinstance(entry.card, ByCard) and entry.card.id in cards)
