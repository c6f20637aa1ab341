"""What is erased of a card's customer, and the side rows that held it: where entries came from, and from salvage.

A till keeps the side rows of entries that it wrote, so the row of an erasure names them for every till, also for one
that has them in a journal from before it was paired anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, Row, bindparam, exists, insert, or_, select, update
from sqlalchemy import Table as DatabaseTable

from loyalty.transactions import ERASED, GRANTED, IMPORTED, Kind
from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.tables import entries, salvage, terminals, tombstones, transactions
from server.db.units import next_version
from server.db.work_tables import cases, erasure_tills, erasures
from server.ledger.rows.cards import OpenCard
from sync.protocol import typed_text
from sync.protocol.entries import (
    ByCard,
    ByNumber,
    ByToken,
    Entry,
    FromTheFuture,
    Unreadable,
    decode_entry,
    encode_entry,
    is_transaction,
    raw_body,
    transaction_body,
)
from sync.protocol.rows import Table

SENT_FOR = timedelta(days=60)  # also to tills that may have a journal from before they were paired anew
CLOSED_AT_ONCE = 500
_PERSONAL = (  # their entries have side rows
    Kind.CARD_CREATED,
    Kind.CUSTOMER_EDITED,
    Kind.CARD_DEACTIVATED,
    Kind.CARD_REACTIVATED,
    Kind.CARD_REPLACED,
    Kind.POINTS_ADJUSTED,
    Kind.STAMPS_ADJUSTED,
    Kind.CASE_DECIDED,
)
_CODE_WORDS = (IMPORTED, GRANTED, ERASED)
_COMPANY: Any = bindparam("company")
_WRITTEN = Lookup(
    select(transactions.c.transaction_id, transactions.c.card_id).where(
        transactions.c.company_id == _COMPANY,
        or_(*(transactions.c.kind == kind for kind in _PERSONAL)),
        transactions.c.terminal_id.is_not(None),
    ),
    transactions.c.card_id,
)
_ENTRIES = Lookup(
    select(
        entries.c.terminal_id, entries.c.journal_id, entries.c.seq, entries.c.entry_id, entries.c.entry, entries.c.side
    ).where(entries.c.company_id == _COMPANY),
    entries.c.entry_id,
)


_BY_ENTRY = {
    table.name: Lookup(
        select(table.c.terminal_id, table.c.journal_id, table.c.seq, table.c.hash, table.c.entry).where(
            table.c.company_id == _COMPANY
        ),
        table.c.entry_id,
    )
    for table in (entries, salvage)
}
_ASKED_ABOUT = Lookup(select(cases.c.entry_id).where(cases.c.company_id == _COMPANY), cases.c.card_id)
_ERASED = Lookup(select(erasures.c.card_id).where(erasures.c.company_id == _COMPANY), erasures.c.card_id)


@dataclass(slots=True)
class Written:
    """The entries with side rows of one card, and the tills that wrote them."""

    entry_ids: set[UUID] = field(default_factory=set)
    terminal_ids: set[UUID] = field(default_factory=set)


def forget_sides(
    conn: Connection, company_id: UUID, opened: Collection[OpenCard], now: datetime
) -> dict[UUID, Written]:
    """Deletes the side rows of these cards' entries; returns what tills may still have of each card."""
    found: dict[UUID, Written] = defaultdict(Written)
    keys, card_ids = _keys(opened), [one.card.id for one in opened]
    booked = {row.transaction_id: row.card_id for row in _WRITTEN.rows(conn, card_ids, company=company_id)}
    theirs = [(row, booked[row.entry_id]) for row in _ENTRIES.rows(conn, booked, company=company_id)]
    theirs += [(row, card_id) for row in _with_sides(conn, entries, company_id) if (card_id := keys.get(_card_of(row)))]
    lost = [(row, card_id) for row in _with_sides(conn, salvage, company_id) if (card_id := keys.get(_card_of(row)))]
    for row, card_id in (*theirs, *lost):
        entry = _entry(row)
        if entry is not None and entry.side is not None:
            found[card_id].entry_ids.add(entry.id)
            found[card_id].terminal_ids.add(row.terminal_id)
    for table, rows in ((entries, theirs), (salvage, lost)):
        _forget(conn, table, company_id, (row for row, _ in rows if row.side is not None), now)
    asked = {row.entry_id for row in _ASKED_ABOUT.rows(conn, card_ids, company=company_id)} - {None}
    for table in (entries, salvage):
        _forget_texts(conn, table, company_id, asked | booked.keys(), now)
    return found


def forget_reasons(conn: Connection, company_id: UUID, card_ids: Collection[UUID], now: datetime) -> None:
    """Takes what somebody typed as the reason of a transaction from the ledger of these cards."""
    typed = (
        transactions.c.company_id == company_id,
        transactions.c.card_id.in_(card_ids),
        transactions.c.reason.not_in(_CODE_WORDS),
        transactions.c.follows.is_(None),  # what a decision books names its case
    )
    conn.execute(update(transactions).where(*typed).values(reason=ERASED, updated_at=now))


