"""Straight to SQLite's driver: what every scan and every tap asks of the till's files.

SQLAlchemy's work on a statement takes ten times as long as SQLite's on one row, and the exchange's thread may have the
interpreter meanwhile: what is asked at the counter is written by SQLAlchemy once, and only its values go to the driver.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError


class Query:
    """A `select` made once, when a module is loaded; its values are bytes, numbers and texts, each by its name."""

    def __init__(self, statement: Select[Any]) -> None:
        self._text = str(statement.compile(dialect=sqlite.dialect(paramstyle="named")))
        row: Any = namedtuple("Row", [column.key for column in statement.selected_columns], rename=True)  # type: ignore[misc]  # its fields are the statement's
        self._row = row._make

    def all(self, conn: Connection, **values: bytes | int | str) -> list[Any]:
        """The rows, whose columns are attributes. Raises SQLAlchemy's errors, as any statement does."""
        return [self._row(row) for row in run(conn, self._text, values)]

    def first(self, conn: Connection, **values: bytes | int | str) -> Any | None:
        """The first row, if there is one."""
        return next(iter(self.all(conn, **values)), None)


def run(conn: Connection, text: str, values: Mapping[str, bytes | int | str]) -> list[tuple[Any, ...]]:
    """What SQLite answers."""
    driver: Any = conn.connection.driver_connection
    try:
        found: list[tuple[Any, ...]] = driver.execute(text, values).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True) from error
    return found
