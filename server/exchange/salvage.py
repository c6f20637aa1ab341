"""Salvage of a turned-away terminal's entries: stored whole and reported as cases, not judged.

Pages may arrive twice and in any order; each row is stored once. Balances and the terminal's position stay unchanged.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, insert, select

from loyalty.judge import CaseKind
from server.db.tables import entries, salvage
from server.exchange.intake import Sender, bounded, check_page
from server.ledger.rows import cases
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.entries import Slot
from server.ledger.rows.entry_times import Anchors, occurred_at
from sync.protocol import chain
from sync.protocol.entries import is_transaction
from sync.protocol.messages import PAGE_ENTRIES_MAX, ExchangeRequest, Page, PageEntry

ROWS_A_DAY_MAX = 20_000  # ten times what a busy till writes

_log = structlog.get_logger()


def take(conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> int:
    """Stores the page's new rows; returns the seq after which the terminal continues.

    If a page would leave a gap, the terminal is sent back to an earlier seq.
    """
    page = request.page
    if page is None or not page.entries:
        return request.last_seq
    check_page(page, request)
    if not _is_plausible(conn, sender, request, page, now):
        _log.warning("salvage left alone", company=str(sender.company_id), terminal=str(sender.id))
        return request.last_seq  # it is not asked to send more
    first, held = page.entries[0].seq, _held(conn, sender, request.journal, page)
    if page.prev_hash not in held[first - 1]:
        return max(0, first - 1 - PAGE_ENTRIES_MAX)
    new = [bounded(row) for row in page.entries if row.hash not in held[row.seq]]
    if new:
        times = {"created_at": now, "updated_at": now}
        conn.execute(insert(salvage), [_row(sender, request.journal, row) | times for row in new])
        _add_to_case(conn, sender, request, new, now)
    return page.entries[-1].seq


def _is_plausible(conn: Connection, sender: Sender, request: ExchangeRequest, page: Page, now: datetime) -> bool:
    """Whether this can be the journal that the server knew, as long as its till can have gone on with it."""
    kept = select(salvage.c.journal_id, func.count().label("rows")).where(
        salvage.c.company_id == sender.company_id, salvage.c.terminal_id == sender.id
    )
    journals = {row.journal_id: row.rows for row in conn.execute(kept.group_by(salvage.c.journal_id))}
    known = sender.journal_id or next(iter(journals), request.journal)  # a till may be turned away before it sent any
    days = (now - (sender.last_seen_at or sender.paired_at)) // timedelta(days=1) + 1
    rows_max = ROWS_A_DAY_MAX * max(1, days)
    return (
        request.journal == known
        and page.entries[-1].seq <= sender.acked_seq + rows_max
        and journals.get(request.journal, 0) + len(page.entries) <= sender.acked_seq + 2 * rows_max
    )


def _held(conn: Connection, sender: Sender, journal_id: UUID, page: Page) -> dict[int, set[bytes]]:
    """The hashes stored for the page's range and the row before it, judged or salvaged."""
    held: dict[int, set[bytes]] = defaultdict(set)
    held[0].add(chain.genesis(sender.company_id, sender.id, journal_id))
    for table in (entries, salvage):
        known = select(table.c.seq, table.c.hash).where(
            table.c.company_id == sender.company_id,
            table.c.terminal_id == sender.id,
            table.c.journal_id == journal_id,
            table.c.seq.between(page.entries[0].seq - 1, page.entries[-1].seq),
        )
        for row in conn.execute(known):
            held[row.seq].add(row.hash)
    return held


def _row(sender: Sender, journal_id: UUID, row: PageEntry) -> dict[str, object]:
    return {
        "company_id": sender.company_id,
        "terminal_id": sender.id,
        "journal_id": journal_id,
        "seq": row.seq,
        "hash": row.hash,
        "entry": row.entry,
        "side": row.side,
    }


def _add_to_case(
    conn: Connection, sender: Sender, request: ExchangeRequest, rows: list[PageEntry], now: datetime
) -> None:
    """The journal is one case, which counts the transactions that are not in the books and what cannot be read."""
    anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
    found: dict[UUID, datetime] = {}
    for row in rows:
        slot = Slot(sender.id, request.journal, row.seq)
        item = parsed_entries.read(row.entry, slot, store_id=sender.store_id, side=None, former_hash=None)
        if item.entry is None:
            found[item.id] = now
        elif is_transaction(item.entry.kind):
            found[item.id] = occurred_at(item.entry, anchors)
    booked = select(entries.c.entry_id).where(entries.c.company_id == sender.company_id, entries.c.entry_id.in_(found))
    for entry_id in conn.execute(booked).scalars():
        del found[entry_id]
    if found:
        first = min(found, key=lambda one: found[one])
        case = cases.grouped(
            sender.company_id,
            CaseKind.SALVAGED,
            case_id=cases.salvaged_id(request.journal),
            entry_id=first,
            terminal_id=sender.id,
            occurred_at=found[first],
            now=now,
        )
        cases.add_up(conn, [case | {"amount": len(found)}])
