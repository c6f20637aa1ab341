"""The server's PostgreSQL tables partitioned by company, as in a sharded database.

Keys without the company, and look-ups that would miss the partition, fail here.
"""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, text

from server.db.migration import FOLDER
from server.db.tables import metadata

PARTS = 2  # each costs a new database a quarter of its time
COMPANY_TABLES = tuple(table for table in metadata.sorted_tables if table.primary_key.columns.keys()[0] == "company_id")


def make(engine: Engine) -> None:
    """Creates the tables in an empty database and marks it as migrated."""
    split = MetaData()
    for table in metadata.sorted_tables:
        copy = table.to_metadata(split)
        if table in COMPANY_TABLES:
            copy.dialect_options["postgresql"]["partition_by"] = "HASH (company_id)"
    with engine.begin() as conn:
        split.create_all(conn)
        conn.execute(text("CREATE SCHEMA parts"))
        for table in COMPANY_TABLES:
            for part in range(PARTS):
                name = f"parts.{table.name}_{part}"
                rule = f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                conn.execute(text(f"CREATE TABLE {name} PARTITION OF {table.name} {rule}"))
        MigrationContext.configure(conn).stamp(ScriptDirectory(str(FOLDER)), "heads")
