"""Brings a till's journal to the shape that this program writes, whatever waits in it: tables change, rows never do.

The file says its format itself, so a start that has nothing to do loads none of what the steps need. The replica and
the pool need no steps: the company says again what is in them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

if TYPE_CHECKING:
    from alembic.operations import Operations

JOURNAL_FORMAT = 2


class NewerFormat(Exception):
    """A newer program has written the file; this one would not know what it means."""


def format_of(conn: Connection) -> int:
    """What shape the file has."""
    found: int = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
    return found


def say_format(conn: Connection) -> None:
    """The file has the shape of this program."""
    conn.exec_driver_sql(f"PRAGMA user_version={JOURNAL_FORMAT}")


def bring_up(engine: Engine) -> None:
    """All steps that are missing, in one unit of work: a crash leaves the file as it was, or as it should be."""
    with engine.connect() as conn:
        found = format_of(conn)
    if found in (0, JOURNAL_FORMAT):  # 0: no program of ours has made it, which who reads it will tell
        return
    if found > JOURNAL_FORMAT:
        raise NewerFormat(str(found))
    from alembic.migration import MigrationContext  # noqa: PLC0415 - a tenth of a second, once in a till's life
    from alembic.operations import Operations  # noqa: PLC0415 - as above

    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
        steps = Operations(MigrationContext.configure(conn))
        for after in range(format_of(conn), JOURNAL_FORMAT):
            _STEPS[after](steps)
        say_format(conn)


def _contacts_are_looked_up_by_index(steps: "Operations") -> None:
    for name in ("email", "phone"):
        steps.create_index(f"ix_side_{name}", "side", [name], sqlite_where=text(f"{name} IS NOT NULL"))


_STEPS: dict[int, Callable[["Operations"], None]] = {1: _contacts_are_looked_up_by_index}
