"""The queries that the feed reads: one for each table, restricted to the rows that the reading till may receive."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, Column, FromClause, Row, Select, bindparam, func, or_, select

from server.db.columns import Moment
from server.db.lookups import Query
from server.db.tables import cards, companies, entries, platform, programs, staff, stores, terminals, tombstones
from server.db.tables import transactions as facts
from server.db.work_tables import cases, erasures
from server.ledger.feed import row_bytes as sent_rows
from server.ledger.rows import cards as card_rows
from server.ledger.rows import transactions, verdicts
from sync.protocol.rows import BULK as BULK_TABLES
from sync.protocol.rows import ESSENTIALS as ESSENTIAL_TABLES
from sync.protocol.rows import LATER, Table

_encode = msgspec.json.Encoder().encode

RECENT = timedelta(days=60)  # the store's transactions that voids and receipt checks still need, and its cases
_NO_STORE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reader:
    """The till that reads the feed."""

    company_id: UUID
    terminal_id: UUID
    store_id: UUID
    now: datetime
    can: frozenset[str] = frozenset()  # the later tables that it knows

    def knows(self, table: str) -> bool:
        """True if it is sent rows of this table."""
        return table not in LATER or table in self.can

    @property
    def since(self) -> datetime:
        """Recording time of the oldest transaction that the till receives."""
        return self.now - RECENT

    @property
    def named(self) -> dict[str, Any]:
        """Values of the named parameters in the statements of `Source`."""
        return {
            "company": self.company_id,
            "terminal": self.terminal_id,
            "store": self.store_id,
            "store_of_cases": self.store_id if self.knows(Table.CASE) else _NO_STORE,
            "since": self.since,
        }


class FeedRow(NamedTuple):
    """A row of the feed, encoded later by `sent` and only if the response has room; None marks a deleted row."""

    table: str
    id: UUID
    version: int
    row: Any
    sent: Callable[[Any], bytes] | None
    scope: UUID | None = None  # the terminal or store it belongs to; None: all tills
    recorded_at: datetime | None = None  # set for transactions and cases: old ones are left out
    stores: frozenset[UUID] | None = None  # set for people who do not work everywhere
    bare: bytes = b""  # what tills of other stores receive of them

    def told_to(self, reader: Reader) -> "FeedRow":
        """The row as the reader receives it."""
        if self.stores is None or reader.store_id in self.stores:
            return self
        return self._replace(row=self.bare, sent=bytes)

    @property
    def as_bytes(self) -> "FeedRow":
        """The same row, already encoded."""
        return self if self.sent is None else self._replace(row=self.sent(self.row), sent=bytes)


@dataclass(frozen=True, slots=True)
class Source:
    """One table of the feed; `sent` encodes a row for the till and is None for tombstones.

    Statements are built once, because building one takes longer than running it. `Reader.named` gives their values.
    """

    table: Table | None
    version: Column[int]
    id: Callable[[Row[Any]], UUID]
    rows: Select[Any]
    sent: Callable[[Row[Any]], bytes] | None
    scope: Callable[[Row[Any]], UUID] | None = None
    page: Query = field(init=False)  # rows between two versions, up to a limit
    count: Query = field(init=False)  # number of rows above a version

    def __post_init__(self) -> None:
        after = self.rows.where(self.version > bindparam("after"))
        page = after.where(self.version <= bindparam("until")).order_by(self.version).limit(bindparam("room"))
        object.__setattr__(self, "page", Query(page))
        object.__setattr__(self, "count", Query(after.with_only_columns(func.count().label("rows"))))

    def found(self, row: Row[Any]) -> FeedRow:
        """A database row as a row of the feed."""
        scope = None if self.scope is None else self.scope(row)
        recorded_at = None
        if self.table in (Table.TRANSACTION, Table.CASE):
            recorded_at = row.recorded_at if self.table is Table.TRANSACTION else row.updated_at
        found = FeedRow(self.table or row.table, self.id(row), row.version, row, self.sent, scope, recorded_at)
        return of_person(found, row) if self.table is Table.STAFF else found


def of_person(found: FeedRow, row: Row[Any]) -> FeedRow:
    """A person's row, from which tills of other stores than theirs cannot guess a PIN."""
    if row.stores is None:
        return found
    return found._replace(stores=frozenset(map(UUID, row.stores)), bare=_encode(sent_rows.person(row, bare=True)))


