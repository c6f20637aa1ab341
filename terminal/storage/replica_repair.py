"""Keeps a replica equal to the server's rows: compares sums, checks its own rows, and has wrong buckets fetched again.

It runs in the unit of work of a response and must not abort it: a wrong replica keeps serving until it is repaired.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw, Struct, structs
from sqlalchemy import Connection, Row, delete, select, tuple_, update

from sync.protocol import messages
from sync.protocol.digests import BUCKETS_FETCHED_MAX, row_hash
from sync.protocol.messages import Bucket, BucketRows, Change, Difference, Digest, ExchangeResponse, Seal
from sync.protocol.rows import ROW_OF, decode_row, former_codes
from sync.protocol.rows import Table as Kind
from sync.replica import sums
from sync.replica.cards import as_sent, card_in
from sync.replica.changes import columns_of, take
from sync.replica.tables import TOKEN_KEY, cases, digests, essentials, old_codes, transactions
from terminal.storage.tables import iso

AGAIN_FIRST = timedelta(minutes=20)  # doubled each time a bucket still differs after fetching
AGAIN_MAX = timedelta(days=1)
ROWS_AT_ONCE = 250  # rows checked after a response: a few milliseconds
REPORTED_MAX = 50  # differences kept for the next request

log = logging.getLogger(__name__)


class Stubborn(Struct, frozen=True):
    """A bucket that still differs after fetching, so that fetching does not help."""

    bucket: Bucket
    times: int
    again_at: datetime  # time of the next fetch, by the server's clock


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of the repair, stored in the replica."""

    suspects: tuple[Bucket, ...] = ()  # buckets to fetch next
    replaced: tuple[Bucket, ...] = ()  # fetched since the last comparison of sums
    stubborn: tuple[Stubborn, ...] = ()
    differences: tuple[Difference, ...] = ()  # not yet reported to the server
    found: int = 0  # total number of differences found
    compared_at: str | None = None  # server time of the latest comparison with all sums equal
    is_compared: bool = False  # True after the first comparison
    audited: Bucket | None = None  # the bucket checked last
    begun: tuple[Bucket, bytes] | None = None  # a partly checked bucket, and the token reached
    restored_at: str | None = None  # server time of the first answer since the server was restored from a backup


_health = msgspec.json.Decoder(Health)


def health_in(kept: bytes | None) -> Health:
    """Decodes the stored state; a new one if unreadable."""
    try:
        return Health() if kept is None else _health.decode(kept)
    except msgspec.MsgspecError:
        return Health()


def noting_restoration(health: Health, before: Seal | None, response: ExchangeResponse) -> Health:
    """The state, with the time of an answer that is the first since the server was restored from a backup."""
    is_first = before is not None and before.epoch != response.seal.epoch
    return structs.replace(health, restored_at=iso(response.server_time)) if is_first else health


def is_whole(conn: Connection) -> bool:
    """True if SQLite finds no damage in the file's trees and indexes; takes seconds for a million cards."""
    found: str = conn.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    return found == "ok"


def maintained(conn: Connection, health: Health, response: ExchangeResponse, *, thorough: bool) -> Health:
    """Processes a response's buckets and sums, and checks some of the replica's rows; call it after applying the
    changes.

    *thorough* checks all rows, because an unreadable one was found.
    """
    health = structs.replace(health, differences=health.differences[response.differences_heard :])
    asked = health.suspects[:BUCKETS_FETCHED_MAX]
    if response.buckets:
        for one in response.buckets:
            _replace(conn, one, response.acked_seq)
        done = {Bucket(one.table, one.name) for one in response.buckets}
        left = tuple(one for one in health.suspects if one not in done)
        health = structs.replace(health, suspects=left, replaced=(*health.replaced, *sorted(done)))
    elif asked and not response.more:
        health = structs.replace(health, suspects=())  # the server does not support fetching
    if thorough or not (response.more or response.changes or health.suspects):
        health = _audited(conn, health, response.acked_seq, thorough=thorough)
    if response.digest is not None and not response.more:
        health = _compared(conn, health, response.digest, response.server_time)
    return health


