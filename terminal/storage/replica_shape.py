"""What a replica file must look like: tables, columns, triggers and its row of state. Damage changes any of them."""

from typing import Any

from sqlalchemy import Connection

from sync.replica import sums
from sync.replica.tables import replica_tables


def check_shape(conn: Connection) -> None:
    """That the file has our tables, columns and indexes, and no others."""
    wanted = {str(index.name) for table in replica_tables.sorted_tables for index in table.indexes}
    wanted |= {table.name for table in replica_tables.sorted_tables}
    listed = conn.exec_driver_sql("SELECT type, name FROM sqlite_master").all()
    triggers = sums.trigger_names()
    for kind, name in listed:
        known = triggers if kind == "trigger" else wanted
        if name not in known and not name.startswith("sqlite_autoindex_"):
            raise ValueError(f"it has a {kind} that is not ours")
    if missing := wanted - {name for _, name in listed}:
        raise ValueError(f"it has no {min(missing)}")
    for table in replica_tables.sorted_tables:
        found = {(one[1], one[2]) for one in conn.exec_driver_sql(f"PRAGMA table_info({table.name})")}
        if found != {(column.name, str(column.type)) for column in table.c}:
            raise ValueError(f"{table.name} has other columns")


def sound(rows: list[Any]) -> Any:
    """The row of state; raises `ValueError` when its columns are not what is written there."""
    (row,) = rows
    counts = (row.acked_seq, row.essentials, row.bulk, row.complete, row.base_seq, row.rows)
    perhaps = (row.recent, row.rows_left)
    texts = (row.seal, row.anchor, row.health)
    is_sound = (
        all(isinstance(one, int) and one >= 0 for one in counts)
        and all(one is None or (isinstance(one, int) and one >= 0) for one in perhaps)
        and all(one is None or isinstance(one, bytes) for one in texts)
        and isinstance(row.journal_id, bytes)
    )
    if not is_sound:
        raise ValueError("the row of state is not what was written")
    return row
