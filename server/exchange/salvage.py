"""Salvage of a turned-away terminal's entries: stored whole and reported as cases, not judged.

Pages may arrive twice and in any order; each row is stored once. Balances and the terminal's position stay unchanged.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select

from loyalty.judge import CaseKind
from server.db.tables import cases as case_table
from server.db.tables import entries, salvage
from server.exchange.intake import Sender, bounded, check_page
from server.ledger.rows import cases
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.entries import ParsedEntry, Slot
from server.ledger.rows.entry_times import Anchors, occurred_at
from sync.protocol import chain
from sync.protocol.entries import ByCard, is_transaction
from sync.protocol.messages import PAGE_ENTRIES_MAX, ExchangeRequest, Page, PageEntry


def take(conn: Connection, sender: Sender, request: ExchangeRequest, now: datetime) -> int:
    """Stores the page's new rows; returns the seq after which the terminal continues.

    If a page would leave a gap, the terminal is sent back to an earlier seq.
    """
    page = request.page
    if page is None or not page.entries:
        return request.last_seq
    check_page(page, request)
    first, held = page.entries[0].seq, _held(conn, sender, request.journal, page)
    if page.prev_hash not in held[first - 1]:
        return max(0, first - 1 - PAGE_ENTRIES_MAX)
    new = [bounded(row) for row in page.entries if row.hash not in held[row.seq]]
    if new:
        times = {"created_at": now, "updated_at": now}
        conn.execute(insert(salvage), [_row(sender, request.journal, row) | times for row in new])
        _open_cases(conn, sender, request, new, now)
    return page.entries[-1].seq


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


def _open_cases(
    conn: Connection, sender: Sender, request: ExchangeRequest, rows: list[PageEntry], now: datetime
) -> None:
    """Opens a case for each unreadable row and each transaction that is not in the ledger."""
    anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
    found: dict[object, dict[str, object]] = {}
    for row in rows:
        slot = Slot(sender.id, request.journal, row.seq)
        item = parsed_entries.read(row.entry, slot, store_id=sender.store_id, side=None, former_hash=None)
        if item.entry is not None and not is_transaction(item.entry.kind):
            continue
        case = _case(sender, item, anchors)
        found[case["case_id"]] = case
    ids = [case["entry_id"] for case in found.values()]
    booked = select(entries.c.entry_id).where(entries.c.company_id == sender.company_id, entries.c.entry_id.in_(ids))
    existing = select(case_table.c.case_id).where(
        case_table.c.company_id == sender.company_id, case_table.c.case_id.in_(found)
    )
    known = {*conn.execute(booked).scalars(), *conn.execute(existing).scalars()}
    new = [case for key, case in found.items() if key not in known and case["entry_id"] not in known]
    if new:
        conn.execute(insert(case_table), new)


def _case(sender: Sender, item: ParsedEntry, anchors: Anchors) -> dict[str, object]:
    entry = item.entry
    card = entry.card if entry is not None else None
    return cases.values(
        sender.company_id,
        CaseKind.SALVAGED,
        entry_id=item.id,
        terminal_id=sender.id,
        card_id=card.id if isinstance(card, ByCard) else None,
        occurred_at=anchors.now if entry is None else occurred_at(entry, anchors),
        now=anchors.now,
    )
