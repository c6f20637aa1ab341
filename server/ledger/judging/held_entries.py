"""Held entries: finding them when what they wait for arrives, and opening cases for those that wait too long."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, update

from loyalty.cases import CaseKind
from loyalty.program import Programs
from loyalty.transactions import NO_EFFECT
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


def held(conn: Connection, company_id: UUID, entry_id: UUID) -> ParsedEntry | None:
    """The entry with this id, if it is held."""
    found = _read(conn, company_id, (entries.c.entry_id == entry_id) & entries.c.waits_for.is_not(None))
    return next(iter(found), None)


def open_overdue_cases(conn: Connection, company_id: UUID, programs: Programs, currency: str, now: datetime) -> None:
    """Opens one case for each entry that has been held too long; one that a manager let wait is asked about again."""
    overdue = (entries.c.company_id == company_id, entries.c.case_due_at <= now)
    rows = conn.execute(select(entries).where(*overdue)).all()
    if not rows:
        return
    conn.execute(update(entries).where(*overdue).values(case_due_at=None, updated_at=now))
    of_company = select(terminals.c.terminal_id, terminals.c.store_id).where(terminals.c.company_id == company_id)
    store_of = {row.terminal_id: row.store_id for row in conn.execute(of_company)}
    opened = []
    for row in rows:
        slot = Slot(row.terminal_id, row.journal_id, row.seq)
        item = parsed_entries.read(row.entry, slot, store_id=store_of[row.terminal_id], side=None, former_hash=None)
        asked = cases.NOTHING
        if item.body is not None and item.entry is not None:
            program = programs.numbered(item.entry.program) or programs.at(now)
            asked = cases.question(item.body, NO_EFFECT, program, program, currency)
        opened.append(
            cases.values(
                company_id,
                CaseKind.HELD_TOO_LONG,
                entry_id=verdicts.id_of(row),
                terminal_id=row.terminal_id,
                store_id=item.store_id,
                staff_id=None if item.entry is None else item.entry.staff,
                card_id=decode_row(VerdictRow, row.verdict).card,
                asked=asked,
                occurred_at=row.occurred_at or row.created_at,
                now=now,
            )
        )
    cases.open_each(conn, opened)
    cases.ask_again(conn, company_id, [row["case_id"] for row in opened], now)


def ask_later(conn: Connection, company_id: UUID, entry_id: UUID, due_at: datetime, now: datetime) -> bool:
    """Sets when a held entry becomes a case again; False if it is not held any more."""
    of_it = (entries.c.company_id == company_id, entries.c.entry_id == entry_id, entries.c.waits_for.is_not(None))
    return conn.execute(update(entries).where(*of_it).values(case_due_at=due_at, updated_at=now)).rowcount == 1


def drop_side(conn: Connection, company_id: UUID, entry_id: UUID, now: datetime) -> None:
    """Forgets the personal fields of an entry, which a manager has decided about."""
    of_it = (entries.c.company_id == company_id, entries.c.entry_id == entry_id)
    conn.execute(update(entries).where(*of_it).values(side=None, updated_at=now))


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
