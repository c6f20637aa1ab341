"""Pages of a list: keyset cursors, which bear rows that come and go meanwhile, and counts that stop somewhere.

A cursor is opaque, and belongs to the list and filters it was made for.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal, select, tuple_

COUNTED_MAX = 10_000
PAGE_ROWS = 25
_TAG_BYTES = 6


class CursorInvalid(ValueError):
    """A cursor that no list made, or one of another list or other filters."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match; with *is_least* there are more."""

    number: int
    is_least: bool


@dataclass(frozen=True, slots=True)
class Order:
    """The columns that a list is sorted by, the last of them unique, all in one direction."""

    columns: tuple[Column[Any], ...]
    descending: bool

    def sorted(self, query: Select[Any]) -> Select[Any]:
        """The query with its rows in this order."""
        return query.order_by(*(column.desc() if self.descending else column for column in self.columns))

    def after(self, values: Sequence[object]) -> ColumnElement[bool]:
        """The rows that follow the row with these values."""
        there = tuple_(*(literal(value, column.type) for value, column in zip(values, self.columns, strict=True)))
        here = tuple_(*self.columns)
        return here < there if self.descending else here > there


def cursor_of(values: Sequence[object], *of_list: object) -> str:
    """The cursor after the row with these values, in the list that *of_list* describes."""
    return base64.urlsafe_b64encode(_tag(of_list) + msgspec.json.encode(values)).rstrip(b"=").decode()


def values_in(cursor: str, types: Any, *of_list: object) -> tuple[Any, ...]:
    """The values of a cursor of this list; raises `CursorInvalid`."""
    try:
        data = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        found: tuple[Any, ...] = msgspec.convert(msgspec.json.decode(data[_TAG_BYTES:]), types, strict=False)
    except (UnicodeError, binascii.Error, msgspec.MsgspecError, RecursionError) as error:
        raise CursorInvalid("not a cursor") from error
    if data[:_TAG_BYTES] != _tag(of_list):
        raise CursorInvalid("a cursor of another list")
    return found


def count(conn: Connection, matching: Select[Any]) -> Count:
    """How many rows the query has, counted up to 10,000."""
    some = matching.with_only_columns(literal(1).label("one")).order_by(None).limit(COUNTED_MAX + 1).subquery()
    number = conn.execute(select(func.count()).select_from(some)).scalar_one()
    return Count(min(number, COUNTED_MAX), number > COUNTED_MAX)


def _tag(of_list: tuple[object, ...]) -> bytes:
    return sha256(msgspec.json.encode(of_list)).digest()[:_TAG_BYTES]
