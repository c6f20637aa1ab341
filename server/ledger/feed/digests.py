"""Digests of a till's rows, and the rows of buckets that a till asks for.

Sums of cards, transactions and verdicts are stored (`sums`); those of the small tables are computed on request.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Raw
from sqlalchemy import Column, ColumnElement, Connection, and_, or_, select

from server.db.tables import cards, digests, entries, transactions
from server.db.work_tables import cases
from server.ledger.feed.sources import BULK, ESSENTIALS, RECENT, Reader, Source
from sync.protocol.digests import SUM_MASK, WHOLE_TABLE, day_bucket, row_hash, seq_range, token_range
from sync.protocol.messages import FEED_BYTES_MAX, FEED_ROWS_MAX, Bucket, BucketRows, Change, Digest
from sync.protocol.rows import Table

_SOURCES = {source.table: source for source in (*ESSENTIALS, *BULK) if source.table is not None}
_STORED = (Table.CARD, Table.TRANSACTION, Table.VERDICT)


def digest(conn: Connection, reader: Reader) -> Digest:
    """Sums of all rows that belong to the reader. The first day of the recent window is left out, since it is
    incomplete."""
    since = ((reader.now - RECENT).astimezone(UTC).date() + timedelta(days=1)).isoformat()
    sums: dict[str, dict[str, int]] = {str(table): {} for table in Table if reader.knows(table)}
    kept = digests.c
    scopes = or_(
        and_(kept.table == Table.CARD, kept.scope_id == reader.company_id),
        and_(kept.table == Table.VERDICT, kept.scope_id == reader.terminal_id),
        and_(kept.table == Table.TRANSACTION, kept.scope_id == reader.store_id, kept.bucket >= since),
    )
    query = select(kept.table, kept.bucket, kept.sum).where(kept.company_id == reader.company_id, scopes)
    for row in conn.execute(query.where(kept.sum != 0)):
        sums[row.table][row.bucket] = row.sum
    for table in Table:
        if table not in _STORED and table in sums:
            sums[table] = _sums_of(conn, reader, _SOURCES[table], since)
    return Digest(sums=sums, since=since)


def buckets(conn: Connection, reader: Reader, asked: Iterable[Bucket]) -> tuple[BucketRows, ...]:
    """Complete rows of the *asked* buckets: as many buckets as fit in a response, and at least one."""
    found: list[BucketRows] = []
    rows_left, bytes_left = FEED_ROWS_MAX, FEED_BYTES_MAX
    for bucket in asked:
        rows = tuple(_of_bucket(conn, reader, bucket))
        rows_left -= len(rows)
        bytes_left -= sum(len(bytes(change.row)) for change in rows)
        if found and (rows_left < 0 or bytes_left < 0):
            break
        found.append(BucketRows(table=bucket.table, name=bucket.name, rows=rows))
    return tuple(found)


def _of_bucket(conn: Connection, reader: Reader, bucket: Bucket) -> Iterable[Change]:
    """Rows of a bucket; empty if its table or name is invalid."""
    source = _SOURCES.get(Table(bucket.table)) if bucket.table in set(Table) else None
    try:
        return () if source is None else _rows(conn, reader, source, *_within(source, bucket.name))
    except ValueError:
        return ()


def _within(source: Source, name: str) -> tuple[ColumnElement[bool], ...]:
    match source.table:
        case Table.CARD:
            first, end = token_range(name)
            below = () if end is None else (cards.c.token_hash < end,)
            return cards.c.token_hash >= first, *below
        case Table.VERDICT:
            journal, low, high = seq_range(name)
            return entries.c.journal_id == journal, entries.c.seq >= low, entries.c.seq < high
        case Table.TRANSACTION:
            return _on_day(transactions.c.recorded_at, name)
        case Table.CASE if name != WHOLE_TABLE:  # a till that has none yet asks for all
            return _on_day(cases.c.updated_at, name)
        case _:
            return ()


def _on_day(moment: Column[datetime], day: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    begins = datetime.combine(date.fromisoformat(day), time(), UTC)
    return moment >= begins, moment < begins + timedelta(days=1)


def _sums_of(conn: Connection, reader: Reader, source: Source, since: str) -> dict[str, int]:
    """The sums of a small table; those of cases by day, as they leave the window by days."""
    found: dict[str, int] = {}
    for row in conn.execute(source.rows, reader.named):
        one = source.found(row).told_to(reader)
        assert one.sent is not None, "tombstones have no buckets"
        bucket = WHOLE_TABLE if one.recorded_at is None else day_bucket(one.recorded_at)
        if bucket == WHOLE_TABLE or bucket >= since:
            hashed = row_hash(one.table, one.id.bytes, one.version, one.sent(one.row))
            found[bucket] = found.get(bucket, 0) + hashed & SUM_MASK
    return found


def _rows(conn: Connection, reader: Reader, source: Source, *within: ColumnElement[bool]) -> list[Change]:
    assert source.sent is not None, "tombstones have no buckets"
    found = conn.execute(source.rows.where(*within), reader.named)
    rows = [source.found(row).told_to(reader).as_bytes for row in found]
    return [Change(row.table, row.id, row.version, Raw(row.row)) for row in rows]
