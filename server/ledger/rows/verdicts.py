"""Verdicts, stored in the rows of their entries as the bytes that tills receive."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from server.ledger.rows.entries import Slot, nameless_id
from sync.protocol.digests import row_hash
from sync.protocol.rows import Table, VerdictRow

CHANGING = ("word", "verdict", "waits_for", "case_due_at", "version", "updated_at")


def values(
    verdict: VerdictRow, sent: bytes, *, version: int, case_due_at: datetime | None, now: datetime
) -> dict[str, object]:
    """The verdict's columns in the entry's row; *sent* are its encoded bytes."""
    return {
        "version": version,
        "word": verdict.word,
        "verdict": sent,
        "waits_for": verdict.waits_for,
        "case_due_at": case_due_at,
        "updated_at": now,
    }


def id_of(row: Row[Any]) -> UUID:
    """The id under which the till looks up the verdict."""
    return row.entry_id or nameless_id(Slot(row.terminal_id, row.journal_id, row.seq))


def hash_of(row: Row[Any]) -> int:
    """The hash that the verdict in an entry's row contributes to its bucket's sum."""
    return row_hash(Table.VERDICT, id_of(row).bytes, row.version, row.verdict)
