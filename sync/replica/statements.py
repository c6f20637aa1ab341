"""Precompiled statements executed directly by SQLite's driver, for the frequent queries on a till's files.

SQLAlchemy's overhead for a statement is ten times SQLite's work on one row, and lets other threads take the
interpreter. So SQLAlchemy compiles a frequent statement once, and only its values go to the driver.
"""

from collections import namedtuple
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.dialects import sqlite

from sync.replica import raw_sql

Value = bytes | int | str | None
_WANTED = "wanted"
_DIALECT = sqlite.dialect(paramstyle="named")
_MARK = f"(__[POSTCOMPILE_{_WANTED}])"  # SQLAlchemy's placeholder for a list


class Query:
    """A `select` compiled once at import; its values are bytes, numbers and texts, given by name.

    One value may be a list, for an `in_` with an expanding `bindparam` named `wanted`.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        written = statement.compile(dialect=_DIALECT)
        self._text = str(written)
        self._constants = {name: bind.value for name, bind in written.binds.items() if not bind.required}
        row: Any = namedtuple("Row", [column.key for column in statement.selected_columns], rename=True)  # type: ignore[misc]  # its fields are the statement's
        self._row = row._make

    def all(self, conn: Connection, items: Collection[Value] = (), /, **values: Value) -> list[Any]:
        """The rows, with columns as attributes. Raises SQLAlchemy's errors."""
        listed = {f"{_WANTED}_{place}": value for place, value in enumerate(items)}
        text = self._text.replace(_MARK, f"({', '.join(f':{name}' for name in listed)})")
        return [self._row(row) for row in raw_sql.fetch(conn, text, {**self._constants, **listed, **values})]

    def first(self, conn: Connection, /, **values: Value) -> Any | None:
        """The first row, or None."""
        return next(iter(self.all(conn, **values)), None)


class Writing:
    """An `insert` or `update` of one row, compiled once."""

    def __init__(self, statement: Insert | Update) -> None:
        self._text = str(statement.compile(dialect=_DIALECT))

    def run(self, conn: Connection, row: Mapping[str, Value]) -> None:
        """Writes *row*, which names every value. Raises SQLAlchemy's errors."""
        raw_sql.run(conn, self._text, row)
