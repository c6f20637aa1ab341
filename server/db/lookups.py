"""Frequent queries, compiled by SQLAlchemy once and executed by the driver.

Look-ups by many values use the index for each value. With `IN`, PostgreSQL would scan a whole table for which it has no
statistics yet, as in the first minute after rows were added; a lateral join prevents that.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Select, bindparam, func, literal_column, select, true
from sqlalchemy import column as new
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningUpdate

from sync.replica import raw_sql

Statement = Select[*tuple[Any, ...]] | ReturningUpdate[Any]
_WANTED = "wanted"
_MARK = f"__[POSTCOMPILE_{_WANTED}]"  # SQLAlchemy's placeholder for a list


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    names: tuple[str, ...]
    is_positional: bool
    constants: dict[str, object]  # values that are part of the statement
    processors: Mapping[str, Callable[[Any], Any]]  # conversions from Python values to driver values
    results: tuple[tuple[int, Callable[[Any], Any]], ...]  # conversions from driver values to Python values, by place
    row: Callable[[Iterable[Any]], Any]


class Query:
    """A statement that returns rows, with named parameters, compiled once at import."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def all(self, conn: Connection, **named: object) -> list[Any]:
        """The rows, with columns as attributes."""
        return self._run(conn, named, ())

    def first(self, conn: Connection, **named: object) -> Any | None:
        """The first row, or None."""
        return next(iter(self._run(conn, named, ())), None)

    def _run(self, conn: Connection, named: dict[str, object], wanted: Sequence[object]) -> list[Any]:
        dialect = conn.dialect
        made = self._compiled.get(dialect.name)
        if made is None:
            made = self._compiled[dialect.name] = _compile(self._for(dialect), dialect)
        values = dict(made.constants)
        values |= {name: _processed(value, made.processors.get(name)) for name, value in named.items()}
        if not made.is_positional:
            found = raw_sql.fetch(conn, made.text, values)
        elif wanted:
            processor = made.processors.get(_WANTED)
            listed = _evened(wanted if processor is None else list(map(processor, wanted)))
            given: list[object] = []
            for name in made.names:
                given += listed if name == _WANTED else (values[name],)
            found = raw_sql.fetch(conn, made.text.replace(_MARK, ", ".join("?" * len(listed))), given)
        else:
            found = raw_sql.fetch(conn, made.text, tuple(values[name] for name in made.names))
        return [made.row(row) for row in found] if not made.results else [_read(made, row) for row in found]

    def _for(self, _dialect: Dialect) -> Statement:
        return self._statement


class Lookup(Query):
    """A query restricted to rows whose *column* has one of several values."""

    def __init__(self, statement: Select[Any], column: Column[Any]) -> None:
        super().__init__(statement)
        self._select = statement
        self._column = column

    def rows(self, conn: Connection, wanted: Iterable[object], **named: object) -> list[Any]:
        """The rows for the values in *wanted*, which must be distinct."""
        values = list(wanted)
        if not values:
            return []
        if conn.dialect.name == "postgresql":
            return self._run(conn, {_WANTED: values, **named}, ())
        return self._run(conn, named, values)

    def _for(self, dialect: Dialect) -> Select[Any]:
        column = self._column
        if dialect.name != "postgresql":
            return self._select.where(column.in_(bindparam(_WANTED, expanding=True)))
        values = func.unnest(bindparam(_WANTED, type_=ARRAY(column.type))).table_valued(new("value", column.type))
        wanted = values.render_derived(name=_WANTED)
        # OFFSET 0 keeps the planner from turning this into a plain join, with the same bad estimate as for IN.
        each = self._select.where(column == wanted.c.value).offset(literal_column("0")).lateral()
        return select(each).select_from(wanted).join(each, true())


def _evened(values: Sequence[object]) -> list[object]:
    """The values padded to a power of two by repeating the last, so that SQLite caches few distinct statements."""
    return [*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))]


def _read(made: _Compiled, row: Any) -> Any:
    values = list(row)
    for place, processor in made.results:
        values[place] = processor(values[place])
    return made.row(values)


def _processed(value: object, processor: Callable[[Any], Any] | None) -> object:
    return value if processor is None else processor(value)


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    columns = statement.exported_columns
    binds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    results = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    fields = [str(column.key) for column in columns]
    processors = {name: processor for name, processor in binds.items() if processor is not None}
    row: Any = namedtuple("Found", fields, rename=True)  # type: ignore[misc]  # its fields are the statement's
    return _Compiled(
        text=str(compiled),
        names=tuple(compiled.positiontup or ()),
        is_positional=bool(compiled.positiontup),
        constants={
            name: _processed(bind.value, processors.get(name))
            for name, bind in compiled.binds.items()
            if not bind.required
        },
        processors=processors,
        results=tuple((place, processor) for place, processor in enumerate(results) if processor is not None),
        row=row._make,
    )
