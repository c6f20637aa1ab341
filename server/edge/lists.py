"""Lists of the API, whose cursor holds the sort values of the last row, and of pages, which are turned by number.

A cursor is for the same filters only. Counting stops at `COUNT_MAX`, as nobody needs the rest and a million rows take
a second.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from server.edge.fields import WHOLE_MAX
from server.edge.problem_json import FieldError, HttpProblem

LIMIT, LIMIT_MAX = 50, 200
ROWS = 25  # of a page
COUNT_MAX = 10_000
PAGES_MAX = 400  # a reader who turns further should filter
_CURSOR_MAX = 2000

T = TypeVar("T")
_decoder = msgspec.msgpack.Decoder(tuple[bytes, list[Any]])


def _(message: str) -> str:
    return message


_STALE = _("This cursor belongs to another list. Please begin again without one.")


class ListQuery(BaseModel):
    """What every list of the API takes; lists with filters add theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT
    cursor: Annotated[str | None, Field(max_length=_CURSOR_MAX)] = None

    def filters(self) -> Mapping[str, Any]:
        """The values that choose and order the rows."""
        return self.model_dump(mode="json", exclude={"limit", "cursor"})


class OfStore(BaseModel):
    """What lists by store take: one of the company's stores, or all that who asks may see."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: UUID | None = None


class Listed(BaseModel, Generic[T]):
    """A part of a list: `next` is the cursor of the part that follows."""

    items: list[T]
    next: str | None
    count: int
    count_is_least: bool


class PageQuery(BaseModel):
    """What every page with a list takes; pages with filters add theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: Annotated[int, Field(ge=1, le=PAGES_MAX)] = 1

    @property
    def offset(self) -> int:
        """How many rows stand on earlier pages."""
        return (self.page - 1) * ROWS


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a page of a list stands: its rows of all, and its neighbours' numbers."""

    first: int  # 0 if there are none
    last: int
    count: int
    count_is_least: bool
    previous: int | None
    next: int | None


def counted(number: int) -> tuple[int, bool]:
    """The count to show of rows counted up to one above `COUNT_MAX`, and whether there are more."""
    return min(number, COUNT_MAX), number > COUNT_MAX


def listed(
    query: ListQuery, rows: Sequence[Any], number: int, item: Callable[[Any], T], keys: Callable[[Any], Sequence[Any]]
) -> Listed[T]:
    """One part of a list, from up to one row more than its limit. *keys*: a row's sort values, the last one unique."""
    kept = rows[: query.limit]
    count, is_least = counted(number)
    following = cursor(query.filters(), keys(kept[-1])) if len(rows) > query.limit else None
    return Listed(items=[item(row) for row in kept], next=following, count=count, count_is_least=is_least)


def paging(query: PageQuery, shown: int, number: int) -> Paging:
    """The place of a page that shows *shown* of *number* rows."""
    count, is_least = counted(number)
    first = query.offset + 1 if shown else 0
    last = query.offset + shown
    has_more = last < count or (is_least and shown == ROWS)
    return Paging(
        first,
        last,
        count,
        is_least,
        query.page - 1 if query.page > 1 else None,
        query.page + 1 if has_more and query.page < PAGES_MAX else None,
    )


def cursor(filters: Mapping[str, Any], keys: Sequence[Any]) -> str:
    """An opaque text for the rows after the one with these sort values."""
    packed = msgspec.msgpack.encode([_mark(filters), list(keys)])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def after(query: ListQuery, types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """The sort values to go on after, each of its type; None at the beginning. Refuses another list's cursor."""
    if query.cursor is None:
        return None
    try:
        packed = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
        mark, keys = _decoder.decode(packed)
        pairs = zip(keys, types, strict=True)
        found: tuple[Any, ...] = tuple(msgspec.convert(key, kind, strict=False) for key, kind in pairs)
    except (ValueError, msgspec.MsgspecError):
        raise stale() from None
    if mark != _mark(query.filters()) or not all(map(_can_be_compared, found)):
        raise stale()
    return found


def _can_be_compared(value: object) -> bool:
    """True for what a database compares: no wider number than it holds, and no moment without a zone."""
    if isinstance(value, int):
        return abs(value) <= WHOLE_MAX
    return not isinstance(value, datetime) or value.tzinfo is not None


def stale() -> HttpProblem:
    """The refusal of a cursor that is none, or another list's."""
    return HttpProblem("invalid", errors=[FieldError("cursor", "cursor_stale", _STALE)])


def _mark(filters: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(filters, order="sorted")).digest()[:8]
