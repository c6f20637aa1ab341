"""Migrations of a till's journal to the current format. They change tables; rows must stay as written.

The file stores its format, so that a start without migrations loads no libraries for them. Replica and pool need no
migrations, as their contents are fetched again.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

if TYPE_CHECKING:
    from alembic.operations import Operations

JOURNAL_FORMAT = 2


class NewerFormat(Exception):
    """The file was written by a newer program."""


def format_of(conn: Connection) -> int:
    """The file's format number."""
    found: int = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
    return found


def store_format(conn: Connection) -> None:
    """Stores the current format number."""
    conn.exec_driver_sql(f"PRAGMA user_version={JOURNAL_FORMAT}")


def bring_up(engine: Engine) -> None:
    """Runs all missing migrations in one unit of work."""
    with engine.connect() as conn:
        found = format_of(conn)
    if found in (0, JOURNAL_FORMAT):  # 0: not a journal, which reading it will show
        return
    if found > JOURNAL_FORMAT:
        raise NewerFormat(str(found))
    from alembic.migration import MigrationContext  # noqa: PLC0415 - takes a tenth of a second, rarely needed
    from alembic.operations import Operations  # noqa: PLC0415 - as above

    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
        steps = Operations(MigrationContext.configure(conn))
        for after in range(format_of(conn), JOURNAL_FORMAT):
            _STEPS[after](steps)
        store_format(conn)


def _contacts_are_looked_up_by_index(steps: "Operations") -> None:
    for name in ("email", "phone"):
        steps.create_index(f"ix_side_{name}", "side", [name], sqlite_where=text(f"{name} IS NOT NULL"))


_STEPS: dict[int, Callable[["Operations"], None]] = {1: _contacts_are_looked_up_by_index}
