"""The server's tables on PostgreSQL with every company's table split by company, as a sharded database splits them.

What PostgreSQL refuses to split (a key without the company) or cannot find again in its part fails here.
"""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, text

from server.db.migration import FOLDER
from server.db.tables import metadata

PARTS = 4
COMPANY_TABLES = tuple(table for table in metadata.sorted_tables if "company_id" in table.primary_key.columns)


def make(engine: Engine) -> None:
    """The tables in an empty database, said to be migrated."""
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
