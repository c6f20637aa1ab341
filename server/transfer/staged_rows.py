"""Rows of an import with what becomes, or became, of each; their cells are encrypted."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select

from server.db.batches import Batch
from server.db.transfer_tables import import_rows
from server.keys import CompanyKeys
from server.transfer.import_plan import Word
from sync.protocol import sealing

SHOWN_MAX = 200  # rows of each kind, on the page
DELETED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row of the file with what becomes, or became, of it."""

    number: int
    word: Word
    reason: str | None
    other_row: int | None
    card_id: UUID | None
    cells: Sequence[str] | None  # None once they cannot be opened


def listed(
    conn: Connection,
    company_id: UUID,
    import_id: UUID,
    keys: CompanyKeys,
    words: Collection[Word],
    *,
    after: int = 0,
    limit: int = SHOWN_MAX,
    only_open: bool = False,
) -> list[StagedRow]:
    """Rows of these words in the order of the file."""
    mine = (*_one(company_id, import_id), import_rows.c.word.in_(words), import_rows.c.row > after)
    query = select(import_rows).where(*mine).order_by(import_rows.c.row).limit(limit)
    if only_open:
        query = query.where(import_rows.c.is_done.is_(False))
    return [
        StagedRow(row.row, Word(row.word), row.reason, row.other_row, row.card_id, _cells(import_id, row, keys))
        for row in conn.execute(query)
    ]


def add(conn: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Adds rows."""
    _NEW_ROWS.run(conn, rows)


def sealed_cells(import_id: UUID, number: int, cells: Sequence[str], keys: CompanyKeys) -> bytes:
    """The cells of a row, encrypted."""
    return sealing.encrypt_bytes(keys.data, _row_id(import_id, number), msgspec.json.encode(cells))


def forget(conn: Connection, company_id: UUID, import_id: UUID) -> int:
    """Deletes some of the rows, if there are any; returns how many."""
    mine = _one(company_id, import_id)
    first = select(import_rows.c.row).where(*mine).order_by(import_rows.c.row).limit(DELETED_AT_ONCE)
    last = conn.execute(select(func.max(first.subquery().c.row))).scalar_one()
    if last is None:
        return 0
    return int(conn.execute(delete(import_rows).where(*mine, import_rows.c.row <= last)).rowcount)


def _cells(import_id: UUID, row: Row[Any], keys: CompanyKeys) -> list[str] | None:
    key = keys.data_with(row.sealed_key)
    try:
        data = None if key is None else sealing.decrypt_bytes(key, _row_id(import_id, row.row), row.sealed)
    except sealing.Unopenable:
        data = None
    return None if data is None else _decode_cells(data)


def _one(company_id: UUID, import_id: UUID) -> tuple[Any, Any]:
    return import_rows.c.company_id == company_id, import_rows.c.import_id == import_id


def _row_id(import_id: UUID, number: int) -> UUID:
    return uuid5(import_id, f"row {number}")


_NEW_ROWS = Batch(insert(import_rows))
_decode_cells = msgspec.json.Decoder(list[str]).decode
