"""Direct access to the database's driver, for till and server, for statements that SQLAlchemy has compiled.

SQLAlchemy's overhead for a statement is thirty microseconds; SQLite's work on one row takes three. The driver is the
till's SQLite or whichever the server has. Both ends write replica files, so this room is the lowest that both import.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Values = Sequence[object] | Mapping[str, object]


def fetch(conn: Connection, text: str, values: Values) -> list[tuple[Any, ...]]:
    """The rows of a query. Raises SQLAlchemy's errors."""
    with _errors(conn, text):
        found: list[tuple[Any, ...]] = _driver(conn).execute(text, values).fetchall()
        return found


def run(conn: Connection, text: str, values: Values = ()) -> None:
    """Executes a statement without a result. Raises SQLAlchemy's errors."""
    with _errors(conn, text):
        _driver(conn).execute(text, values)


def run_for_each(conn: Connection, text: str, values: Sequence[Values]) -> None:
    """Executes a statement once for each of *values*. Raises SQLAlchemy's errors."""
    with _errors(conn, text):
        _driver(conn).cursor().executemany(text, values)


def _driver(conn: Connection) -> Any:
    return conn.connection.driver_connection


@contextmanager
def _errors(conn: Connection, text: str) -> Iterator[None]:
    base = conn.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(text, None, error, base, hide_parameters=True, dialect=conn.dialect) from error
