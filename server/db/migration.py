"""Database migrations: running them, and checking that a database is up to date."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from server.db.units import lock_platform

FOLDER = Path(__file__).with_name("migrations")


def migrate(engine: Engine, to: str = "head", check: Callable[[Connection], None] = lambda _conn: None) -> None:
    """Runs all missing steps up to *to*, in one unit of work. What *check* raises at its end undoes them."""
    config = _config()
    with engine.connect().execution_options(orion_begin="write") as conn, _apart(conn), conn.begin():
        lock_platform(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, to)
        if engine.dialect.name == "sqlite" and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise AssertionError("a migration left rows with broken foreign keys")
        check(conn)


def is_migrated(conn: Connection) -> bool:
    """True if the database has the schema of this program."""
    return frozenset(MigrationContext.configure(conn).get_current_heads()) == _heads()


@cache
def _heads() -> frozenset[str]:
    """This program's revision, read once from all steps."""
    return frozenset(ScriptDirectory.from_config(_config()).get_heads())


@contextmanager
def _apart(conn: Connection) -> Iterator[None]:
    """Turns off SQLite's foreign keys, as SQLite changes a table by recreating it; they are checked afterwards.

    The pragma works only outside units of work, so it bypasses SQLAlchemy, which would begin one.
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
