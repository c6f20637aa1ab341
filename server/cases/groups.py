"""Decisions of whole groups: what a till was not allowed on a day, what a journal had that is not in the books, what an
import has met.

Asked for at once, carried out in batches by the job `case_groups`. A case whose choice is impossible stays open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from loyalty.cases import CHOICES, CaseKind, Choice
from loyalty.refusals import Reason, Refusal
from loyalty.staff import Role
from server.cases import deciding
from server.cases.deciding import Decider, Typed
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.work_tables import cases, group_decisions
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows.cases import State
from server.refusals import No, Refused

JOB = "case_groups"
AT_ONCE = 50  # in a unit of work
GROUPED = (CaseKind.SALVAGED, CaseKind.NOT_ALLOWED, CaseKind.IMPORT_CLASH)


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """A decision under way."""

    id: UUID
    group_id: UUID
    choice: str
    by: Decider


@dataclass(frozen=True, slots=True)
class Batch:
    """What one unit of work has decided, and the number of the last case that it looked at; None at the end."""

    decided: int
    last: int | None


def choices_of(kind: str) -> tuple[Choice, ...]:
    """The choices for all cases of a group at once."""
    return CHOICES[CaseKind(kind)] if kind in GROUPED else ()


def ask(
    conn: Connection, company_id: UUID, group_id: UUID, choice: str, by: Decider, *, decision_id: UUID, now: datetime
) -> int:
    """Takes a decision of all open cases of a group; returns how many they are."""
    open_ones = [row for row in _open(conn, company_id, group_id, by, 0) if choice in choices_of(row.kind)]
    if not open_ones:
        known = select(cases.c.number).where(cases.c.company_id == company_id, cases.c.group_id == group_id).limit(1)
        if conn.execute(known).first() is None:
            raise Refused(No.CASE_UNKNOWN)
        left = _open(conn, company_id, group_id, by, 0)
        reason = Reason.CHOICE_UNKNOWN if left else Reason.ALREADY_DECIDED
        raise Refused(No.REFUSED, refusal=Refusal(reason))
    values = {
        "company_id": company_id,
        "decision_id": decision_id,
        "group_id": group_id,
        "choice": choice,
        "decided_by": by.staff_id,
        "role": by.role.value,
        "stores": None if by.store_ids is None else sorted(map(str, by.store_ids)),
        "done": 0,
        "refused": 0,
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(insert(group_decisions).values(values))
    job_queue.wake(conn, DueJob(company_id, JOB), now)
    return len(open_ones)


def under_way(conn: Connection, company_id: UUID) -> GroupDecision | None:
    """The oldest decision that is not carried out."""
    query = select(group_decisions).where(
        group_decisions.c.company_id == company_id, group_decisions.c.done_at.is_(None)
    )
    row = conn.execute(query.order_by(group_decisions.c.created_at).limit(1)).one_or_none()
    if row is None:
        return None
    stores = None if row.stores is None else frozenset(map(UUID, row.stores))
    return GroupDecision(row.decision_id, row.group_id, row.choice, Decider(row.decided_by, Role(row.role), stores))


def is_under_way(conn: Connection, company_id: UUID, group_id: UUID) -> bool:
    """True if a decision of the group is being carried out."""
    of_it = (group_decisions.c.company_id == company_id, group_decisions.c.group_id == group_id)
    return conn.execute(select(group_decisions).where(*of_it, group_decisions.c.done_at.is_(None))).first() is not None


def carry_out(ledger: Ledger, asked: GroupDecision, after: int) -> Batch:
    """Decides the next open cases of a group, in the order of their numbers; *after* is the last that was looked at."""
    rows = _open(ledger.conn, ledger.company_id, asked.group_id, asked.by, after)[:AT_ONCE]
    decided = refused = 0
    for row in rows:
        try:
            with ledger.conn.begin_nested():
                deciding.decide(ledger, row.case_id, Typed(choice=asked.choice), asked.by)
            decided += 1
        except Refused:
            refused += 1
    table = group_decisions
    values: dict[str, Any] = {"done": table.c.done + decided, "refused": table.c.refused + refused}
    if not rows:
        values["done_at"] = ledger.now
    of_it = (table.c.company_id == ledger.company_id, table.c.decision_id == asked.id)
    ledger.conn.execute(update(table).where(*of_it).values(values | {"updated_at": ledger.now}))
    return Batch(decided, rows[-1].number if rows else None)


def _open(conn: Connection, company_id: UUID, group_id: UUID, by: Decider, after: int) -> list[Any]:
    of_group = (cases.c.company_id == company_id, cases.c.group_id == group_id, cases.c.state == State.OPEN)
    query = select(cases.c.case_id, cases.c.number, cases.c.kind, cases.c.store_id).where(
        *of_group, cases.c.number > after
    )
    rows: Sequence[Any] = conn.execute(query.order_by(cases.c.number)).all()
    return [row for row in rows if by.store_ids is None or row.store_id is None or row.store_id in by.store_ids]
