"""Verdicts as rows and as tills get them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row

from server.ledger.items import Slot
from sync.rows import Follow, VerdictRow


def values(
    company_id: UUID, slot: Slot, verdict: VerdictRow, *, version: int, case_due_at: datetime | None, now: datetime
) -> dict[str, object]:
    """The row of *verdict*, but for when it was first said."""
    body = {
        "stamps": verdict.stamps,
        "points": verdict.points,
        "shortfall": verdict.shortfall,
        "notes": list(verdict.notes),
        "reason": verdict.reason,
        "follows": msgspec.to_builtins(verdict.follows),
    }
    return {
        "company_id": company_id,
        "terminal_id": slot.terminal_id,
        "journal_id": slot.journal_id,
        "seq": slot.seq,
        "entry_id": verdict.id,
        "word": verdict.word,
        "card_id": verdict.card,
        "card_version": verdict.card_version,
        "body": {name: value for name, value in body.items() if value},
        "waits_for": verdict.waits_for,
        "case_due_at": case_due_at,
        "version": version,
        "updated_at": now,
    }


def sent_row(row: Row[Any]) -> VerdictRow:
    """The row as its till gets it."""
    body = row.body
    return VerdictRow(
        id=row.entry_id,
        journal=row.journal_id,
        seq=row.seq,
        word=row.word,
        card=row.card_id,
        card_version=row.card_version,
        stamps=body.get("stamps", 0),
        points=body.get("points", 0),
        shortfall=body.get("shortfall", 0),
        notes=tuple(body.get("notes", ())),
        reason=body.get("reason"),
        waits_for=row.waits_for,
        follows=msgspec.convert(body.get("follows", ()), tuple[Follow, ...]),
    )
