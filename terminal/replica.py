"""The company's state as the server last confirmed it here. The sync thread writes it, one response as one unit.

It can always be fetched again. A file that cannot be read is put aside and begun anew; nothing of ours is lost by it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, Row, Table, delete, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError

from sync.messages import Change, Cursors, ExchangeResponse, Seal
from sync.ports import Marks
from sync.rows import Table as Kind
from terminal.clock import Anchor
from terminal.known import Look
from terminal.problems import ReplicaProblem, ReplicaUnwritable
from terminal.tables import (
    cards,
    essentials,
    is_damage,
    iso,
    old_codes,
    open_file,
    replica_tables,
    state,
    transactions,
    verdicts,
)

FILE_FORMAT = 1


class Replica:
    """One till's replica file."""

    def __init__(self, path: Path, journal_id: UUID) -> None:
        self._path = path
        self._journal_id = journal_id
        self._anchor: Callable[[], Anchor | None] = lambda: None
        self._damaged = False
        try:
            self._engine = _opened(path, journal_id)
        except DatabaseError as error:
            if not is_damage(error):
                raise ReplicaUnwritable(str(error.orig)) from error
            self._begin_anew()

    def close(self) -> None:
        """Lets the file go."""
        self._engine.dispose()

    @contextmanager
    def look(self) -> Iterator[Look]:
        """One snapshot; raises `ReplicaProblem` when the file cannot be read."""
        try:
            with self._engine.connect() as conn:
                yield Look(conn)
        except (DatabaseError, msgspec.MsgspecError) as error:
            raise self._trouble(error) from error

    def teach(self, anchor: Callable[[], Anchor | None]) -> None:
        """Says where the clock's anchor is found; it is kept with every response that is applied."""
        self._anchor = anchor

    def marks(self) -> Marks:
        """How far the server was when it spoke last."""
        row = self._state()
        sealed = None if row.seal is None else msgspec.json.decode(row.seal, type=Seal)
        return Marks(acked_seq=row.acked_seq, cursors=Cursors(row.essentials, row.bulk), seal=sealed)

    def anchor(self) -> Anchor | None:
        """What the clock learned before this start."""
        kept = self._state().anchor
        return None if kept is None else msgspec.json.decode(kept, type=Anchor)

    def apply(self, response: ExchangeResponse) -> None:
        """Takes in one response as one unit of work; rows only where they are newer.

        A file found damaged is given up only here, where the company is in reach and can say everything again.
        """
        if self._damaged:
            self._begin_anew()
            raise ReplicaProblem("it was damaged, and is begun anew")
        groups: dict[str, list[Change]] = defaultdict(list)
        for change in response.changes:
            groups[change.table].append(change)
        try:
            with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
                for table, changes in groups.items():
                    _apply(conn, table, changes, response.acked_seq)
                before = conn.execute(select(state.c.rows, state.c.complete)).one()
                values: dict[str, Any] = {
                    "acked_seq": response.acked_seq,
                    "essentials": response.cursors.essentials,
                    "bulk": response.cursors.bulk,
                    "seal": msgspec.json.encode(response.seal),
                    "rows_left": response.rows_left,
                    "rows": before.rows if before.complete else before.rows + len(response.changes),
                }
                if (anchor := self._anchor()) is not None:
                    values["anchor"] = msgspec.json.encode(anchor)
                if not response.more:
                    values |= {"complete": 1, "confirmed_at": iso(response.server_time)}
                conn.execute(update(state).values(values))
        except (DatabaseError, msgspec.MsgspecError) as error:
            raise self._trouble(error) from error

    def _state(self) -> Row[Any, Any, Any]:
        try:
            with self._engine.connect() as conn:
                return conn.execute(select(state)).one()
        except DatabaseError as error:
            trouble = self._trouble(error)
            if self._damaged:
                self._begin_anew()  # nothing can be read of a file without this row
            raise trouble from error

    def _trouble(self, error: DatabaseError | msgspec.MsgspecError) -> ReplicaProblem:
        if isinstance(error, DatabaseError) and not is_damage(error):
            return ReplicaUnwritable(str(error.orig))
        self._damaged = True
        return ReplicaProblem(str(error))

    def _begin_anew(self) -> None:
        if self._damaged:
            self._engine.dispose()
        _put_aside(self._path)
        self._engine = _opened(self._path, self._journal_id)
        self._damaged = False


