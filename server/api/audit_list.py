"""An audit log as the API lists it: the same of a company and of the platform."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from server.accounts import audit
from server.edge import audit_words, lists
from server.edge.asks import Ask
from server.edge.lists import Listed


class AuditLine(BaseModel):
    """A row of the log: who did what to what, and from which network."""

    id: UUID
    at: datetime
    who: str | None
    role: str
    action: str
    meaning: str
    subject: str
    subject_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str


EXAMPLE = {
    "items": [
        {
            "id": "4f0a2c1e-0c39-4d2b-8f57-2f9d2b1c6a10",
            "at": "2026-11-30T12:00:00Z",
            "who": "mara.thill@example.com",
            "role": "admin",
            "action": "company_suspended",
            "meaning": "Suspended the company",
            "subject": "company",
            "subject_id": "5e0c2a52-6f0e-4c55-9d3e-0d8f0d2a7c11",
            "before": None,
            "after": None,
            "address": "192.0.2.0",
        }
    ],
    "next": None,
    "count": 1,
    "count_is_least": False,
}


def part(ask: Ask, company_id: UUID | None) -> Listed[AuditLine]:
    """One part of a log, the newest first."""
    found = lists.after(ask.query, (datetime, UUID))
    place = None if found is None else (found[0], found[1])
    rows = audit.listed(ask.conn, company_id, limit=ask.query.limit + 1, after=place)
    number = audit.counted(ask.conn, company_id, lists.COUNT_MAX + 1)

    def item(line: audit.Line) -> AuditLine:
        return AuditLine(
            id=line.id,
            at=line.at,
            who=line.who,
            role=line.role,
            action=line.action,
            meaning=audit_words.action(line.action, ask.words),
            subject=line.subject,
            subject_id=line.subject_id,
            before=line.before,
            after=line.after,
            address=line.address,
        )

    return lists.listed(ask.query, rows, number, item, lambda line: (line.at, line.id))
