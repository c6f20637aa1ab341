"""Writes changes of the feed to a replica, taking only newer rows, in any order of arrival.

The caller commits. Rows of unknown tables are stored unread among the essentials.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw
from sqlalchemy import Connection, Table, bindparam, delete, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert

from loyalty.receipts import folded_receipt
from sync.protocol.digests import day_bucket, row_hash
from sync.protocol.messages import Change
from sync.protocol.rows import Table as Kind
from sync.replica.raw_sql import run_for_each
from sync.replica.statements import Query
from sync.replica.tables import cards, cases, essentials, old_codes, transactions, verdicts

_TOMBSTONE = Raw(b"null")  # a `Raw` equals another, but no bytes


def take(conn: Connection, changes: Iterable[Change], acked_seq: int) -> None:
    """Writes the rows of a response that acknowledges this till's entries up to *acked_seq*."""
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.table].append(change)
    for kind, group in groups.items():
        _take(conn, kind, group, acked_seq)


def _take(conn: Connection, kind: str, changes: list[Change], acked_seq: int) -> None:
    table = _TABLES.get(kind, essentials)
    gone = [change for change in changes if change.row == _TOMBSTONE]
    for change in gone:
        where = table.c.id == change.id.bytes
        conn.execute(delete(table).where(where if table is not essentials else where & (essentials.c.kind == kind)))
    kept = [change for change in changes if change.row != _TOMBSTONE]
    if not kept:
        return
    match kind:
        case Kind.CARD:
            read = [(change, _card_keys.decode(change.row)) for change in kept]
            _take_cards(conn, [_card(change, keys, acked_seq) for change, keys in read])
            _keep_old_codes(conn, read)
        case Kind.VERDICT:
            run_for_each(conn, _newer_wins(verdicts), [_verdict(change) for change in kept])
        case Kind.TRANSACTION:
            run_for_each(conn, _newer_wins(transactions), [_transaction(change) for change in kept])
        case Kind.CASE:
            run_for_each(conn, _newer_wins(cases), [_case(change) for change in kept])
        case _:  # also tables of a newer server, stored unread
            run_for_each(conn, _newer_wins(essentials), [_essential(change) for change in kept])


def columns_of(change: Change) -> dict[str, Any]:
    """The correct values of a row's look-up columns; raises `msgspec.MsgspecError` for unreadable bytes."""
    match change.table:
        case Kind.CARD:
            return _named(cards, _card(change, _card_keys.decode(change.row), None))
        case Kind.VERDICT:
            return _named(verdicts, _verdict(change))
        case Kind.TRANSACTION:
            return _named(transactions, _transaction(change))
        case Kind.CASE:
            return _named(cases, _case(change))
        case _:
            return _named(essentials, _essential(change))


_TABLES: dict[str, Table] = {
    Kind.CARD: cards,
    Kind.VERDICT: verdicts,
    Kind.TRANSACTION: transactions,
    Kind.CASE: cases,
}
# Values of a table's columns, in their order: SQLite's driver takes them as they are, and names would take it longer.
_Row = tuple[Any, ...]


def _named(table: Table, row: _Row) -> dict[str, Any]:
    return dict(zip(table.c.keys(), row, strict=True))


def _take_cards(conn: Connection, rows: list[_Row]) -> None:
    """Stores cards.

    SQLite rewrites every index on a column that is set, even if unchanged. Look-up columns of cards rarely change and
    are set only if they do. A card whose token changed is replaced, since its bucket changes.
    """
    newest: dict[bytes, _Row] = {}
    for row in rows:
        if (other := newest.get(row[_ID])) is None or other[_VERSION] <= row[_VERSION]:
            newest[row[_ID]] = row
    ids = list(newest)
    moved, found_otherwise = [], []
    for start in range(0, len(ids), _LOOKED_UP_AT_ONCE):
        for known in _KNOWN.all(conn, ids[start : start + _LOOKED_UP_AT_ONCE]):
            new = newest[known[_ID]]
            if known[_TOKEN] != new[_TOKEN]:
                moved.append((new[_ID], new[_VERSION]))
            elif known[_FOUND_BY] != new[_FOUND_BY]:
                found_otherwise.append((*new[_FOUND_BY], new[_ID], new[_VERSION]))
    run_for_each(conn, _ELSEWHERE, moved)
    run_for_each(conn, _newer_wins(cards), list(newest.values()))
    run_for_each(conn, _FOUND_OTHERWISE, found_otherwise)


