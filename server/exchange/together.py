"""Tills at the company's table: who comes with what, who has to be written down, and which rows are at hand."""

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
    """A request that came with its terminal's token."""

    terminal_id: UUID
    request: ExchangeRequest

    @property
    def brings_entries(self) -> bool:
        page = self.request.page
        return page is not None and bool(page.entries) and not self.request.salvage


class Deferred(NamedTuple):
    """A visit whose entries are in the books, and whose answer takes long enough to read that nobody should wait."""

    visit: TillRequest
    now: datetime


class NewsFor(NamedTuple):
    """Terminals that listen while others visit, each with what it has, and what tells one of them its news."""

    listening: Mapping[UUID, Listening]
    tell: Callable[[UUID, ExchangeResponse], None]


NOBODY = NewsFor({}, lambda _terminal_id, _news: None)
Outcome = ExchangeResponse | Deferred | Exception


@dataclass(slots=True, eq=False)
class Admitted:
    """A visit on the table."""

    visit: TillRequest
    sender: Sender | None
    trouble: TurnedAway | Garbled | None = None
    rows: feed.Unsent | None = None  # what it lacks, where that was at hand

    def is_well(self) -> bool:
        return self.trouble is None


def has_to_write(one: Admitted, now: datetime) -> bool:
    """Also without entries: its first exchange binds the journal, and now and then it is noted that it was seen."""
    if one.sender is None or not one.is_well():
        return False
    if one.sender.journal_id is None or one.visit.request.differences:
        return True
    return one.sender.last_seen_at is None or now - one.sender.last_seen_at >= SEEN_AGAIN_AFTER


def clock_of(met: list[Admitted]) -> int:
    """How far the company is; all senders were read at once."""
    sender = met[0].sender
    assert sender is not None
    return sender.clock


def find_rows(met: list[Admitted], tail: Tail, clock: int, now: datetime) -> None:
    """Finds what each lacks among the newest rows; sums, buckets and blanks are read by who wants them."""
    for one in met:
        request = one.visit.request
        assert one.sender is not None
        if not (request.digest or request.fetch or request.pool is not None):
            reader = reader_of(one.sender, now)
            one.rows = tail.unsent(reader, request.cursors, rows_max=request.rows_max, clock=clock)
