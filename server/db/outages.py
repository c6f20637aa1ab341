"""Whose fault a database error is: the database's own, which stops everything, or that of what was asked of it.

A full disk, a lost connection or a file that may only be read says nothing about what is being written: nobody who
sends something is told that it was to blame.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from server.problems import DatabaseNotMigrated, DatabaseProblem, DatabaseUnusable, DatabaseUnwritable

_ASKED_TOO_MUCH = frozenset({sqlite3.SQLITE_TOOBIG})  # what is written may be at fault
_FILE_IS_WRONG = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TAKES_NO_WRITING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})

# The classes of PostgreSQL's SQLSTATE that are about the database and not about a statement's values.
_SQLSTATE_CLASSES = ("08", "25", "28", "3D", "40", "53", "55", "57", "58", "F0", "XX")
_SQLSTATES_UNWRITABLE = ("25006", "53100")  # read-only; the disk is full
_SQLSTATES_LACKING = ("42P01", "42703")  # a table, a column
_SQLITE_LACKS = ("no such table", "no such column", "has no column named")


@contextmanager
def database_problems() -> Iterator[None]:
    """An error that is the database's own becomes a `DatabaseProblem`; any other one stays what it is."""
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        problem = problem_in(error)
        if problem is None:
            raise
        raise problem from error


def problem_in(error: DBAPIError | TimeoutError) -> DatabaseProblem | None:
    """What is wrong with the database; None when the error is about the statement or its values."""
    if isinstance(error, TimeoutError):  # every connection is in use
        return DatabaseUnusable("no connection is free")
    if lacks_a_table(error):
        return DatabaseNotMigrated()
    said = str(error.orig)
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _TAKES_NO_WRITING:
            return DatabaseUnwritable(said)
        is_down = isinstance(error, OperationalError) and code not in _ASKED_TOO_MUCH
        return DatabaseUnusable(said) if is_down or code in _FILE_IS_WRONG else None
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _SQLSTATES_UNWRITABLE:
        return DatabaseUnwritable(said)
    is_lost = error.connection_invalidated or (sqlstate is None and isinstance(error, OperationalError))
    return DatabaseUnusable(said) if is_lost or (sqlstate or "").startswith(_SQLSTATE_CLASSES) else None


def lacks_a_table(error: DBAPIError) -> bool:
    """Whether the database has not the tables or columns that this program asks for."""
    code = getattr(error.orig, "sqlstate", None)
    return code in _SQLSTATES_LACKING or any(words in str(error.orig) for words in _SQLITE_LACKS)
