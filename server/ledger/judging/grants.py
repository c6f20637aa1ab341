"""Grants that come with a program change, so that customers keep rewards they had already reached."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, false, or_, select

from loyalty.card import Card
from loyalty.points import points_granted
from loyalty.program import Program
from loyalty.stamps import stamps_granted
from loyalty.transactions import KIND_OF, Body, Context, Effect, PointsAdjusted, StampsAdjusted, Transaction
from server.db.tables import cards
from server.ledger.judging.write_set import WriteSet
from server.ledger.rows import cards as card_rows

REASON = "program"  # a code word that pages and tills translate into a sentence
_CARDS_AT_ONCE = 5_000


def grant(conn: Connection, company_id: UUID, before: Program, after: Program, now: datetime) -> int:
    """Books the grants that cards need and returns the number of cards; the caller holds the company's lock."""
    granted = 0
    for card_ids in _reached(conn, company_id, before, after):
        writes = WriteSet(conn, company_id, now)
        for opened in card_rows.load(conn, company_id, card_ids).values():
            facts = list(_grants(opened.card, before, after, now))
            for fact in facts:
                writes.book(opened, fact)
            granted += bool(facts)
        writes.write()
    return granted


def _reached(conn: Connection, company_id: UUID, before: Program, after: Program) -> Iterator[list[UUID]]:
    """Batches of card ids whose balance may have reached a reward that is now dearer."""
    costs = [reward.cost for reward in before.rewards if reward.active]
    dearer: list[ColumnElement[bool]] = [false()]
    if before.gives_stamps and after.gives_stamps and after.stamps_target > before.stamps_target:
        dearer.append(cards.c.stamp_count >= before.stamps_target)  # each full row must stay full
    if before.gives_points and after.gives_points and costs:
        dearer.append(cards.c.points_balance >= min(costs))
    query = (
        select(cards.c.card_id)
        .where(cards.c.company_id == company_id, or_(*dearer))
        .order_by(cards.c.card_id)
        .limit(_CARDS_AT_ONCE)
    )
    found = list(conn.execute(query).scalars())
    while found:
        yield found
        found = list(conn.execute(query.where(cards.c.card_id > found[-1])).scalars())


def _grants(card: Card, before: Program, after: Program, now: datetime) -> Iterator[Transaction]:
    stamps, points = stamps_granted(card, before, after), points_granted(card, before, after)
    if stamps:
        yield _adjustment(card, StampsAdjusted(stamps=stamps, reason=REASON), Effect(stamps=stamps), after, now)
    if points:
        yield _adjustment(card, PointsAdjusted(points=points, reason=REASON), Effect(points=points), after, now)


def _adjustment(card: Card, body: Body, effect: Effect, program: Program, now: datetime) -> Transaction:
    assert card.enrolled_at_store is not None, "blank cards have no balance"
    return Transaction(
        id=uuid5(card.id, f"{KIND_OF[type(body)]} {program.version}"),  # one grant for each card and version
        card_id=card.id,
        body=body,
        effect=effect,
        context=Context(occurred_at=now, program_version=program.version, store_id=card.enrolled_at_store),
    )
