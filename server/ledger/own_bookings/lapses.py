"""Points that lapse, as a card had no activity for as long as the program lets it: which cards, and what is booked.

Which cards come into question is read from `card_list`, which follows within seconds; each is judged on its own row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, bindparam, literal, select, tuple_

from loyalty import expiry
from loyalty.card import Card
from loyalty.transactions import Context, Effect, PointsExpired, Transaction
from server.companies import companies, programs
from server.db.columns import microseconds, moment_of
from server.db.lookups import Lookup
from server.db.tables import transactions
from server.db.work_tables import card_list
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows

JOB = "expiry"

_BOOKED = Lookup(
    select(transactions.c.transaction_id).where(transactions.c.company_id == bindparam("company")),
    transactions.c.transaction_id,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A card's place in the order of last activity."""

    last_activity_at: datetime
    card_id: UUID

    def __str__(self) -> str:
        """For a cursor."""
        return f"{microseconds(self.last_activity_at)} {self.card_id}"

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        """The place that a cursor names."""
        if cursor is None:
            return None
        at, _, card_id = cursor.partition(" ")
        return cls(moment_of(int(at)), UUID(card_id))


def candidates(conn: Connection, company_id: UUID, now: datetime, after: Place | None, limit: int) -> list[Place]:
    """The next cards, those longest without activity first, whose points may have lapsed."""
    settings, rules = companies.by_id(conn, company_id).settings, programs.versions(conn, company_id).at(now)
    zone = settings.zone
    before = None if rules is None else expiry.last_active_before(rules, zone, now.astimezone(zone).date())
    return [] if before is None else with_points(conn, company_id, None, before, after, limit=limit)


def with_points(
    conn: Connection, company_id: UUID, since: datetime | None, before: datetime, after: Place | None, *, limit: int
) -> list[Place]:
    """The next cards with points that were last active *since* one moment and *before* another."""
    at, card_id = card_list.c.last_activity_at, card_list.c.card_id
    query = select(at, card_id).where(card_list.c.company_id == company_id, card_list.c.points > 0, at < before)
    if since is not None:
        query = query.where(at >= since)
    if after is not None:
        query = query.where(is_after(after))
    found = conn.execute(query.order_by(at, card_id).limit(limit))
    return [Place(row.last_activity_at, row.card_id) for row in found]


def expire(conn: Connection, company_id: UUID, card_ids: Sequence[UUID], now: datetime) -> int:
    """Takes the points of those cards that have lapsed; returns of how many. The caller holds the company's lock.

    What came onto a card after its points had lapsed today, without an activity, lapses tomorrow.
    """
    zone = companies.by_id(conn, company_id).settings.zone
    rules = programs.versions(conn, company_id).at(now)
    if rules is None:
        return 0
    writes = WriteSet(conn, company_id, now)
    loaded = card_rows.load(conn, company_id, card_ids)
    facts = []
    for card_id in card_ids:
        opened = loaded.get(card_id)
        taken = None if opened is None else expiry.lapsed(opened.card, rules, zone, now)
        if opened is not None and taken is not None:
            facts.append(_expired(opened.card, taken, rules.version, f"expired {now.astimezone(zone).date()}", now))
    booked = {row.transaction_id for row in _BOOKED.rows(conn, [fact.id for fact in facts], company=company_id)}
    for fact in facts:
        if fact.id not in booked:
            writes.book(loaded[fact.card_id], fact)
    writes.write()
    return len(facts) - len(booked)


def _expired(card: Card, taken: Effect, version: int, what: str, now: datetime) -> Transaction:
    assert card.enrolled_at_store is not None, "blank cards have no balance"
    return Transaction(
        id=uuid5(card.id, what),
        card_id=card.id,
        body=PointsExpired(),
        effect=taken,
        context=Context(occurred_at=now, program_version=version, store_id=card.enrolled_at_store),
    )


def is_after(place: Place) -> ColumnElement[bool]:
    """Behind this place in the list."""
    at, card_id = card_list.c.last_activity_at, card_list.c.card_id
    there = literal(place.last_activity_at, at.type), literal(place.card_id, card_id.type)
    return tuple_(at, card_id) > tuple_(*there)
