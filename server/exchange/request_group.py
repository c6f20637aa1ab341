"""The exchange requests of one group commit: their senders, which need a write, and the feed rows already in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from server.exchange.answers import reader_of
from server.exchange.intake import Sender
from server.exchange.turned_away import TurnedAway
from server.ledger.feed import feed
from server.ledger.feed.tail import Tail
from sync.protocol.messages import ExchangeRequest, ExchangeResponse, Garbled, Listening

SEEN_AGAIN_AFTER = timedelta(minutes=1)


class TillRequest(NamedTuple):
    """An exchange request, and the terminal authenticated by its token."""

    terminal_id: UUID
    exchange: ExchangeRequest

    @property
    def brings_entries(self) -> bool:
        page = self.exchange.page
        return page is not None and bool(page.entries) and not self.exchange.salvage


class Deferred(NamedTuple):
    """A request whose entries are committed and whose answer takes a slower read, outside the group."""

    request: TillRequest
    now: datetime


class NewsFor(NamedTuple):
    """Listening terminals with their positions, and a callback that delivers a terminal's news."""

    listening: Mapping[UUID, Listening]
    tell: Callable[[UUID, ExchangeResponse], None]


NOBODY = NewsFor({}, lambda _terminal_id, _news: None)
Outcome = ExchangeResponse | Deferred | Exception


@dataclass(slots=True, eq=False)
class Admitted:
    """A request after the check of its sender."""

    request: TillRequest
    sender: Sender | None
    trouble: TurnedAway | Garbled | None = None
    rows: feed.Unsent | None = None  # the rows it lacks, if they were in memory

    def is_well(self) -> bool:
        return self.trouble is None


def has_to_write(one: Admitted, now: datetime) -> bool:
    """True if the request needs a write even without entries: its first exchange binds the journal, and the last
    contact is recorded from time to time, and so is what it has been told of who may do what."""
    if one.sender is None or not one.is_well():
        return False
    if one.sender.journal_id is None or one.request.exchange.differences:
        return True
    if one.sender.marks.essentials < one.sender.authority_version <= one.request.exchange.cursors.essentials:
        return True  # from here on it knows who may do what
    return one.sender.last_seen_at is None or now - one.sender.last_seen_at >= SEEN_AGAIN_AFTER


def clock_of(admitted: list[Admitted]) -> int:
    """The company's clock, which is the same for all senders, as they were read together."""
    sender = admitted[0].sender
    assert sender is not None
    return sender.clock


def find_rows(admitted: list[Admitted], tail: Tail, clock: int, now: datetime) -> None:
    """Finds the rows each request lacks in the tail; requests for sums, buckets or blanks are deferred."""
    for one in admitted:
        request = one.request.exchange
        assert one.sender is not None
        if not (request.digest or request.fetch or request.pool is not None):
            reader = reader_of(one.sender, request.can, now)
            one.rows = tail.unsent(reader, request.cursors, rows_max=request.rows_max, clock=clock)
