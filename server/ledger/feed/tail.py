"""The newest rows of a company's feed, kept encoded in memory, so that a till that lacks only these needs no query.

A tail holds every row that changed after `start` and up to `end`, in its latest state. It is updated by this process's
commits, and reads from the database what other processes wrote; it must not be used for versions beyond `end`.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, select

from server.db.lookups import Lookup, Query
from server.db.tables import entries, terminals, transactions
from server.db.work_tables import cases
from server.ledger.feed.feed import Stream, Unsent
from server.ledger.feed.sources import BULK, CASES, ESSENTIALS, TRANSACTIONS, VERDICTS, FeedRow, Reader
from sync.protocol.messages import FEED_ROWS_MAX, Cursors
from sync.protocol.rows import ESSENTIALS as ESSENTIAL_TABLES

ROWS_MAX = FEED_ROWS_MAX  # a full page of entries makes three rows for each, of about 500 bytes
KEPT_FOR = timedelta(minutes=3)  # connected tills ask every minute; others read the database

_ESSENTIALS = frozenset(map(str, ESSENTIAL_TABLES))


class Tail:
    """The tail of one company. Thread-safe."""

    def __init__(self) -> None:
        self._gate = threading.Lock()  # guards what follows
        self._start = self._end = 0
        self._reached: deque[tuple[datetime, int]] = deque()  # the company's clock at past moments
        # Ordered by version; the ids as numbers, since a UUID computes its own hash in Python.
        self._rows: dict[tuple[str, int], FeedRow] = {}

    def follow(self, began: int, clock: int, rows: Iterable[FeedRow], now: datetime) -> None:
        """Adds the rows that changed after version *began* and up to *clock*, and drops those older than `KEPT_FOR`.

        Starts anew if versions between `end` and *began* are missing.
        """
        with self._gate:
            if began < self._end:
                return  # two commits reported out of order: the later one is already here
            if began > self._end:
                self._rows.clear()
                self._start = began
            self._end = clock
            for row in rows:
                key = row.table, row.id.int
                self._rows.pop(key, None)
                self._rows[key] = row
            self._reached.append((now, clock))
            while self._reached[0][0] < now - KEPT_FOR:
                self._start = max(self._start, self._reached.popleft()[1])
            over = len(self._rows) - ROWS_MAX
            old: list[tuple[str, int]] = []
            for key, row in self._rows.items():
                if row.version > self._start and len(old) >= over:
                    break
                old.append(key)
                self._start = max(self._start, row.version)
            for key in old:
                del self._rows[key]

    def catch_up(self, conn: Connection, company_id: UUID, clock: int, now: datetime) -> None:
        """Reads from the database what other processes wrote after `end`, up to *clock*, the company's version in this
        snapshot."""
        with self._gate:
            end = self._end
        if clock == end:
            return
        missing = _read(conn, company_id, end, clock) if 0 < clock - end <= ROWS_MAX else None
        if missing is None:
            self.follow(clock, clock, (), now)
        else:
            self.follow(end, clock, missing, now)

    def unsent(self, reader: Reader, cursors: Cursors, *, rows_max: int, clock: int) -> Unsent | None:
        """The rows the reader lacks up to *clock*; None if this tail does not hold them all, or they exceed one
        response."""
        read = min(cursors.essentials, cursors.bulk)
        with self._gate:
            # Past *clock*, newer states may have replaced the rows that belong in this answer.
            if cursors.recent is not None or read < self._start or self._end != clock:
                return None
            found, since = [], reader.since
            terminal, store = reader.terminal_id, reader.store_id
            for row in reversed(self._rows.values()):
                if row.version <= read:
                    break
                scope, recorded_at = row.scope, row.recorded_at
                # Identity first: a page's rows have the very ids of their sender.
                is_in_scope = scope is None or scope is terminal or scope is store or scope in (terminal, store)
                if is_in_scope and (recorded_at is None or recorded_at >= since) and reader.knows(row.table):
                    found.append(row if row.stores is None else row.told_to(reader))
        essentials, bulk = [], []
        for row in reversed(found):
            if row.table in _ESSENTIALS:
                if row.version > cursors.essentials:
                    essentials.append(row)
            elif row.version > cursors.bulk:
                bulk.append(row)
        total = len(essentials) + len(bulk)
        if total > min(max(rows_max, 1), FEED_ROWS_MAX):
            return None
        return Unsent(Stream(essentials, whole=True), Stream(bulk, whole=True), cursors, clock, total)


class Tails:
    """The tails of recently active companies."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._tails: OrderedDict[UUID, tuple[Tail, datetime]] = OrderedDict()  # each with the time of its last use

    def of(self, company_id: UUID, now: datetime) -> Tail:
        """The company's tail; a new, empty one if there is none yet."""
        with self._gate:
            tail, _ = self._tails.get(company_id) or (Tail(), now)
            self._tails[company_id] = tail, now
            self._tails.move_to_end(company_id)
            while next(iter(self._tails.values()))[1] < now - KEPT_FOR:
                self._tails.popitem(last=False)
            return tail


_BETWEEN: tuple[BindParameter[Any], BindParameter[Any]] = (bindparam("first"), bindparam("until"))
_UNSCOPED = [source for source in (*ESSENTIALS, *BULK) if source.scope is None]
# Indexed by terminal and by store, so each terminal and store is looked up separately.
_VERDICTS = Lookup(
    select(entries.c.entry_id, entries.c.terminal_id, entries.c.journal_id, entries.c.seq)
    .add_columns(entries.c.version, entries.c.verdict)
    .where(entries.c.company_id == bindparam("company"), entries.c.version.between(*_BETWEEN)),
    entries.c.terminal_id,
)
_TRANSACTIONS = Lookup(
    select(transactions).where(
        transactions.c.company_id == bindparam("company"), transactions.c.version.between(*_BETWEEN)
    ),
    transactions.c.store_id,
)
_CASES = Lookup(
    select(cases).where(cases.c.company_id == bindparam("company"), cases.c.version.between(*_BETWEEN)),
    cases.c.store_id,
)
_TILLS = Query(
    select(terminals.c.terminal_id, terminals.c.store_id).where(terminals.c.company_id == bindparam("company"))
)


def _read(conn: Connection, company_id: UUID, after: int, until: int) -> list[FeedRow] | None:
    """All rows with versions in a range, for any till, or None if they exceed `ROWS_MAX`."""
    found: list[FeedRow] = []
    for source in _UNSCOPED:
        page = source.page.all(conn, company=company_id, after=after, until=until, room=ROWS_MAX + 1)
        found += map(source.found, page)
    tills = _TILLS.all(conn, company=company_id)
    between = {"company": company_id, "first": after + 1, "until": until}
    store_ids = {till.store_id for till in tills}
    for lookup, source, scopes in (
        (_VERDICTS, VERDICTS, {till.terminal_id for till in tills}),
        (_TRANSACTIONS, TRANSACTIONS, store_ids),
        (_CASES, CASES, store_ids),
    ):
        found += map(source.found, lookup.rows(conn, scopes, **between))
    if len(found) > ROWS_MAX:
        return None
    found.sort(key=attrgetter("version"))
    return [one.as_bytes for one in found]
