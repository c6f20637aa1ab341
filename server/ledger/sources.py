"""Where the feed's rows come from: one query a table, each restricted to what the reading till may have."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Column, Row, Select, select

from server.db.tables import cards, companies, customers, platform, programs, staff, stores, terminals, tombstones
from server.db.tables import transactions as facts
from server.db.tables import verdicts as words
from server.ledger import sent, transactions, verdicts
from sync.rows import BULK as BULK_TABLES
from sync.rows import ESSENTIALS as ESSENTIAL_TABLES
from sync.rows import Table

RECENT = timedelta(days=60)  # of the store's own transactions: what voids and receipts may still ask for


@dataclass(frozen=True, slots=True)
class Reader:
    """The till that reads."""

    company_id: UUID
    terminal_id: UUID
    store_id: UUID
    now: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the feed; `sent` makes what a till gets of a row, and is None for tombstones."""

    table: Table | None
    version: Column[int]
    id: Column[UUID]
    rows: Callable[[Reader], Select[Any]]
    sent: Callable[[Row[Any]], Struct] | None


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a source."""

    source: Source
    row: Row[Any]

    @property
    def version(self) -> int:
        return int(self.row.version)

    @property
    def id(self) -> UUID:
        found: UUID = getattr(self.row, self.source.id.name)
        return found

    @property
    def table(self) -> str:
        return str(self.source.table or self.row.table)


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
    return select(words).where(words.c.company_id == reader.company_id, words.c.terminal_id == reader.terminal_id)


def _cards(reader: Reader) -> Select[Any]:
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    of_customer = (
        customers.c.name.label("customer_name"),
        customers.c.name_key,
        customers.c.email_hmac,
        customers.c.phone_hmac,
    )
    return select(cards, *of_customer).outerjoin(customers, whose).where(cards.c.company_id == reader.company_id)


def _recent_transactions(reader: Reader) -> Select[Any]:
    return select(facts).where(
        facts.c.company_id == reader.company_id,
        facts.c.store_id == reader.store_id,
        facts.c.recorded_at >= reader.now - RECENT,
    )


def _tombstones_of(tables: tuple[Table, ...]) -> Source:
    def rows(reader: Reader) -> Select[Any]:
        return select(tombstones).where(tombstones.c.company_id == reader.company_id, tombstones.c.table.in_(tables))

    return Source(None, tombstones.c.version, tombstones.c.row_id, rows, None)


ESSENTIALS = (
    Source(Table.COMPANY, companies.c.version, companies.c.company_id, _company, sent.company),
    Source(Table.PROGRAM, programs.c.version, programs.c.program_id, _programs, sent.program),
    Source(Table.STORE, stores.c.version, stores.c.store_id, _stores, sent.store),
    Source(Table.STAFF, staff.c.version, staff.c.staff_id, _staff, sent.person),
    Source(Table.TERMINAL, terminals.c.version, terminals.c.terminal_id, _terminals, sent.terminal),
    Source(Table.VERDICT, words.c.version, words.c.entry_id, _own_verdicts, verdicts.sent_row),
    _tombstones_of(ESSENTIAL_TABLES),
)
BULK = (
    Source(Table.CARD, cards.c.version, cards.c.card_id, _cards, sent.card),
    Source(Table.TRANSACTION, facts.c.version, facts.c.transaction_id, _recent_transactions, transactions.sent_row),
    _tombstones_of(BULK_TABLES),
)