def forget_salvaged(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Deletes the side rows in salvage of cards whose customers were erased before it came."""
    named = [(row, _card_of(row)) for row in _with_sides(conn, salvage, company_id)]
    card_ids = {card_id for _, card_id in named if isinstance(card_id, UUID)}
    erased = {row.card_id for row in _ERASED.rows(conn, card_ids, company=company_id)}
    _forget(conn, salvage, company_id, (row for row, card_id in named if card_id in erased), now)


def note(
    conn: Connection, company_id: UUID, card_id: UUID, written: Written, *, version: int, by: UUID | None, now: datetime
) -> None:
    """Notes that a card's customer is erased, and which tills have to follow: those that were not signed off."""
    times = {"company_id": company_id, "card_id": card_id, "created_at": now, "updated_at": now}
    named = sorted(map(str, written.entry_ids))
    conn.execute(insert(erasures).values(staff_id=by, entries=named, version=version, **times))
    here = (terminals.c.company_id == company_id, terminals.c.terminal_id.in_(written.terminal_ids))
    query = select(terminals.c.terminal_id).where(*here, terminals.c.revoked_at.is_(None))
    rows = [{"terminal_id": one, **times} for one in conn.execute(query).scalars()]
    if rows:
        conn.execute(insert(erasure_tills), rows)


def till_has_erased(conn: Connection, company_id: UUID, card_id: UUID, terminal_id: UUID, now: datetime) -> None:
    """Notes that a till has erased a card's side rows."""
    one = (
        erasure_tills.c.company_id == company_id,
        erasure_tills.c.card_id == card_id,
        erasure_tills.c.terminal_id == terminal_id,
        erasure_tills.c.done_at.is_(None),
    )
    conn.execute(update(erasure_tills).where(*one).values(done_at=now, updated_at=now))


def newest(conn: Connection, company_id: UUID) -> datetime | None:
    """When the company last erased somebody: files made before may have them."""
    query = select(erasures.c.created_at).where(erasures.c.company_id == company_id)
    found: datetime | None = conn.execute(query.order_by(erasures.c.version.desc()).limit(1)).scalar_one_or_none()
    return found


def close_old(conn: Connection, company_id: UUID, now: datetime) -> int:
    """Lets tills forget erasures that all have followed for long; returns how many. Under the company's lock."""
    waiting = exists().where(
        erasure_tills.c.company_id == erasures.c.company_id,
        erasure_tills.c.card_id == erasures.c.card_id,
        erasure_tills.c.done_at.is_(None),
    )
    old = (erasures.c.company_id == company_id, erasures.c.closed_at.is_(None), erasures.c.created_at < now - SENT_FOR)
    query = select(erasures.c.card_id).where(*old, ~waiting).order_by(erasures.c.card_id).limit(CLOSED_AT_ONCE)
    found = list(conn.execute(query).scalars())
    if found:
        first, times = next_version(conn, company_id, len(found)), {"created_at": now, "updated_at": now}
        buried = {"company_id": company_id, "table": Table.ERASED.value, **times}
        rows = [buried | {"row_id": card_id, "version": version} for version, card_id in enumerate(found, first)]
        conn.execute(insert(tombstones), rows)
        mine = (erasures.c.company_id == company_id, erasures.c.card_id.in_(found))
        conn.execute(update(erasures).where(*mine).values(closed_at=now, updated_at=now))
    return len(found)


def _keys(opened: Iterable[OpenCard]) -> dict[UUID | bytes | None, UUID]:
    """By what entries name the cards."""
    found: dict[UUID | bytes | None, UUID] = {}
    for one in opened:
        codes = one.codes
        named = (codes.token_hash, codes.number_hmac, *codes.old_tokens, *codes.old_numbers)
        found |= dict.fromkeys((one.card.id, *named), one.card.id)
    return found


def _card_of(row: Row[Any]) -> UUID | bytes | None:
    entry = _entry(row)
    match None if entry is None else entry.card:
        case ByCard(id=card_id):
            return card_id
        case ByToken(hash=code) | ByNumber(hmac=code):
            return code
    return None


def _entry(row: Row[Any]) -> Entry | None:
    try:
        return decode_entry(row.entry)
    except (Unreadable, FromTheFuture):
        return None


def _with_sides(conn: Connection, table: DatabaseTable, company_id: UUID) -> list[Row[Any]]:
    """The few rows whose side row is still there."""
    columns = (table.c.terminal_id, table.c.journal_id, table.c.seq, table.c.entry, table.c.side)
    return list(conn.execute(select(*columns).where(table.c.company_id == company_id, table.c.side.is_not(None))))


def _forget(conn: Connection, table: DatabaseTable, company_id: UUID, rows: Iterable[Row[Any]], now: datetime) -> None:
    at = {"of_company": company_id, "side": None, "updated_at": now}
    named = [{"of_terminal": row.terminal_id, "of_journal": row.journal_id, "of_seq": row.seq, **at} for row in rows]
    _FORGET[table.name].run(conn, named)


def _forget_texts(
    conn: Connection, table: DatabaseTable, company_id: UUID, entry_ids: Collection[UUID], now: datetime
) -> None:
    """Takes what was typed from entries of tills that did not put it into a side row. Their links keep their hashes."""
    for row in _BY_ENTRY[table.name].rows(conn, entry_ids, company=company_id):
        entry = _entry(row)
        if entry is None or not is_transaction(entry.kind):
            continue
        with suppress(Unreadable):
            body = transaction_body(entry)
            if entry.side is None and typed_text.text_of(body):
                kept = encode_entry(structs.replace(entry, body=raw_body(typed_text.without_text(body))))
                slot = (
                    table.c.company_id == company_id,
                    table.c.terminal_id == row.terminal_id,
                    table.c.journal_id == row.journal_id,
                    table.c.seq == row.seq,
                    table.c.hash == row.hash,
                )
                conn.execute(update(table).where(*slot).values(entry=kept, updated_at=now))


def _forgetting(table: DatabaseTable) -> Batch:
    slot = (
        table.c.company_id == bindparam("of_company"),
        table.c.terminal_id == bindparam("of_terminal"),
        table.c.journal_id == bindparam("of_journal"),
        table.c.seq == bindparam("of_seq"),
    )
    return Batch(update(table).where(*slot).values(side=bindparam("side"), updated_at=bindparam("updated_at")))


_FORGET = {table.name: _forgetting(table) for table in (entries, salvage)}
