"""Straight to SQLite's driver: what every scan, tap and exchange asks of a till's files.

SQLAlchemy's work on a statement takes ten times as long as SQLite's on one row, and another thread may have the
interpreter meanwhile: what is asked often is written by SQLAlchemy once, and only its values go to the driver.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

Value = bytes | int | str | None
_WANTED = "wanted"
_DIALECT = sqlite.dialect(paramstyle="named")
_MARK = f"(__[POSTCOMPILE_{_WANTED}])"  # where SQLAlchemy leaves room for a list


class Query:
    """A `select` made once, when a module is loaded; its values are bytes, numbers and texts, each by its name.

    One of them may be a list, for an `in_` with an expanding `bindparam` of the name `wanted`.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        written = statement.compile(dialect=_DIALECT)
        self._text = str(written)
        self._constants = {name: bind.value for name, bind in written.binds.items() if not bind.required}
        row: Any = namedtuple("Row", [column.key for column in statement.selected_columns], rename=True)  # type: ignore[misc]  # its fields are the statement's
        self._row = row._make

    def all(self, conn: Connection, wanted: Collection[Value] = (), /, **values: Value) -> list[Any]:
        """The rows, whose columns are attributes. Raises SQLAlchemy's errors, as any statement does."""
        listed = {f"{_WANTED}_{place}": value for place, value in enumerate(wanted)}
        text = self._text.replace(_MARK, f"({', '.join(f':{name}' for name in listed)})")
        return [self._row(row) for row in run(conn, text, {**self._constants, **listed, **values})]

    def first(self, conn: Connection, /, **values: Value) -> Any | None:
        """The first row, if there is one."""
        return next(iter(self.all(conn, **values)), None)


class Writing:
    """An `insert` or `update` of one row, made once."""

    def __init__(self, statement: Insert | Update) -> None:
        self._text = str(statement.compile(dialect=_DIALECT))

    def run(self, conn: Connection, row: Mapping[str, Value]) -> None:
        """Writes *row*, which names every value. Raises as above."""
        run(conn, self._text, row)


def run(conn: Connection, text: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
    """What SQLite answers. Raises as above."""
    with _errors(text):
        found: list[tuple[Any, ...]] = _driver(conn).execute(text, values).fetchall()
        return found


def run_for_each(conn: Connection, text: str, rows: Iterable[Mapping[str, Value]]) -> None:
    """Runs a statement once for each of *rows*. Raises as above."""
    with _errors(text):
        _driver(conn).executemany(text, rows)


def _driver(conn: Connection) -> Any:
    return conn.connection.driver_connection


@contextmanager
def _errors(text: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True) from error
