"""Writes changes of the feed to a replica, taking only newer rows, in any order of arrival.

The caller commits. Rows of unknown tables are stored unread among the essentials.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw
from sqlalchemy import Connection, Table, delete
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert

from loyalty.receipts import folded_receipt
from sync.protocol.digests import day_bucket, row_hash
from sync.protocol.messages import Change
from sync.protocol.rows import Table as Kind
from sync.replica.raw_sql import run_for_each
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
            _upsert(conn, cards, [_card(change, keys, acked_seq) for change, keys in read])
            _keep_old_codes(conn, read)
        case Kind.VERDICT:
            _upsert(conn, verdicts, [_verdict(change) for change in kept])
        case Kind.TRANSACTION:
            _upsert(conn, transactions, [_transaction(change) for change in kept])
        case Kind.CASE:
            _upsert(conn, cases, [_case(change) for change in kept])
        case _:  # also tables of a newer server, stored unread
            _upsert(conn, essentials, [{"kind": kind, **_of(change)} for change in kept])


def columns_of(change: Change) -> dict[str, Any]:
    """The correct values of a row's look-up columns; raises `msgspec.MsgspecError` for unreadable bytes."""
    match change.table:
        case Kind.CARD:
            return {**_card(change, _card_keys.decode(change.row), 0), "as_of_seq": None}
        case Kind.VERDICT:
            return _verdict(change)
        case Kind.TRANSACTION:
            return _transaction(change)
        case Kind.CASE:
            return _case(change)
        case _:
            return _of(change)


_TABLES: dict[str, Table] = {
    Kind.CARD: cards,
    Kind.VERDICT: verdicts,
    Kind.TRANSACTION: transactions,
    Kind.CASE: cases,
}


def _upsert(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Inserts or updates rows through SQLite's driver, for speed: there are thousands, and no value needs
    conversion."""
    for statement in _newer_wins(table):
        run_for_each(conn, statement, rows)


@cache
def _newer_wins(table: Table) -> tuple[str, ...]:
    """The statements that store a row unless a newer one exists.

    SQLite rewrites every index on a column that is set, even if unchanged. Look-up columns of cards rarely change and
    are set only if they do. A card whose token changed is replaced, since its bucket changes.
    """
    statement = upsert(table)
    keys = [column.name for column in table.primary_key] or ["id"]
    kept = {*keys, *_LOOKED_UP_BY} if table is cards else set(keys)
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: statement.excluded[column.name] for column in table.c if column.name not in kept},
        where=statement.excluded.version >= table.c.version,
    )
    taken_in = str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))
    return (_ELSEWHERE, taken_in, _FOUND_BY) if table is cards else (taken_in,)


_LOOKED_UP_BY = ("token", "number", "blank", "email", "phone")
_ELSEWHERE = "DELETE FROM cards WHERE id = :id AND version <= :version AND token IS NOT :token"
_FOUND_BY = (
    "UPDATE cards SET number = :number, blank = :blank, email = :email, phone = :phone "
    "WHERE id = :id AND version = :version AND (number IS NOT :number "
    "OR blank IS NOT :blank OR email IS NOT :email OR phone IS NOT :phone)"
)


def _of(change: Change) -> dict[str, Any]:
    row = bytes(change.row)
    hashed = row_hash(change.table, change.id.bytes, change.version, row)
    return {"id": change.id.bytes, "version": change.version, "row": row, "hash": hashed}


class _CardKeys(msgspec.Struct):
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


class _VerdictKeys(msgspec.Struct):
    """The look-up fields of a verdict's row."""

    journal: UUID
    seq: int
    word: str
    card: UUID | None = None
    card_version: int = 0


class _TransactionKeys(msgspec.Struct):
    """The look-up fields of a transaction's row."""

    card: UUID
    recorded_at: datetime
    receipt: str | None = None
    corrects: UUID | None = None


class _CaseKeys(msgspec.Struct):
    """The look-up field of a case's row."""

    changed_at: datetime


_card_keys = msgspec.json.Decoder(_CardKeys)
_verdict_keys = msgspec.json.Decoder(_VerdictKeys)
_transaction_keys = msgspec.json.Decoder(_TransactionKeys)
_case_keys = msgspec.json.Decoder(_CaseKeys)


def _card(change: Change, keys: _CardKeys, acked_seq: int) -> dict[str, Any]:
    return {
        **_of(change),
        "as_of_seq": acked_seq,
        "token": keys.token,
        "number": keys.number,
        "blank": int(keys.created_at is None and not keys.retired and not keys.pooled),
        "email": keys.email,
        "phone": keys.phone,
    }


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


def _verdict(change: Change) -> dict[str, Any]:
    keys = _verdict_keys.decode(change.row)
    return {
        **_of(change),
        "journal_id": keys.journal.bytes,
        "seq": keys.seq,
        "word": keys.word,
        "card": None if keys.card is None else keys.card.bytes,
        "card_version": keys.card_version,
    }


def _transaction(change: Change) -> dict[str, Any]:
    keys = _transaction_keys.decode(change.row)
    return {
        **_of(change),
        "card": keys.card.bytes,
        "receipt": None if keys.receipt is None else folded_receipt(keys.receipt),
        "corrects": None if keys.corrects is None else keys.corrects.bytes,
        "day": day_bucket(keys.recorded_at),
    }


def _case(change: Change) -> dict[str, Any]:
    return {**_of(change), "day": day_bucket(_case_keys.decode(change.row).changed_at)}
