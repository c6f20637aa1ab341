"""Where in a terminal's journal people passed their PIN: a manager's answer for something needs it shortly before."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import pin_passes
from server.ledger.rows.entries import Slot

# A PIN that is asked for an override is passed just before the entry, with hardly a row between them.
OVERRIDE_ROWS_MAX = 20
OVERRIDE_TIME_MAX = timedelta(minutes=2)
SHIFT_MAX = timedelta(hours=24)  # no shift lasts longer without a pause that ends it


class Pass(NamedTuple):
    """The last one of a person at a terminal."""

    journal_id: UUID
    seq: int
    occurred_at: datetime


Passes = dict[tuple[UUID, UUID], Pass]  # by terminal and person

_OF_TERMINALS = Lookup(
    select(
        pin_passes.c.terminal_id,
        pin_passes.c.staff_id,
        pin_passes.c.journal_id,
        pin_passes.c.seq,
        pin_passes.c.occurred_at,
    ).where(pin_passes.c.company_id == bindparam("company")),
    pin_passes.c.terminal_id,
)


def load(conn: Connection, company_id: UUID, terminal_ids: Collection[UUID]) -> Passes:
    """The last passes at these terminals."""
    rows = _OF_TERMINALS.rows(conn, terminal_ids, company=company_id)
    return {(row.terminal_id, row.staff_id): Pass(row.journal_id, row.seq, row.occurred_at) for row in rows}


def save(conn: Connection, company_id: UUID, passes: Mapping[tuple[UUID, UUID], Pass], now: datetime) -> None:
    """Writes down new ones."""
    rows = [
        {
            "company_id": company_id,
            "terminal_id": terminal_id,
            "staff_id": staff_id,
            "journal_id": one.journal_id,
            "seq": one.seq,
            "occurred_at": one.occurred_at,
            "created_at": now,
            "updated_at": now,
        }
        for (terminal_id, staff_id), one in passes.items()
    ]
    _SAVE[conn.dialect.name].run(conn, rows)


def just_before(passed: Pass | None, slot: Slot, at: datetime) -> bool:
    """Whether an override's PIN was passed for the entry in this slot."""
    return (
        _in_its_journal(passed, slot)
        and passed is not None
        and slot.seq - passed.seq <= OVERRIDE_ROWS_MAX
        and abs(at - passed.occurred_at) <= OVERRIDE_TIME_MAX
    )


def at_their_shift(passed: Pass | None, slot: Slot, at: datetime) -> bool:
    """Whether somebody can be on shift by having passed their PIN."""
    return _in_its_journal(passed, slot) and passed is not None and abs(at - passed.occurred_at) <= SHIFT_MAX


def _in_its_journal(passed: Pass | None, slot: Slot) -> bool:
    return passed is not None and passed.journal_id == slot.journal_id and passed.seq < slot.seq


def _saving(statement: sqlite.Insert | postgresql.Insert) -> Batch:
    new = statement.excluded
    names = ("journal_id", "seq", "occurred_at", "updated_at")
    changed = {name: new[name] for name in names}
    return Batch(statement.on_conflict_do_update(index_elements=list(pin_passes.primary_key), set_=changed))


_SAVE = {"sqlite": _saving(sqlite.insert(pin_passes)), "postgresql": _saving(postgresql.insert(pin_passes))}
