"""One statement for many rows, without SQLAlchemy's work on every single one.

The statement is written and compiled by SQLAlchemy, once a database; only its values go to the driver column by column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Update


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
                columns[place] = list(map(processor, columns[place]))
        values = zip(*columns, strict=True)
        if made.is_positional:
            conn.exec_driver_sql(made.text, list(values))
        else:
            conn.exec_driver_sql(made.text, [dict(zip(made.names, row, strict=True)) for row in values])


def _compile(statement: Insert | Update | Delete, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    assert len(names) > 1, "a batch of one value is no batch"
    types = (compiled.binds[name].type for name in names)
    processors = tuple(type_.dialect_impl(dialect).bind_processor(dialect) for type_ in types)
    return _Compiled(str(compiled), bool(compiled.positiontup), names, processors)
