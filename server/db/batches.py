"""One statement for many rows, without SQLAlchemy's work on every single one.

The statement is written and compiled by SQLAlchemy, once a database; only its values go to the driver column by column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, LargeBinary, Update
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    is_positional: bool
    names: tuple[str, ...]
    processors: tuple[Callable[[Any], Any] | None, ...]  # from Python's values to the driver's


class Batch:
    """An `insert`, `update` or `delete` whose every value is named; made once, when a module is loaded."""

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, conn: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Runs it for all *rows*, each of which names all values; nothing at all for none."""
        rows = list(rows)
        if not rows:
            return
        made = self._compiled.get(conn.dialect.name)
        if made is None:
            made = self._compiled[conn.dialect.name] = _compile(self._statement, conn.dialect)
        columns: list[Sequence[Any]] = list(zip(*map(itemgetter(*made.names), rows), strict=True))
        for place, processor in enumerate(made.processors):
            if processor is not None:
                columns[place] = _processed(columns[place], processor)
        values = zip(*columns, strict=True)
        if made.is_positional:
            conn.exec_driver_sql(made.text, list(values))
        else:
            conn.exec_driver_sql(made.text, [dict(zip(made.names, row, strict=True)) for row in values])


def _processed(column: Sequence[Any], processor: Callable[[Any], Any]) -> list[Any]:
    """The driver's values; of one that the whole column holds, such as the company or the time, once."""
    first = column[0]
    if all(value is first for value in column):
        return [processor(first)] * len(column)
    return list(map(processor, column))


def _compile(statement: Insert | Update | Delete, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    assert len(names) > 1, "a batch of one value is no batch"
    processors = tuple(_processor(compiled.binds[name].type, dialect) for name in names)
    return _Compiled(str(compiled), bool(compiled.positiontup), names, processors)


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if type(type_) is LargeBinary:
        return None  # both drivers take bytes as they are; SQLAlchemy would wrap every single one
    return type_.dialect_impl(dialect).bind_processor(dialect)
