"""Rows by many values of one column, each found by its place in an index; made once, when a module is loaded.

PostgreSQL takes a list in `IN` for half the table as long as it knows no statistics of it, as in the first minute after
rows came, and reads it from one end to the other. So there each value is looked up for itself, in one statement.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, CursorResult, Select, bindparam, func, literal_column, select, true
from sqlalchemy import column as new
from sqlalchemy.dialects.postgresql import ARRAY


class Lookup:
    """A `select` whose values are named, restricted to the rows where *column* has one of some values."""

    def __init__(self, statement: Select[Any], column: Column[Any]) -> None:
        listed = statement.where(column.in_(bindparam("wanted", expanding=True)))
        values = func.unnest(bindparam("wanted", type_=ARRAY(column.type))).table_valued(new("value", column.type))
        wanted = values.render_derived(name="wanted")
        # The offset of nothing keeps the planner from making a join of it, for which it would guess as it does for IN.
        each = statement.where(column == wanted.c.value).offset(literal_column("0")).lateral()
        self._statements = {"sqlite": listed, "postgresql": select(each).select_from(wanted).join(each, true())}

    def rows(self, conn: Connection, wanted: Iterable[object], **named: object) -> CursorResult[Any]:
        """The rows of the values *wanted*, each of which is named once."""
        return conn.execute(self._statements[conn.dialect.name], {"wanted": list(wanted), **named})
