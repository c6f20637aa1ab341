"""Verdicts beside the entries they are about: the word is kept as the bytes it is sent as."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from server.ledger.items import Slot, nameless_id
from sync.rows import VerdictRow

CHANGING = ("word", "verdict", "waits_for", "case_due_at", "version", "updated_at")

_encode = msgspec.json.Encoder().encode


def values(verdict: VerdictRow, *, version: int, case_due_at: datetime | None, now: datetime) -> dict[str, object]:
    """What the row of an entry says of its verdict."""
    return {
        "word": verdict.word,
        "verdict": _encode(verdict),
        "waits_for": verdict.waits_for,
        "case_due_at": case_due_at,
        "version": version,
        "updated_at": now,
    }


def id_of(row: Row[Any]) -> UUID:
    """What the till asks for the verdict by."""
    return row.entry_id or nameless_id(Slot(row.terminal_id, row.journal_id, row.seq))
