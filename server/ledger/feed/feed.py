"""The rows that changed since a till last read, in two streams (essentials first, then bulk), ordered by version.

Rows are read inside the caller's snapshot and encoded after it has ended, so that encoding holds up no other reader. A
stream's cursor moves to the company's clock only when all of its rows were read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Raw
from sqlalchemy import Connection, bindparam, select

from server.db.lookups import Query
from server.ledger.feed.sources import BULK, ESSENTIALS, RECENT_TRANSACTIONS, FeedRow, Reader, Source
from sync.protocol.messages import FEED_BYTES_MAX, FEED_ROWS_MAX, Change, Cursors

_AROUND_ROW = 72  # bytes of a change beside its row: table, id and version

_STREAMS = ((ESSENTIALS, "essentials"), (BULK, "bulk"))
# One query finds the tables with new rows: most have none, and a query for each table would take longer.
_NEWS = Query(
    select(
        *(
            source.rows.where(source.version > bindparam(cursor)).exists()
            for stream, cursor in _STREAMS
            for source in stream
        )
    )
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A page of one stream, oldest version first; `whole` is True if it holds all rows that were left."""

    found: Sequence[FeedRow]
    whole: bool


@dataclass(frozen=True, slots=True)
class Unsent:
    """Rows read from one snapshot, still to be encoded."""

    essentials: Stream
    bulk: Stream
    cursors: Cursors  # the reader's position before
    clock: int  # the reader's position after receiving all rows
    total: int  # rows the reader was missing


@dataclass(frozen=True, slots=True)
class Portion:
    """The encoded part of the feed that one response carries."""

    changes: tuple[Change, ...]
    cursors: Cursors
    more: bool
    rows_left: int


def unsent(conn: Connection, reader: Reader, cursors: Cursors, *, rows_max: int, clock: int) -> Unsent:
    """The next rows for the reader up to the company's *clock*, with essentials before bulk."""
    room = min(max(rows_max, 1), FEED_ROWS_MAX)
    new_essentials, new_bulk = _with_news(conn, reader, cursors, clock)
    essentials = _read(conn, new_essentials, reader, after=cursors.essentials, until=clock, room=room)
    room -= len(essentials.found)
    if cursors.recent is not None:
        return _catching_up(conn, reader, cursors, essentials, clock=clock, room=room)
    bulk = _read(conn, new_bulk, reader, after=cursors.bulk, until=clock, room=room)
    total = len(essentials.found) + len(bulk.found)
    if not (essentials.whole and bulk.whole):
        total = _count(conn, ESSENTIALS, reader, cursors.essentials) + _count(conn, BULK, reader, cursors.bulk)
    return Unsent(essentials, bulk, cursors, clock, total)


def _with_news(
    conn: Connection, reader: Reader, cursors: Cursors, clock: int
) -> tuple[Sequence[Source], Sequence[Source]]:
    """The sources of both streams that have rows newer than the reader's cursors."""
    if min(cursors.essentials, cursors.bulk) >= clock:
        return (), ()
    (news,) = _NEWS.all(conn, essentials=cursors.essentials, bulk=cursors.bulk, **reader.named)
    has_news = iter(news)
    essentials, bulk = ([source for source in stream if next(has_news)] for stream, _ in _STREAMS)
    return essentials, bulk


def _catching_up(
    conn: Connection, reader: Reader, cursors: Cursors, essentials: Stream, *, clock: int, room: int
) -> Unsent:
    """Recent transactions of the store that the till's snapshot lacked; bulk continues once they have caught up."""
    behind = cursors.recent or 0
    late = _read(conn, RECENT_TRANSACTIONS, reader, after=behind, until=min(cursors.bulk, clock), room=room)
    total = _count(conn, ESSENTIALS, reader, cursors.essentials) + _count(conn, RECENT_TRANSACTIONS, reader, behind)
    return Unsent(essentials, late, cursors, clock, total)


def encoded(rows: Unsent) -> Portion:
    """Encodes as many rows as a response may carry, and at least one."""
    changes: list[Change] = []
    room = FEED_BYTES_MAX
    for found in (*rows.essentials.found, *rows.bulk.found):
        row = b"null" if found.sent is None else found.sent(found.row)
        room -= len(row) + _AROUND_ROW
        if room < 0 and changes:
            break
        changes.append(Change(found.table, found.id, found.version, Raw(row)))
    of_essentials = min(len(changes), len(rows.essentials.found))
    essentials = _cursor(rows.essentials, changes[:of_essentials], rows.cursors.essentials, rows.clock)
    bulk, recent = rows.cursors.bulk, rows.cursors.recent
    if recent is None:
        bulk = _cursor(rows.bulk, changes[of_essentials:], bulk, rows.clock)
    else:
        reached = _cursor(rows.bulk, changes[of_essentials:], recent, bulk)
        recent = None if reached >= bulk else reached
    more = recent is not None or min(essentials, bulk) < rows.clock
    return Portion(tuple(changes), Cursors(essentials, bulk, recent), more, max(0, rows.total - len(changes)))


def _read(conn: Connection, sources: Sequence[Source], reader: Reader, *, after: int, until: int, room: int) -> Stream:
    """At most *room* rows with versions above *after*. A row limit reached in one table limits the tables behind it."""
    if after >= until:
        return Stream((), whole=True)
    if room <= 0:
        return Stream((), whole=False)
    found: list[FeedRow] = []
    whole = True
    for source in sources:
        page = source.page.all(conn, after=after, until=until, room=room + 1, **reader.named)
        rows = [source.found(row).told_to(reader) for row in page]
        if len(rows) > room:
            rows, whole = rows[:room], False
            until = rows[-1].version
        found += rows
    found.sort(key=lambda one: one.version)
    if len(found) > room:
        found, whole = found[:room], False
    return Stream(found, whole)


def _count(conn: Connection, sources: Sequence[Source], reader: Reader, after: int) -> int:
    total = 0
    for source in sources:
        (counted,) = source.count.all(conn, after=after, **reader.named)
        total += counted.rows
    return total


def _cursor(stream: Stream, sent: Sequence[Change], before: int, clock: int) -> int:
    if stream.whole and len(sent) == len(stream.found):
        return max(before, clock)
    return sent[-1].version if sent else before