def _opened(path: Path, journal_id: UUID) -> Engine:
    engine = open_file(path)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
            replica_tables.create_all(conn)
            row = conn.execute(select(state)).one_or_none()
            if row is not None and row.journal_id != journal_id.bytes:
                for table in replica_tables.sorted_tables:  # of another journal: `as_of_seq` means nothing here
                    conn.execute(delete(table))
                row = None
            if row is None:
                begun = {"acked_seq": 0, "essentials": 0, "bulk": 0, "complete": 0, "rows": 0}
                conn.execute(insert(state).values(id=1, journal_id=journal_id.bytes, **begun))
            conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")
    except DatabaseError:
        engine.dispose()
        raise
    return engine


def _put_aside(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        file = Path(f"{path}{ending}")
        if file.exists():
            file.rename(file.with_name(f"{file.name}.broken"))


def _apply(conn: Connection, kind: str, changes: list[Change], acked_seq: int) -> None:
    table = _TABLES.get(kind, essentials)
    gone = [change for change in changes if change.row == b"null"]
    for change in gone:
        where = table.c.id == change.id.bytes
        conn.execute(delete(table).where(where if table is not essentials else where & (essentials.c.kind == kind)))
    kept = [change for change in changes if change.row != b"null"]
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
        case _:  # also tables of a newer server: their rows wait here, unread
            _upsert(conn, essentials, [{"kind": kind, **_of(change)} for change in kept])


_TABLES: dict[str, Table] = {Kind.CARD: cards, Kind.VERDICT: verdicts, Kind.TRANSACTION: transactions}


def _upsert(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Straight to the driver: bytes, numbers and texts need no conversion, and there are thousands of them."""
    conn.exec_driver_sql(_newer_wins(table), rows)


@cache
def _newer_wins(table: Table) -> str:
    """The statement that takes a row in unless a newer one is here."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: statement.excluded[column.name] for column in table.c if column.name not in keys},
        where=statement.excluded.version >= table.c.version,
    )
    return str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))


def _of(change: Change) -> dict[str, Any]:
    return {"id": change.id.bytes, "version": change.version, "row": bytes(change.row)}


class _CardKeys(msgspec.Struct):
    """What a card's row is found by; the rest is read when the card is in front."""

    token: bytes
    number: bytes
    created_at: datetime | None = None
    retired: bool = False
    email: bytes | None = None
    phone: bytes | None = None
    old_tokens: tuple[bytes, ...] = ()
    old_numbers: tuple[bytes, ...] = ()


class _VerdictKeys(msgspec.Struct):
    """The same of a verdict."""

    journal: UUID
    seq: int
    word: str
    card: UUID | None = None
    card_version: int = 0


class _TransactionKeys(msgspec.Struct):
    """The same of a transaction."""

    card: UUID
    receipt: str | None = None
    corrects: UUID | None = None


_card_keys = msgspec.json.Decoder(_CardKeys)
_verdict_keys = msgspec.json.Decoder(_VerdictKeys)
_transaction_keys = msgspec.json.Decoder(_TransactionKeys)


def _card(change: Change, keys: _CardKeys, acked_seq: int) -> dict[str, Any]:
    return {
        **_of(change),
        "as_of_seq": acked_seq,
        "token": keys.token,
        "number": keys.number,
        "blank": int(keys.created_at is None and not keys.retired),
        "email": keys.email,
        "phone": keys.phone,
    }


def _keep_old_codes(conn: Connection, read: list[tuple[Change, _CardKeys]]) -> None:
    old = [
        {"hash": code, "card": change.id.bytes}
        for change, keys in read
        for code in (*keys.old_tokens, *keys.old_numbers)
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
        "receipt": keys.receipt,
        "corrects": None if keys.corrects is None else keys.corrects.bytes,
    }