_COMPANY: BindParameter[Any] = bindparam("company")
_TERMINAL: BindParameter[Any] = bindparam("terminal")
_STORE: BindParameter[Any] = bindparam("store")
_SINCE = bindparam("since", type_=Moment)


def _of_company(table: FromClause) -> Select[Any]:
    return select(table).where(table.c.company_id == _COMPANY)


_THE_COMPANY = (
    select(companies, platform.c.limits).join(platform, platform.c.id == 1).where(companies.c.company_id == _COMPANY)
)
_OWN_VERDICTS = select(
    entries.c.entry_id, entries.c.terminal_id, entries.c.journal_id, entries.c.seq, entries.c.version, entries.c.verdict
).where(entries.c.company_id == _COMPANY, entries.c.terminal_id == _TERMINAL)
_PROGRAMS = _of_company(programs).where(programs.c.withdrawn_at.is_(None))
_ERASED = _of_company(erasures).where(erasures.c.closed_at.is_(None))
_CARDS = card_rows.of_company(_COMPANY)
_RECENT_CASES = _of_company(cases).where(cases.c.store_id == bindparam("store_of_cases"), cases.c.updated_at >= _SINCE)
# An expression, which no index serves: by the index on the time, all of a store's 60 days would be read for a few rows.
_RECORDED_AT = func.coalesce(facts.c.recorded_at, facts.c.recorded_at, type_=Moment)
_RECENT_TRANSACTIONS = _of_company(facts).where(facts.c.store_id == _STORE, _RECORDED_AT >= _SINCE)


def _encoded(sent: Callable[[Row[Any]], Struct]) -> Callable[[Row[Any]], bytes]:
    return lambda row: _encode(sent(row))


def _tombstones_of(tables: tuple[Table, ...]) -> Source:
    rows = _of_company(tombstones).where(or_(*(tombstones.c.table == table for table in tables)))
    return Source(None, tombstones.c.version, attrgetter("row_id"), rows, None)


VERDICTS = Source(
    Table.VERDICT,
    entries.c.version,
    verdicts.id_of,
    _OWN_VERDICTS,
    attrgetter("verdict"),
    attrgetter("terminal_id"),
)
CASES = Source(
    Table.CASE,
    cases.c.version,
    attrgetter("case_id"),
    _RECENT_CASES,
    _encoded(sent_rows.case),
    attrgetter("store_id"),
)
ESSENTIALS = (
    Source(Table.COMPANY, companies.c.version, attrgetter("company_id"), _THE_COMPANY, _encoded(sent_rows.company)),
    Source(Table.PROGRAM, programs.c.version, attrgetter("program_id"), _PROGRAMS, _encoded(sent_rows.program)),
    Source(Table.STORE, stores.c.version, attrgetter("store_id"), _of_company(stores), _encoded(sent_rows.store)),
    Source(Table.STAFF, staff.c.version, attrgetter("staff_id"), _of_company(staff), _encoded(sent_rows.person)),
    Source(
        Table.TERMINAL,
        terminals.c.version,
        attrgetter("terminal_id"),
        _of_company(terminals),
        _encoded(sent_rows.terminal),
    ),
    Source(Table.ERASED, erasures.c.version, attrgetter("card_id"), _ERASED, _encoded(sent_rows.erased)),
    CASES,
    VERDICTS,
    _tombstones_of(ESSENTIAL_TABLES),
)
TRANSACTIONS = Source(
    Table.TRANSACTION,
    facts.c.version,
    attrgetter("transaction_id"),
    _RECENT_TRANSACTIONS,
    transactions.sent_bytes,
    attrgetter("store_id"),
)
RECENT_TRANSACTIONS = (TRANSACTIONS,)
BULK = (
    Source(Table.CARD, cards.c.version, attrgetter("card_id"), _CARDS, card_rows.sent_bytes),
    *RECENT_TRANSACTIONS,
    _tombstones_of(BULK_TABLES),
)
