"""What a terminal had been told, by the cursors it has acknowledged, and since when it can have written an entry: each
mark says from which entry on.

A request is signed for its journal up to a last row, so what is behind that row was written after the request. Entries
that a request brings were therefore written with what its cursors say, if they lie behind the last row of the request
before it. What an entry says of itself counts against its till only.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from server.ledger.rows.till_knowledge import Told
from sync.protocol.messages import ExchangeRequest

MARKS_MAX = 8  # a till that sends a long journal while it goes on writing makes one with each request


class Mark(NamedTuple):
    """Entries behind *after* were written later than *since*, by a till that had read so far."""

    after: int
    essentials: int
    bulk: int
    since: datetime | None = None  # None: unknown, as an earlier program did not note it

    @property
    def told(self) -> Told:
        """What the terminal had been told by then."""
        return Told(self.essentials, self.bulk)


class Marks(NamedTuple):
    """Those of one terminal, oldest first, and how long it last said that its journal is."""

    said_seq: int
    marks: tuple[Mark, ...]

    @property
    def essentials(self) -> int:
        """How far it has acknowledged them."""
        return self.marks[-1].essentials

    def with_request(
        self, request: ExchangeRequest, *, acked_seq: int, clock: int, heard_at: datetime | None
    ) -> "Marks":
        """The marks with what *request* acknowledges; no cursor leads beyond the company's *clock*. The request before
        it came at *heard_at*."""
        said = self.said_seq if request.last_seq >= self.said_seq else 0  # less than before: that was not true
        after, last = max(said, acked_seq), self.marks[-1]
        new = Mark(
            after,
            max(last.essentials, min(request.cursors.essentials, clock)),
            max(last.bulk, min(request.cursors.bulk, clock)),
            heard_at,
        )
        older = [mark for mark in self.marks if mark.after < after]
        reached = [mark for mark in older if mark.after <= acked_seq][-1:]
        older = [*reached, *(mark for mark in older if mark.after > acked_seq)]
        kept = (*older[:1], *older[1:][-(MARKS_MAX - 2) :], new)  # those left out are told by the one before them
        return Marks(request.last_seq, kept)

    def before(self, seq: int) -> Mark:
        """The mark that the row *seq* of its journal was written after."""
        for one in reversed(self.marks):
            if one.after < seq:
                return one
        return self.marks[0]

    @property
    def kept(self) -> str:
        """The marks as a terminal's row has them."""
        return msgspec.json.encode(self.marks).decode()


def read(text: str | None, said_seq: int, paired_version: int) -> Marks:
    """The marks in a terminal's row. Before it writes anything, a till has read what there was when it was paired."""
    return Marks(said_seq, (Mark(0, paired_version, 0),) if text is None else _decode(text))


_decode = msgspec.json.Decoder(tuple[Mark, ...]).decode
