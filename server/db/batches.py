"""Statements for many rows, executed without SQLAlchemy's overhead for each row.

SQLAlchemy compiles a statement once for each kind of database; only converted values go to the driver. PostgreSQL gets
the rows of an insert as one JSON value, since it would otherwise plan and run the statement once for each row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import is_, itemgetter
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, Delete, Dialect, Insert, LargeBinary, Update, bindparam, func, select
from sqlalchemy import column as new
from sqlalchemy.types import TypeEngine

from sync.replica import raw_sql

_ROWS = "rows"


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    is_positional: bool
    is_one_value: bool
    names: tuple[str, ...]
    values: Callable[[Mapping[str, object]], tuple[Any, ...]]  # a row's values, in the order of the names
    processors: tuple[Callable[[Any], Any] | None, ...]  # conversions from Python values to driver values


class Batch:
    """An `insert`, `update` or `delete` with named parameters, compiled once."""

    def __init__(self, statement: Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, conn: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Executes the statement for all *rows*, each of which names all values."""
        rows = list(rows)
        if not rows:
            return
        made = self._compiled.get(conn.dialect.name)
        if made is None:
            made = self._compiled[conn.dialect.name] = _compile(self._statement, conn.dialect)
        columns: list[Sequence[Any]] = list(zip(*map(made.values, rows), strict=True))
        for place, processor in enumerate(made.processors):
            if processor is not None:
                columns[place] = _processed(columns[place], processor)
        values = zip(*columns, strict=True)
        if made.is_one_value:
            named = [dict(zip(made.names, row, strict=True)) for row in values]
            raw_sql.run(conn, made.text, {_ROWS: msgspec.json.encode(named).decode()})
        elif made.is_positional:
            raw_sql.run_for_each(conn, made.text, list(values))
        else:
            raw_sql.run_for_each(conn, made.text, [dict(zip(made.names, row, strict=True)) for row in values])


def _processed(column: Sequence[Any], processor: Callable[[Any], Any]) -> list[Any]:
    """A column's values converted for the driver; a value shared by the whole column is converted once."""
    first = column[0]
    if all(map(is_, column, repeat(first))):
        return [processor(first)] * len(column)
    return list(map(processor, column))


def _compile(statement: Insert | Update | Delete, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    assert len(names) > 1, "a batch needs at least two parameters"
    types = [compiled.binds[name].type for name in names]
    if isinstance(statement, Insert) and dialect.name == "postgresql" and not any(map(_is_json, types)):
        text = str(_of_one_value(statement, names, types).compile(dialect=dialect))
        return _Compiled(
            text, False, True, names, itemgetter(*names), tuple(_to_json(type_, dialect) for type_ in types)
        )
    processors = tuple(_processor(type_, dialect) for type_ in types)
    return _Compiled(str(compiled), bool(compiled.positiontup), False, names, itemgetter(*names), processors)


def _of_one_value(statement: Insert, names: Sequence[str], types: Sequence[TypeEngine[Any]]) -> Insert:
    """The insert rewritten to take its rows from one JSON text."""
    columns = [new(name, type_) for name, type_ in zip(names, types, strict=True)]
    rows = func.json_to_recordset(bindparam(_ROWS, type_=JSON)).table_valued(*columns)
    return statement.from_select(list(names), select(rows.render_derived(name="new", with_types=True)))


def _to_json(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return _spelled if type(type_) is LargeBinary else _processor(type_, dialect)


def _spelled(value: bytes | None) -> str | None:
    return None if value is None else "\\x" + value.hex()


def _is_json(type_: TypeEngine[Any]) -> bool:
    return isinstance(type_, JSON)


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if type(type_) is LargeBinary:
        return None  # both drivers take bytes unchanged
    return type_.dialect_impl(dialect).bind_processor(dialect)
