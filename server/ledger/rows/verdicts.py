"""Verdicts beside the entries they are about: the word is kept as the bytes it is sent as."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from server.ledger.rows.entries import Slot, nameless_id
from sync.protocol.digests import row_hash
from sync.protocol.rows import Table, VerdictRow

CHANGING = ("word", "verdict", "waits_for", "case_due_at", "version", "updated_at")


def values(verdict: VerdictRow, sent: bytes, *, case_due_at: datetime | None, now: datetime) -> dict[str, object]:
    """What the row of an entry says of its verdict, beside the version; *sent* are the verdict's bytes."""
    return {
        "word": verdict.word,
        "verdict": sent,
        "waits_for": verdict.waits_for,
        "case_due_at": case_due_at,
        "updated_at": now,
    }


def id_of(row: Row[Any]) -> UUID:
    """What the till asks for the verdict by."""
    return row.entry_id or nameless_id(Slot(row.terminal_id, row.journal_id, row.seq))


def hash_of(row: Row[Any]) -> int:
    """What the verdict in an entry's row adds to the sum of its bucket."""
    return row_hash(Table.VERDICT, id_of(row).bytes, row.version, row.verdict)
