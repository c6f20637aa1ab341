"""Where the feed's rows come from: one query a table, each restricted to what the reading till may have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Row, Select, select

from server.db.tables import cards as card_table
from server.db.tables import companies, entries, platform, programs, staff, stores, terminals, tombstones
from server.db.tables import transactions as facts
from server.ledger import cards, sent, transactions, verdicts
from sync.rows import BULK as BULK_TABLES
from sync.rows import ESSENTIALS as ESSENTIAL_TABLES
from sync.rows import Table

_encode = msgspec.json.Encoder().encode

RECENT = timedelta(days=60)  # of the store's own transactions: what voids and receipts may still ask for


@dataclass(frozen=True, slots=True)
class Reader:
    """The till that reads."""

    company_id: UUID
    terminal_id: UUID
    store_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A row for the feed. What a till gets of it is made later, and only if there is room; None: the row is gone."""

    table: str
    id: UUID
    version: int
    row: Any
    sent: Callable[[Any], bytes] | None


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the feed; `sent` makes what a till gets of a row, and is None for tombstones."""

    table: Table | None
    version: Column[int]
    id: Callable[[Row[Any]], UUID]
    rows: Callable[[Reader], Select[Any]]
    sent: Callable[[Row[Any]], bytes] | None

    def found(self, row: Row[Any]) -> Found:
        """The row as one of the feed's."""
        return Found(self.table or row.table, self.id(row), row.version, row, self.sent)


def _company(reader: Reader) -> Select[Any]:
    return (
        select(companies, platform.c.limits)
        .join(platform, platform.c.id == 1)
        .where(companies.c.company_id == reader.company_id)
    )


def _programs(reader: Reader) -> Select[Any]:
    return select(programs).where(programs.c.company_id == reader.company_id)


def _stores(reader: Reader) -> Select[Any]:
    return select(stores).where(stores.c.company_id == reader.company_id)


def _staff(reader: Reader) -> Select[Any]:
    return select(staff).where(staff.c.company_id == reader.company_id)


def _terminals(reader: Reader) -> Select[Any]:
    return select(terminals).where(terminals.c.company_id == reader.company_id)


def _own_verdicts(reader: Reader) -> Select[Any]:
    slot = (entries.c.terminal_id, entries.c.journal_id, entries.c.seq)
    return select(entries.c.entry_id, *slot, entries.c.version, entries.c.verdict).where(
        entries.c.company_id == reader.company_id, entries.c.terminal_id == reader.terminal_id
    )


def _cards(reader: Reader) -> Select[Any]:
    return cards.with_customers().where(card_table.c.company_id == reader.company_id)


def _recent_transactions(reader: Reader) -> Select[Any]:
    return select(facts).where(
        facts.c.company_id == reader.company_id,
        facts.c.store_id == reader.store_id,
        facts.c.recorded_at >= reader.now - RECENT,
    )


def _encoded(sent: Callable[[Row[Any]], Struct]) -> Callable[[Row[Any]], bytes]:
    return lambda row: _encode(sent(row))


def _tombstones_of(tables: tuple[Table, ...]) -> Source:
    def rows(reader: Reader) -> Select[Any]:
        return select(tombstones).where(tombstones.c.company_id == reader.company_id, tombstones.c.table.in_(tables))

    return Source(None, tombstones.c.version, attrgetter("row_id"), rows, None)


ESSENTIALS = (
    Source(Table.COMPANY, companies.c.version, attrgetter("company_id"), _company, _encoded(sent.company)),
    Source(Table.PROGRAM, programs.c.version, attrgetter("program_id"), _programs, _encoded(sent.program)),
    Source(Table.STORE, stores.c.version, attrgetter("store_id"), _stores, _encoded(sent.store)),
    Source(Table.STAFF, staff.c.version, attrgetter("staff_id"), _staff, _encoded(sent.person)),
    Source(Table.TERMINAL, terminals.c.version, attrgetter("terminal_id"), _terminals, _encoded(sent.terminal)),
    Source(Table.VERDICT, entries.c.version, verdicts.id_of, _own_verdicts, attrgetter("verdict")),
    _tombstones_of(ESSENTIAL_TABLES),
)
RECENT_TRANSACTIONS = (
    Source(
        Table.TRANSACTION,
        facts.c.version,
        attrgetter("transaction_id"),
        _recent_transactions,
        transactions.sent_bytes,
    ),
)
BULK = (
    Source(Table.CARD, card_table.c.version, attrgetter("card_id"), _cards, cards.sent_bytes),
    *RECENT_TRANSACTIONS,
    _tombstones_of(BULK_TABLES),
)
