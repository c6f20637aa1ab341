"""Opens a replica's file, and says what it must look like: tables, columns, triggers and its row of state.

Damage changes any of them.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Engine, delete, event, insert, select, update

from sync.protocol.digests import WHOLE_TABLE
from sync.protocol.messages import Bucket
from sync.protocol.rows import Table as Kind
from sync.replica import sums
from sync.replica.statements import Query
from sync.replica.tables import FILE_FORMAT, cases, replica_tables, state
from terminal.storage.damage import is_a_file
from terminal.storage.replica_repair import health_in
from terminal.storage.tables import open_file

BUSY_S = 1.0  # a lock of the other process is over sooner; one that stays means a damaged log
_WITHOUT_CASES = 7  # the format before
_STATE = Query(select(state))


def opened(path: Path, journal_id: UUID) -> Engine:
    """The open file: begun where there is none, and brought up from the format before. Raises whatever is wrong with
    it."""
    if not is_a_file(path):
        raise ValueError("it is no file")
    engine = open_file(path, busy_s=BUSY_S)
    event.listen(engine, "connect", _decode_texts_leniently)
    try:
        with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
            found = conn.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found == _WITHOUT_CASES:
                _keep_cases(conn)
            elif found not in (0, FILE_FORMAT):
                raise ValueError(f"its format is {found}")  # another program's: all of it is fetched again
            _begin(conn, journal_id, is_new=found == 0)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _begin(conn: Connection, journal_id: UUID, *, is_new: bool) -> None:
    """Whatever a replica has from its first moment on. One that has it is not written to: the disk may be full."""
    if is_new:
        replica_tables.create_all(conn)
        conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")
    check_shape(conn)
    rows = _STATE.all(conn)
    row = sound(rows) if rows else None
    if row is not None and row.complete:
        sums.begin(conn)
    if row is not None and row.journal_id != journal_id.bytes:
        for table in replica_tables.sorted_tables:  # of another journal: `as_of_seq` means nothing here
            conn.execute(delete(table))
        row = None
    if row is None:
        begun = {"acked_seq": 0, "essentials": 0, "bulk": 0, "complete": 0, "base_seq": 0, "rows": 0}
        conn.execute(insert(state).values(id=1, journal_id=journal_id.bytes, **begun))


def _keep_cases(conn: Connection) -> None:
    """Brings up a file of the format before, so that a till that is updated while it is out of contact can serve: cases
    have a table, and those there are already are fetched as a bucket."""
    cases.create(conn)
    if conn.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").scalar_one():
        sums.begin_for(conn, cases)
    row = sound(_STATE.all(conn))
    health = health_in(row.health)
    health = structs.replace(health, suspects=(*health.suspects, Bucket(Kind.CASE, WHOLE_TABLE)))
    conn.execute(update(state).values(health=msgspec.json.encode(health)))
    conn.exec_driver_sql(f"PRAGMA user_version={FILE_FORMAT}")


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


def _decode_texts_leniently(connection: Any, _record: Any) -> None:
    """A text with flipped bits is a wrong text, which is found and put right, and not the end of an exchange."""
    connection.text_factory = lambda data: data.decode(errors="replace")
