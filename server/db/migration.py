"""Brings a database to the shape this program needs, and says whether it has it. It never writes rows of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from server.db.units import lock_platform

FOLDER = Path(__file__).with_name("migrations")


def migrate(engine: Engine, to: str = "head") -> None:
    """All steps that are missing up to the one called *to*, in one unit of work."""
    config = _config()
    with engine.connect().execution_options(orion_begin="write") as conn, _apart(conn), conn.begin():
        lock_platform(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, to)
        if engine.dialect.name == "sqlite" and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise AssertionError("a step has left rows that name others which are not there")


def is_migrated(conn: Connection) -> bool:
    """Whether the database has the shape this program was written for."""
    heads = ScriptDirectory.from_config(_config()).get_heads()
    return set(MigrationContext.configure(conn).get_current_heads()) == set(heads)


@contextmanager
def _apart(conn: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, which other tables' rows must not see; what they name is checked after.

    It hears of this between units of work only, so it is said past SQLAlchemy, which would begin one.
    """
    driver = conn.connection.dbapi_connection
    if conn.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.cursor().execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.cursor().execute("PRAGMA foreign_keys = ON")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
