"""Brings a database to the shape this program needs, and says whether it has it. It never writes rows of its own."""

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
    with engine.connect().execution_options(orion_begin="write") as conn, conn.begin():
        lock_platform(conn)
        config.attributes["connection"] = conn
        command.upgrade(config, to)


def is_migrated(conn: Connection) -> bool:
    """Whether the database has the shape this program was written for."""
    heads = ScriptDirectory.from_config(_config()).get_heads()
    return set(MigrationContext.configure(conn).get_current_heads()) == set(heads)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
