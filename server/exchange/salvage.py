"""Salvage of a turned-away terminal's entries: stored whole, not judged; each transaction is a case.

Pages may arrive twice and in any order; each row is stored once. Balances and the terminal's position stay unchanged.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, insert, select

from loyalty.cases import CaseKind
from loyalty.transactions import NO_EFFECT
from server.companies import companies, programs
from server.db.tables import cards, entries, salvage
from server.exchange.intake import Sender, bounded, check_page
from server.ledger.rows import cases, erasures
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.entries import ParsedEntry, Slot
from server.ledger.rows.entry_times import Anchors, occurred_at
from sync.protocol import chain
from sync.protocol.entries import ByCard, is_transaction
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
        erasures.forget_salvaged(conn, sender.company_id, now)
        _open_cases(conn, sender, request, new, now)
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


def _read(sender: Sender, journal_id: UUID, row: PageEntry) -> ParsedEntry:
    slot = Slot(sender.id, journal_id, row.seq)
    return parsed_entries.read(row.entry, slot, store_id=sender.store_id, side=None, former_hash=None)


def _row(sender: Sender, journal_id: UUID, row: PageEntry) -> dict[str, object]:
    return {
        "company_id": sender.company_id,
        "terminal_id": sender.id,
        "journal_id": journal_id,
        "seq": row.seq,
        "hash": row.hash,
        "entry_id": _read(sender, journal_id, row).id,
        "entry": row.entry,
        "side": row.side,
    }


def _open_cases(
    conn: Connection, sender: Sender, request: ExchangeRequest, rows: list[PageEntry], now: datetime
) -> None:
    """Each transaction that is not in the books, and what cannot be read, is a case; those of a journal are a group."""
    anchors = Anchors(now=now, clock=request.clock, paired_at=sender.paired_at)
    found: dict[UUID, tuple[ParsedEntry, datetime]] = {}
    for row in rows:
        item = _read(sender, request.journal, row)
        if item.entry is None:
            found[item.id] = item, now
        elif is_transaction(item.entry.kind):
            found[item.id] = item, occurred_at(item.entry, anchors)
    booked = select(entries.c.entry_id).where(entries.c.company_id == sender.company_id, entries.c.entry_id.in_(found))
    for entry_id in conn.execute(booked).scalars():
        del found[entry_id]
    if not found:
        return
    versions = programs.versions(conn, sender.company_id)
    currency = companies.by_id(conn, sender.company_id).settings.currency
    known_cards = _cards_of(conn, sender.company_id, [item for item, _ in found.values()])
    opened = []
    for item, at in found.values():
        asked, entry = cases.NOTHING, item.entry
        if item.body is not None and entry is not None:
            program = versions.numbered(entry.program) or versions.at(at)
            asked = cases.question(item.body, NO_EFFECT, program, program, currency)
        opened.append(
            cases.values(
                sender.company_id,
                CaseKind.SALVAGED,
                entry_id=item.id,
                group_id=request.journal,
                terminal_id=sender.id,
                store_id=sender.store_id,
                staff_id=None if entry is None else entry.staff,
                card_id=named if (named := _card_named(item)) in known_cards else None,
                asked=asked,
                occurred_at=at,
                now=now,
            )
        )
    cases.open_each(conn, opened)


def _cards_of(conn: Connection, company_id: UUID, items: list[ParsedEntry]) -> set[UUID]:
    """The company's own cards among those that the entries name by id."""
    named = {_card_named(item) for item in items} - {None}
    known = select(cards.c.card_id).where(cards.c.company_id == company_id, cards.c.card_id.in_(named))
    return set(conn.execute(known).scalars())


def _card_named(item: ParsedEntry) -> UUID | None:
    card = None if item.entry is None else item.entry.card
    return card.id if isinstance(card, ByCard) else None
