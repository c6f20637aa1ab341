"""The statements that a database is given, and their replay by the driver alone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import IsolationLevel
from sqlalchemy import Engine, event

Statement = tuple[str, Any]


def record(engine: Engine) -> list[Statement]:
    """The queries given to connections that the engine opens from now on, with their values."""
    found: list[Statement] = []

    class FromSqlite(sqlite3.Cursor):
        def execute(self, statement: str, values: Any = ()) -> Any:
            if not statement.startswith(("BEGIN", "PRAGMA")):
                found.append((statement, values))
            return super().execute(statement, values)

    class ToSqlite(sqlite3.Connection):
        def cursor(self, _factory: Any = None) -> Any:
            return super().cursor(FromSqlite)

        def execute(self, *words: Any) -> Any:
            return self.cursor().execute(*words)  # the original takes a cursor of its own

    class FromPostgresql(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            if query.strip(";"):  # nothing is asked to see whether the connection is alive
                found.append((query, params))
            return super().execute(query, params, **more)

    def connecting(dialect: Any, _record: object, _words: Any, named: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            named["factory"] = ToSqlite
        else:
            named["cursor_factory"] = FromPostgresql

    event.listen(engine, "do_connect", connecting)
    return found


@contextmanager
def replaying(engine: Engine) -> Iterator[Callable[[list[Statement]], None]]:
    """A function that runs recorded statements in one transaction, fetches their rows, and takes it back."""
    held = engine.raw_connection()
    driver: Any = held.driver_connection
    is_sqlite = engine.dialect.name == "sqlite"
    if not is_sqlite:
        driver.isolation_level = IsolationLevel.REPEATABLE_READ

    def replay(statements: list[Statement]) -> None:
        if is_sqlite:
            driver.execute("BEGIN")
        for statement, values in statements:
            done = driver.execute(statement, values)
            if done.description is not None:  # a request also counts attempts
                done.fetchall()
        driver.rollback()

    try:
        yield replay
    finally:
        held.invalidate()