def _compared(conn: Connection, health: Health, digest: Digest, at: datetime) -> Health:
    edge = (date.fromisoformat(digest.since) - timedelta(days=1)).isoformat()
    for table in (transactions, cases):
        conn.execute(delete(table).where(table.c.day < edge))
    own = sums.stored(conn)
    differing: list[Bucket] = []
    to_fetch: list[Bucket] = []
    reported: list[Difference] = []
    stubborn = {one.bucket: one for one in health.stubborn}
    for kind, theirs in digest.sums.items():
        ours = own.get(kind, {})
        if kind in (Kind.TRANSACTION, Kind.CASE):
            ours = {day: total for day, total in ours.items() if day >= digest.since}
        for name, _ in sorted(ours.items() ^ theirs.items()):
            bucket = Bucket(kind, name)
            if bucket in differing:
                continue
            differing.append(bucket)
            before = stubborn.get(bucket)
            if bucket in health.replaced:
                stubborn[bucket] = _again(bucket, before, at)
                if before is None:
                    reported.append(Difference(table=kind, bucket=name, found_by=messages.FOUND_BY_HEALING))
            elif bucket not in health.suspects and (before is None or before.again_at <= at):
                to_fetch.append(bucket)
                is_new = not health.is_compared and name not in ours  # missing in a file made from a snapshot
                if before is None and not is_new:
                    reported.append(Difference(table=kind, bucket=name, found_by=messages.FOUND_BY_DIGEST))
    health = structs.replace(
        health,
        suspects=(*health.suspects, *to_fetch),
        replaced=(),
        stubborn=tuple(one for one in stubborn.values() if one.bucket in differing),
        is_compared=True,
        compared_at=health.compared_at if differing else iso(at),
    )
    return _noted(health, reported)


def _again(bucket: Bucket, before: Stubborn | None, at: datetime) -> Stubborn:
    times = 1 if before is None else before.times + 1
    return Stubborn(bucket, times, at + min(AGAIN_FIRST * 2 ** min(times - 1, 10), AGAIN_MAX))


def _noted(health: Health, found: Iterable[Difference]) -> Health:
    found = tuple(found)
    for one in found:
        log.warning("the replica differs from the server: %s %s, by %s", one.table, one.bucket, one.found_by)
    kept = (*health.differences, *found)[:REPORTED_MAX]
    return structs.replace(health, differences=kept, found=health.found + len(found))


def _replace(conn: Connection, bucket: BucketRows, acked_seq: int) -> None:
    """Replaces a bucket's rows by the server's, regardless of versions.

    A row that the server has elsewhere got here by a damaged key. It is gone now, and where it belongs the sum still
    has it: all are counted anew, so that the next comparison finds the bucket that lacks it.
    """
    named = Bucket(bucket.table, bucket.name)
    table = sums.table_of(bucket.table)
    present = set(conn.execute(select(table.c.id).where(sums.rows_of(named))).scalars())
    conn.execute(delete(table).where(sums.rows_of(named)))
    if bucket.rows:
        clause = " AND kind = ?" if table is essentials else ""
        more = (bucket.table,) if table is essentials else ()
        moved = f"DELETE FROM {table.name} WHERE id = ?{clause}"  # noqa: S608 - no user input
        conn.exec_driver_sql(moved, [(change.id.bytes, *more) for change in bucket.rows])
        take(conn, bucket.rows, acked_seq)
    if present <= {change.id.bytes for change in bucket.rows}:
        sums.count(conn, named)
    else:
        sums.count_all(conn, table)


def _audited(conn: Connection, health: Health, acked_seq: int, *, thorough: bool) -> Health:
    """Checks the next bucket, or a part of it if it is large, or all buckets if *thorough*."""
    key = tuple_(digests.c.kind, digests.c.bucket)
    ring = select(digests.c.kind, digests.c.bucket).order_by(digests.c.kind, digests.c.bucket)
    if thorough:
        found = conn.execute(ring).all()
    else:
        last = health.audited
        later = ring if last is None else ring.where(key > tuple_(last.table, last.name))
        found = conn.execute(later.limit(1)).all() or conn.execute(ring.limit(1)).all()
    for kind, name in found:
        bucket = Bucket(kind, name)
        after = health.begun[1] if health.begun is not None and health.begun[0] == bucket and not thorough else None
        causes, reached = _check_bucket(conn, bucket, acked_seq, after=after, whole=thorough)
        if messages.FOUND_BY_BYTES in causes:
            health = structs.replace(health, suspects=(*health.suspects, bucket))
        differences = [Difference(table=kind, bucket=name, found_by=one) for one in sorted(causes)]
        if reached is None:
            health = structs.replace(health, audited=bucket, begun=None)
        else:
            health = structs.replace(health, begun=(bucket, reached))
        health = _noted(health, differences)
    return health