@cache
def _newer_wins(table: Table) -> str:
    """The statement that stores a row unless a newer one exists."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key] or ["id"]
    kept = {*keys, *_LOOKED_UP_BY} if table is cards else set(keys)
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: statement.excluded[column.name] for column in table.c if column.name not in kept},
        where=statement.excluded.version >= table.c.version,
    )
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="qmark")))


_LOOKED_UP_BY = ("token", "number", "blank", "email", "phone")
_ID, _VERSION, _TOKEN = (cards.c.keys().index(name) for name in ("id", "version", "token"))
_FOUND_BY = slice(_TOKEN + 1, _TOKEN + len(_LOOKED_UP_BY))  # all but the token
_ELSEWHERE = "DELETE FROM cards WHERE id = ? AND version <= ?"
_FOUND_OTHERWISE = "UPDATE cards SET number = ?, blank = ?, email = ?, phone = ? WHERE id = ? AND version = ?"
_LOOKED_UP_AT_ONCE = 10_000  # SQLite takes no more than some 32,000 values
_KNOWN = Query(select(*list(cards.c)[: _FOUND_BY.stop]).where(cards.c.id.in_(bindparam("wanted", expanding=True))))


def _essential(change: Change) -> _Row:
    row_id, row, hashed = _of(change)
    return change.table, row_id, change.version, row, hashed


def _of(change: Change) -> tuple[bytes, bytes, int]:
    """The row's id, bytes and hash."""
    row_id, row = change.id.bytes, bytes(change.row)
    return row_id, row, row_hash(change.table, row_id, change.version, row)


class _CardKeys(msgspec.Struct, gc=False):
    """The look-up fields of a card's row; the rest is decoded when the card is opened."""

    token: bytes
    number: bytes
    created_at: datetime | None = None
    retired: bool = False
    pooled: bool = False
    email: bytes | None = None
    phone: bytes | None = None
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()
    old_codes: tuple[bytes, ...] = ()


class _VerdictKeys(msgspec.Struct, gc=False):
    """The look-up fields of a verdict's row."""

    journal: UUID
    seq: int
    word: str
    card: UUID | None = None
    card_version: int = 0


class _TransactionKeys(msgspec.Struct, gc=False):
    """The look-up fields of a transaction's row."""

    card: UUID
    recorded_at: datetime
    receipt: str | None = None
    corrects: UUID | None = None


class _CaseKeys(msgspec.Struct, gc=False):
    """The look-up field of a case's row."""

    changed_at: datetime


_card_keys = msgspec.json.Decoder(_CardKeys)
_verdict_keys = msgspec.json.Decoder(_VerdictKeys)
_transaction_keys = msgspec.json.Decoder(_TransactionKeys)
_case_keys = msgspec.json.Decoder(_CaseKeys)


def _card(change: Change, keys: _CardKeys, acked_seq: int | None) -> _Row:
    row_id, row, hashed = _of(change)
    is_blank = int(keys.created_at is None and not keys.retired and not keys.pooled)
    found_by = (keys.token, keys.number, is_blank, keys.email, keys.phone)
    return row_id, change.version, acked_seq, *found_by, row, hashed


def _keep_old_codes(conn: Connection, read: list[tuple[Change, _CardKeys]]) -> None:
    old = [
        {"hash": code, "card": change.id.bytes}
        for change, keys in read
        for code in (*keys.old_tokens, *keys.old_numbers, *keys.old_codes)
    ]
    if old:
        statement = upsert(old_codes)
        moved = {"card": statement.excluded.card}
        conn.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=moved), old)


def _verdict(change: Change) -> _Row:
    keys = _verdict_keys.decode(change.row)
    row_id, row, hashed = _of(change)
    card = None if keys.card is None else keys.card.bytes
    return row_id, change.version, keys.journal.bytes, keys.seq, keys.word, card, keys.card_version, row, hashed


def _transaction(change: Change) -> _Row:
    keys = _transaction_keys.decode(change.row)
    row_id, row, hashed = _of(change)
    receipt = None if keys.receipt is None else folded_receipt(keys.receipt)
    corrects = None if keys.corrects is None else keys.corrects.bytes
    return row_id, change.version, keys.card.bytes, receipt, corrects, _bucket(keys.recorded_at), row, hashed


def _case(change: Change) -> _Row:
    row_id, row, hashed = _of(change)
    return row_id, change.version, _bucket(_case_keys.decode(change.row).changed_at), row, hashed


_bucket = lru_cache(maxsize=64)(day_bucket)  # what one response brings was mostly recorded at one moment
