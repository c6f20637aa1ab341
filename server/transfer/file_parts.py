"""The files of imports and exports, kept in encrypted parts, of which each is read by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Table, delete, insert, select

from server.db.batches import Batch
from server.keys import CompanyKeys
from sync.protocol import sealing

PART_BYTES = 1 << 20


def sealed(file_id: UUID, place: int, content: bytes, keys: CompanyKeys) -> bytes:
    """A part as it is kept; it opens only in its place."""
    return sealing.encrypt_bytes(keys.data, _part_id(file_id, place), content)


class FileParts:
    """The table of one kind of file's parts; *file* is its column with the file's id."""

    def __init__(self, table: Table, file: str) -> None:
        self._table, self._file = table, file
        self._new = Batch(insert(table))

    def add(
        self,
        conn: Connection,
        company_id: UUID,
        file_id: UUID,
        parts: Iterable[tuple[int, bytes]],
        *,
        key_id: int,
        now: datetime,
    ) -> None:
        """Adds sealed parts, each with its place from 0."""
        file = {
            "company_id": company_id,
            self._file: file_id,
            "sealed_key": key_id,
            "created_at": now,
            "updated_at": now,
        }
        self._new.run(conn, [file | {"place": place, "sealed": content} for place, content in parts])

    def read(self, conn: Connection, company_id: UUID, file_id: UUID, place: int, keys: CompanyKeys) -> bytes | None:
        """A part in clear; None behind the last one."""
        columns = self._table.c
        one = (*self._of(company_id, file_id), columns.place == place)
        row = conn.execute(select(columns.sealed, columns.sealed_key).where(*one)).one_or_none()
        if row is None:
            return None
        key = keys.data_with(row.sealed_key)
        if key is None:
            raise sealing.Unopenable("another company's key")
        return sealing.decrypt_bytes(key, _part_id(file_id, place), row.sealed)

    def forget(self, conn: Connection, company_id: UUID, file_id: UUID) -> None:
        """Deletes what there is of a file."""
        conn.execute(delete(self._table).where(*self._of(company_id, file_id)))

    def _of(self, company_id: UUID, file_id: UUID) -> tuple[Any, Any]:
        return self._table.c.company_id == company_id, self._table.c[self._file] == file_id


def _part_id(file_id: UUID, place: int) -> UUID:
    return uuid5(file_id, f"part {place}")