def _check_bucket(
    conn: Connection, bucket: Bucket, acked_seq: int, *, after: bytes | None, whole: bool
) -> tuple[set[str], bytes | None]:
    """The kinds of errors in a bucket's rows, and the token reached if the bucket is not finished.

    Wrong look-up columns and sums are corrected here; wrong bytes are fetched.
    """
    try:
        rows, reached = _next_rows(conn, bucket, after, whole=whole)
    except ValueError:  # an invalid bucket name, due to damage
        conn.execute(delete(digests).where(digests.c.kind == bucket.table, digests.c.bucket == bucket.name))
        return {messages.FOUND_BY_SUM}, None
    causes: set[str] = set()
    for row in rows:
        if not _is_intact(bucket.table, row, acked_seq) or (whole and not _can_be_read(bucket.table, row)):
            causes.add(messages.FOUND_BY_BYTES)
        elif not _columns_match(conn, bucket.table, row):
            causes.add(messages.FOUND_BY_COLUMNS)
    if reached is None and not sums.count(conn, bucket):
        causes.add(messages.FOUND_BY_SUM)
    return causes, reached


def _next_rows(
    conn: Connection, bucket: Bucket, after: bytes | None, *, whole: bool
) -> tuple[Sequence[Row[Any]], bytes | None]:
    """The bucket's next rows, and the token reached; None at its end. Only cards are read in parts."""
    query = select(sums.table_of(bucket.table)).where(sums.rows_of(bucket))
    if whole or bucket.table != Kind.CARD:
        return conn.execute(query).all(), None
    query = query.add_columns(TOKEN_KEY.label("key"))
    if after is not None:
        query = query.where(after < TOKEN_KEY)
    rows = conn.execute(query.order_by(TOKEN_KEY).limit(ROWS_AT_ONCE + 1)).all()
    if len(rows) <= ROWS_AT_ONCE:
        return rows, None
    kept = [row for row in rows if row.key != rows[-1].key]  # rows of one key stay together
    if not kept or not isinstance(kept[-1].key, bytes):  # damaged key
        return conn.execute(query).all(), None
    return kept, kept[-1].key


def _is_intact(kind: str, row: Row[Any], acked_seq: int) -> bool:
    """True if the row's bytes match its hash. Damage can turn a column into anything."""
    if not (isinstance(row.id, bytes) and len(row.id) == 16 and isinstance(row.row, bytes)):
        return False
    if not isinstance(row.version, int):
        return False
    try:
        if row.hash != row_hash(kind, row.id, row.version, _sent(kind, row)):
            return False
    except msgspec.MsgspecError:
        return False
    as_of_seq = row.as_of_seq if kind == Kind.CARD else None
    return as_of_seq is None or (isinstance(as_of_seq, int) and 0 <= as_of_seq <= acked_seq)


def _can_be_read(kind: str, row: Row[Any]) -> bool:
    """True if the counter can decode the row, or has no use for it, as its kind is a newer server's."""
    if kind not in ROW_OF:
        return True
    try:
        decode_row(ROW_OF[Kind(kind)], _sent(kind, row))
    except (msgspec.MsgspecError, ValueError):
        return False
    return True


def _sent(kind: str, row: Row[Any]) -> bytes:
    return as_sent(row) if kind == Kind.CARD else row.row


def _columns_match(conn: Connection, kind: str, row: Row[Any]) -> bool:
    """Corrects look-up columns that differ from the row; False if any did."""
    try:
        expected = columns_of(Change(kind, UUID(bytes=row.id), row.version, Raw(_sent(kind, row))))
    except msgspec.MsgspecError:
        return True  # a newer server's row that this program cannot decode
    for name in ("as_of_seq", "row"):
        expected.pop(name, None)
    wrong = {name: value for name, value in expected.items() if getattr(row, name) != value}
    if wrong:
        table = sums.table_of(kind)
        conn.execute(update(table).where(table.c.id == row.id).values(wrong))
    return not (kind == Kind.CARD and _corrected_old_codes(conn, row)) and not wrong


def _corrected_old_codes(conn: Connection, row: Row[Any]) -> bool:
    """Corrects old codes that do not lead to the card; True if any were wrong."""
    card = card_in(row)
    wrong = False
    for code in former_codes(card):
        of_code = old_codes.c.hash == code
        if conn.execute(select(old_codes.c.card).where(of_code)).scalar_one_or_none() != row.id:
            conn.execute(delete(old_codes).where(of_code))
            conn.execute(old_codes.insert().values(hash=code, card=row.id))
            wrong = True
    return wrong
