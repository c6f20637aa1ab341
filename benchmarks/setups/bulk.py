"""Many rows into the server's real tables at once: into SQLite by its driver, from there to PostgreSQL by COPY.

Indexes are dropped meanwhile and built over all rows, as they would otherwise take most of the time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Boolean, Column, Engine, LargeBinary, Table

from server.db.columns import Id
from server.db.tables import metadata

_AT_ONCE = 20_000
_CACHE_KIB = 2_000_000


@contextmanager
def without_indexes(engine: Engine, tables: Sequence[Table]) -> Iterator[None]:
    """Drops the indexes of these tables and builds them again at the end."""
    indexes = [index for table in tables for index in table.indexes]
    writing = engine.execution_options(orion_begin="write")
    for index in indexes:
        index.drop(writing)
    yield
    for index in indexes:
        index.create(writing)


def add(engine: Engine, table: Table, rows: Iterable[tuple[object, ...]]) -> None:
    """Adds rows to a table in SQLite; their values are the driver's, in the order of its columns."""
    places = ", ".join("?" * len(table.columns))
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    remaining = iter(rows)
    with _driver(engine) as driver:
        for pragma in ("foreign_keys = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}", "query_only = OFF"):
            driver.execute(f"PRAGMA {pragma}")
        while part := list(islice(remaining, _AT_ONCE)):
            driver.execute("BEGIN")
            driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({places})", part)  # noqa: S608 - our names
            driver.execute("COMMIT")


def copy(source: Engine, target: Engine) -> None:
    """Copies all rows of a SQLite database into the migrated PostgreSQL database, in place of those it has."""
    tables = metadata.sorted_tables
    with _driver(target) as driver, driver.transaction():
        driver.execute("TRUNCATE " + ", ".join(f'"{table.name}"' for table in tables))
    with without_indexes(target, tables), _driver(source) as reader, _driver(target) as driver:
        for table in tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            spell = _spelling(table)
            found = reader.execute(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - our names
            with driver.transaction():
                driver.execute("SET LOCAL session_replication_role = replica")  # no look at foreign keys
                with driver.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as into:
                    while part := found.fetchmany(_AT_ONCE):
                        into.write("".join(map(spell, part)))
    with _driver(target) as driver:
        driver.autocommit = True
        driver.execute("VACUUM ANALYZE")


def _spelling(table: Table) -> Callable[[Sequence[Any]], str]:
    """A row as a line of COPY."""
    spellings = [_spelled(column) for column in table.columns]

    def line(row: Sequence[Any]) -> str:
        texts = [r"\N" if one is None else spell(one) for spell, one in zip(spellings, row, strict=True)]
        return "\t".join(texts) + "\n"

    return line


def _spelled(column: Column[Any]) -> Callable[[Any], str]:
    if isinstance(column.type, Id):
        return bytes.hex
    if isinstance(column.type, LargeBinary):
        return lambda value: "\\\\x" + value.hex()
    if isinstance(column.type, Boolean):
        return lambda value: "t" if value else "f"
    return lambda value: str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


@contextmanager
def _driver(engine: Engine) -> Iterator[Any]:
    """A driver's connection of its own, closed at the end, as its settings must not stay."""
    held = engine.raw_connection()
    try:
        yield held.driver_connection
    finally:
        held.invalidate()
