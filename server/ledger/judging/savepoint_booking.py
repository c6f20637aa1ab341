"""Books a unit of work's entries in a savepoint. Where that fails they are booked one after the other, each in a
savepoint of its own, so that the entry at fault is set aside with a case and all others are booked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from server.keys import Keys
from server.ledger.judging import held_entries
from server.ledger.judging.judging import Judging
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows.entries import ParsedEntry, Slot
from server.problems import Problem

NewRows = Mapping[Slot, dict[str, object]]

_log = structlog.get_logger()


class Ledger(NamedTuple):
    """A company's ledger, opened under the company's lock."""

    conn: Connection
    company_id: UUID
    keys: Keys
    now: datetime

    def judging(self) -> Judging:
        """A new unit of judging on the ledger's current state."""
        return Judging(self.conn, self.company_id, self.keys, self.now)


def book_in_savepoint(ledger: Ledger, items: Sequence[ParsedEntry], new: NewRows) -> list[WriteSet]:
    """Judges and writes *items* in order, with what they release; *new* are the rows of items not stored yet."""
    try:
        with ledger.conn.begin_nested():
            judging = ledger.judging()
            judging.take(items)
            judging.write()
            judging.writes.new_entries(new)
            granted = judging.late_grants()
    except Exception as error:
        if not _is_an_entrys_fault(error):
            raise
        _log.warning(
            "booking entries together failed", company=str(ledger.company_id), entries=len(items), error=str(error)
        )
        return _one_by_one(ledger, items, new)
    return [judging.writes, *granted]


def release(conn: Connection, company_id: UUID, keys: Keys, arrived: Iterable[str], now: datetime) -> None:
    """Judges entries held for something that came without an entry: issued cards or a program.

    Called under the company's lock, with nothing else open that takes versions.
    """
    ledger, arrivals = Ledger(conn, company_id, keys, now), set(arrived)
    try:
        with conn.begin_nested():
            judging = ledger.judging()
            judging.release(arrivals)
            judging.write()
            judging.late_grants()
    except Exception as error:
        if not _is_an_entrys_fault(error):
            raise
        _log.warning("releasing entries together failed", company=str(company_id), error=str(error))
        _one_by_one(ledger, held_entries.waiting_for(conn, company_id, arrivals), {})


def _one_by_one(ledger: Ledger, items: Sequence[ParsedEntry], new: NewRows) -> list[WriteSet]:
    """Books *items*, then what they have released, in the order in which all would have been booked together."""
    written: list[WriteSet] = []
    while items:
        arrived: set[UUID | str] = set()
        for item in items:
            writes, released = _book_alone(ledger, item, {item.slot: new[item.slot]} if item.slot in new else {})
            written += writes
            arrived |= released
        items = held_entries.waiting_for(ledger.conn, ledger.company_id, arrived)
    return written


def _book_alone(ledger: Ledger, item: ParsedEntry, new: NewRows) -> tuple[list[WriteSet], set[UUID | str]]:
    """Books one entry, or sets it aside; also returns what held entries may have been waiting for."""
    try:
        with ledger.conn.begin_nested():
            judging = ledger.judging()
            arrived = judging.take_alone(item)
            judging.write()
            judging.writes.new_entries(new)
            granted = judging.late_grants()
    except Exception as error:
        if not _is_an_entrys_fault(error):
            raise
        _log.exception("an entry cannot be booked", entry=str(item.id), seq=item.slot.seq)
        judging = ledger.judging()
        judging.set_aside(item)
        judging.write()
        judging.writes.new_entries(new)
        arrived, granted = set(), []
    return [judging.writes, *granted], arrived


def _is_an_entrys_fault(error: Exception) -> bool:
    """True if one entry can have caused the error, unlike for instance a full disk."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    return not isinstance(error, Problem | OSError | MemoryError)
