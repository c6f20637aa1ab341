"""The company's state as the server last confirmed it here. The sync thread writes it, one response as one unit.

It can always be fetched again. A file that cannot be read is put aside and begun anew; nothing of ours is lost by it.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError, OperationalError

from sync.messages import Change, Cursors, ExchangeResponse, Seal
from sync.ports import Marks
from sync.rows import Table as Kind
from sync.rows import TransactionRow, VerdictRow, decode_row
from terminal.clock import Anchor
from terminal.problems import ReplicaProblem
from terminal.tables import (
    cards,
    essentials,
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

    def __init__(self, path: Path, journal_id: UUID, anchor: Callable[[], Anchor | None] = lambda: None) -> None:
        self._anchor = anchor
        try:
            self.engine = _opened(path, journal_id)
        except (DatabaseError, msgspec.MsgspecError):
            _put_aside(path)
            self.engine = _opened(path, journal_id)

    def close(self) -> None:
        """Lets the file go."""
        self.engine.dispose()

    def teach(self, anchor: Callable[[], Anchor | None]) -> None:
        """Says where the clock's anchor is found; it is kept with every response that is applied."""
        self._anchor = anchor

    def marks(self) -> Marks:
        """How far the server was when it spoke last."""
        with self.engine.connect() as conn:
            row = conn.execute(select(state)).one()
        sealed = None if row.seal is None else msgspec.json.decode(row.seal, type=Seal)
        return Marks(acked_seq=row.acked_seq, cursors=Cursors(row.essentials, row.bulk), seal=sealed)

    def anchor(self) -> Anchor | None:
        """What the clock learned before this start."""
        with self.engine.connect() as conn:
            kept = conn.execute(select(state.c.anchor)).scalar_one()
        return None if kept is None else msgspec.json.decode(kept, type=Anchor)

    def apply(self, response: ExchangeResponse) -> None:
        """Takes in one response as one unit of work; rows only where they are newer."""
        groups: dict[str, list[Change]] = defaultdict(list)
        for change in response.changes:
            groups[change.table].append(change)
        try:
            with self.engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
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
        except OperationalError as error:
            raise ReplicaProblem(str(error.orig)) from error
        except (DatabaseError, msgspec.MsgspecError) as error:
            raise ReplicaProblem(str(error)) from error


def _opened(path: Path, journal_id: UUID) -> Engine:
    engine = open_file(path)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
            replica_tables.create_all(conn)
            row = conn.execute(select(state)).one_or_none()
            if row is not None and row.journal_id != journal_id.bytes:
                for table in reversed(
                    replica_tables.sorted_tables
                ):  # of another journal: `as_of_seq` means nothing here
                    conn.execute(delete(table))
                row = None
            if row is None:
                conn.execute(
                    insert(state).values(
                        id=1, journal_id=journal_id.bytes, acked_seq=0, essentials=0, bulk=0, complete=0, rows=0
                    )
                )
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
    gone = [change for change in changes if change.row == b"null"]
    kept = [change for change in changes if change.row != b"null"]
    table = _TABLES.get(kind, essentials)
    for change in gone:
        where = table.c.id == change.id.bytes
        conn.execute(delete(table).where(where if table is not essentials else where & (essentials.c.kind == kind)))
    if not kept:
        return
    match kind:
        case Kind.CARD:
            rows = [_card(change, acked_seq) for change in kept]
            _upsert(conn, cards, rows)
            _keep_old_codes(conn, kept)
        case Kind.VERDICT:
            _upsert(conn, verdicts, [_verdict(change) for change in kept])
        case Kind.TRANSACTION:
            _upsert(conn, transactions, [_transaction(change) for change in kept])
        case _:  # also tables of a newer server: their rows wait here, unread
            _upsert(
                conn,
                essentials,
                [
                    {"kind": kind, "id": change.id.bytes, "version": change.version, "row": bytes(change.row)}
                    for change in kept
                ],
            )


_TABLES: dict[str, Table] = {Kind.CARD: cards, Kind.VERDICT: verdicts, Kind.TRANSACTION: transactions}


def _upsert(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: statement.excluded[name] for name in rows[0] if name not in keys},
        where=statement.excluded.version >= table.c.version,
    )
    conn.execute(statement, rows)


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


_card_keys = msgspec.json.Decoder(_CardKeys)


def _card(change: Change, acked_seq: int) -> dict[str, Any]:
    keys = _card_keys.decode(change.row)
    return {
        "id": change.id.bytes,
        "version": change.version,
        "as_of_seq": acked_seq,
        "token": keys.token,
        "number": keys.number,
        "blank": int(keys.created_at is None and not keys.retired),
        "email": keys.email,
        "phone": keys.phone,
        "row": bytes(change.row),
    }


def _keep_old_codes(conn: Connection, changes: list[Change]) -> None:
    old: list[dict[str, Any]] = []
    for change in changes:
        keys = _card_keys.decode(change.row)
        old += [{"hash": code, "card": change.id.bytes} for code in (*keys.old_tokens, *keys.old_numbers)]
    if old:
        statement = upsert(old_codes)
        moved = {"card": statement.excluded.card}
        conn.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=moved), old)


def _verdict(change: Change) -> dict[str, Any]:
    row = decode_row(VerdictRow, bytes(change.row))
    return {
        "id": change.id.bytes,
        "version": change.version,
        "journal_id": row.journal.bytes,
        "seq": row.seq,
        "word": row.word,
        "card": None if row.card is None else row.card.bytes,
        "card_version": row.card_version,
        "row": bytes(change.row),
    }


def _transaction(change: Change) -> dict[str, Any]:
    row = decode_row(TransactionRow, bytes(change.row))
    return {
        "id": change.id.bytes,
        "version": change.version,
        "card": row.card.bytes,
        "receipt": row.receipt,
        "corrects": None if row.corrects is None else row.corrects.bytes,
        "row": bytes(change.row),
    }
