"""Held entries: finding them when what they wait for arrives, and opening cases for those that wait too long."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, insert, select, update

from loyalty.judge import CaseKind
from server.db.tables import cases as case_table
from server.db.tables import entries, terminals
from server.ledger.rows import cases, till_knowledge, verdicts
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.entries import ParsedEntry, Slot
from sync.protocol.rows import VerdictRow, decode_row

_ASKED_AT_ONCE = 10_000  # databases limit the number of values in a statement


def waiting_for(conn: Connection, company_id: UUID, arrived: Collection[UUID | str]) -> list[ParsedEntry]:
    """The held entries that wait for something in *arrived*, ordered by terminal and journal position."""
    found: list[ParsedEntry] = []
    for some in _portions(map(str, arrived)):
        found += _read(conn, company_id, entries.c.waits_for.in_(some))
    return sorted(found, key=journal_order)


def waiting_for_update(conn: Connection, company_id: UUID, terminal_id: UUID) -> list[ParsedEntry]:
    """The terminal's entries that an earlier program could not read or judge."""
    of_terminal = (entries.c.waits_for == parsed_entries.FOR_UPDATE) & (entries.c.terminal_id == terminal_id)
    return sorted(_read(conn, company_id, of_terminal), key=journal_order)


def open_overdue_cases(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Opens one case for each entry that has been held too long."""
    overdue = (entries.c.company_id == company_id, entries.c.case_due_at <= now)
    rows = conn.execute(select(entries).where(*overdue)).all()
    if not rows:
        return
    conn.execute(update(entries).where(*overdue).values(case_due_at=None, updated_at=now))
    opened = [
        cases.values(
            company_id,
            CaseKind.HELD_TOO_LONG,
            entry_id=verdicts.id_of(row),
            terminal_id=row.terminal_id,
            card_id=decode_row(VerdictRow, row.verdict).card,
            occurred_at=row.created_at,
            now=now,
        )
        for row in rows
    ]
    conn.execute(insert(case_table), opened)


def _read(conn: Connection, company_id: UUID, which: ColumnElement[bool]) -> Iterator[ParsedEntry]:
    same_terminal = (terminals.c.company_id == entries.c.company_id) & (
        terminals.c.terminal_id == entries.c.terminal_id
    )
    query = (
        select(entries, terminals.c.store_id)
        .join(terminals, same_terminal)
        .where(entries.c.company_id == company_id, which, entries.c.entry_id.is_not(None))
    )
    for row in conn.execute(query):
        item = parsed_entries.read(
            row.entry,
            Slot(row.terminal_id, row.journal_id, row.seq),
            store_id=row.store_id,
            side=row.side,
            former_hash=verdicts.hash_of(row),
        )
        item.case_due_at = row.case_due_at
        item.occurred_at = row.occurred_at
        item.told = till_knowledge.read(row.told)
        if item.entry is not None and item.occurred_at is None:  # it was unreadable when it arrived
            item.occurred_at = min(item.entry.occurred_at, row.created_at)
        yield item


def journal_order(item: ParsedEntry) -> tuple[UUID, UUID, int]:
    """Sort key: terminal, journal and position in the journal."""
    slot = item.slot
    return slot.terminal_id, slot.journal_id, slot.seq


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while portion := list(islice(rest, _ASKED_AT_ONCE)):
        yield portion
