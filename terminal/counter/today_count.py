"""The number of transactions made today, without those that take one back: read from the journal once, then counted."""

from datetime import date, datetime, time

from loyalty.transactions import Kind
from sync.protocol.entries import TRANSACTION_KINDS
from terminal.counter.ask_context import AskContext

_VOIDS = {Kind.STAMP_VOIDED, Kind.POINTS_VOIDED, Kind.REDEMPTION_VOIDED}  # take something back, and are no more work
_KINDS = sorted(TRANSACTION_KINDS - _VOIDS)


class Today:
    """The count of a day of the company's calendar; starts again with each day."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._seq = self._count = 0

    def count(self, context: AskContext) -> int:
        zone, head = context.essentials.settings.zone, context.journal.head().seq
        day = context.now.astimezone(zone).date()
        if day != self._day:
            self._day = day
            self._count = len(context.journal.since(datetime.combine(day, time.min, zone), _KINDS))
        elif head > self._seq:
            self._count += len(context.journal.seqs_of_kinds(_KINDS, self._seq))
        self._seq = head
        return self._count
