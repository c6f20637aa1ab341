"""Tills that are in contact and do not take in who may do what: a case for their company.

What a till has not acknowledged counts as unknown to it, so one that withholds this is judged by what it knew before.
An honest till acknowledges with its next request, unless its disk is full or its answers are changed on the way, of
which its company should hear as well.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from loyalty.cases import CaseKind
from server.exchange.intake import Sender
from server.ledger.rows import cases

TAKES_IN_WITHIN = timedelta(days=1)
REQUESTS_LEAST = 10  # one that comes back after days without contact needs two


class _Stand(NamedTuple):
    """How far a terminal has read, since when, and how many requests said so."""

    essentials: int
    since: datetime
    requests: int


class Acknowledgements:
    """The terminals that lag behind, by what this process has heard of them."""

    def __init__(self) -> None:
        self._lagging: dict[UUID, _Stand] = {}

    def caught_up(self, sender: Sender, now: datetime) -> UUID | None:
        """The case of a terminal that stood still until this request, if that was for long enough."""
        stand = self._lagging.get(sender.id)
        if stand is None or sender.marks.essentials <= stand.essentials or now - stand.since < TAKES_IN_WITHIN:
            return None
        return cases.not_taken_in_id(sender.id, stand.essentials)

    def heard(self, sender: Sender, now: datetime) -> dict[str, Any] | None:
        """The case of a terminal that stands still, once it has been asked for long enough; it has just made a
        request."""
        read = sender.marks.essentials
        if read >= sender.authority_version:
            self._lagging.pop(sender.id, None)
            return None
        before = self._lagging.get(sender.id)
        if before is None or before.essentials != read:
            before = _Stand(read, now, 0)
        stand = self._lagging[sender.id] = before._replace(requests=before.requests + 1)
        if stand.requests < REQUESTS_LEAST or now - stand.since < TAKES_IN_WITHIN:
            return None
        return cases.values(
            sender.company_id,
            CaseKind.NOT_TAKEN_IN,
            case_id=cases.not_taken_in_id(sender.id, read),
            entry_id=None,
            terminal_id=sender.id,
            store_id=sender.store_id,
            occurred_at=stand.since,
            now=now,
        )
