"""Grants that come with a program change, so that customers keep rewards which they had reached when it began.

A version that asks for more has a plan, which the job `program_start` carries out from its beginning on. What a card
had reached is its balance without what was decided under that version or a later one, whenever the job comes to it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select, update

from loyalty.card import Card
from loyalty.money import POINTS_MAX, STAMPS_MAX
from loyalty.points import points_granted, points_granted_from
from loyalty.program import Program, Programs
from loyalty.stamps import stamps_granted, stamps_granted_from
from loyalty.transactions import KIND_OF, Body, Context, Effect, PointsAdjusted, StampsAdjusted, Transaction
from server.companies import programs
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.lookups import Lookup
from server.db.tables import cards, transactions
from server.db.work_tables import program_grants
from server.ledger.judging.write_set import WriteSet
from server.ledger.rows import cards as card_rows

JOB = "program_start"
REASON = "program"  # a code word that pages and tills translate into a sentence

_DECIDED_SINCE = Lookup(
    select(
        transactions.c.card_id,
        func.sum(transactions.c.stamps).label("stamps"),
        func.sum(transactions.c.points).label("points"),
    )
    .where(transactions.c.company_id == bindparam("company"), transactions.c.program_number >= bindparam("number"))
    .group_by(transactions.c.card_id),
    transactions.c.card_id,
)
_BOOKED = Lookup(
    select(transactions.c.transaction_id).where(transactions.c.company_id == bindparam("company")),
    transactions.c.transaction_id,
)


@dataclass(frozen=True, slots=True)
class Change:
    """A version that asks for more, and the one that it follows."""

    before: Program
    after: Program

    @property
    def begins(self) -> datetime:
        """When it begins."""
        assert self.after.holds_from is not None, "it is numbered"
        return self.after.holds_from


def plan(conn: Connection, company_id: UUID, program: Program, now: datetime) -> None:
    """Plans the grants of a version that was just published, if it asks for more."""
    change = _change(programs.versions(conn, company_id), program)
    if change is None or _least(change) == (None, None):
        return
    values = {"company_id": company_id, "number": program.version, "cards": 0, "stamps": 0, "points": 0}
    conn.execute(insert(program_grants), values | {"created_at": now, "updated_at": now})
    job_queue.wake(conn, DueJob(company_id, JOB), change.begins)


def next_begin(conn: Connection, company_id: UUID) -> datetime | None:
    """When the next version with grants begins or has begun; None if none is left."""
    return min((change.begins for change in _open(conn, company_id)), default=None)


def begun(conn: Connection, company_id: UUID, now: datetime) -> list[Change]:
    """The versions that have begun and whose grants are not all given, the oldest first."""
    return [change for change in _open(conn, company_id) if change.begins <= now]


def candidates(conn: Connection, company_id: UUID, change: Change, after: UUID | None, limit: int) -> list[UUID]:
    """The next cards, by their ids, that may need a grant: what they have is enough now, or has changed since."""
    stamps, points = _least(change)
    may: list[ColumnElement[bool]] = [cards.c.updated_at >= change.begins]
    if stamps is not None:
        may.append(cards.c.stamp_count >= stamps)
    if points is not None:
        may.append(cards.c.points_balance >= points)
    query = select(cards.c.card_id).where(cards.c.company_id == company_id, cards.c.is_blank.is_(False), or_(*may))
    if after is not None:
        query = query.where(cards.c.card_id > after)
    return list(conn.execute(query.order_by(cards.c.card_id).limit(limit)).scalars())


def give(conn: Connection, company_id: UUID, change: Change, card_ids: Collection[UUID], now: datetime) -> int:
    """Books the grants that these cards need and have not got; returns how many cards got one.

    The caller holds the company's lock.
    """
    number = change.after.version
    since = {row.card_id: row for row in _DECIDED_SINCE.rows(conn, card_ids, company=company_id, number=number)}
    writes = WriteSet(conn, company_id, now)
    loaded = card_rows.load(conn, company_id, card_ids)
    facts: list[Transaction] = []
    for opened in loaded.values():
        moved = since.get(opened.card.id)
        stamps, points = (0, 0) if moved is None else (int(moved.stamps), int(moved.points))
        facts += _grants(opened.card, stamps, points, change, now)
    booked = {row.transaction_id for row in _BOOKED.rows(conn, [fact.id for fact in facts], company=company_id)}
    facts = [fact for fact in facts if fact.id not in booked]
    for fact in facts:
        writes.book(loaded[fact.card_id], fact)
    writes.write()
    _count(conn, company_id, number, facts, now)
    return len({fact.card_id for fact in facts})


def finish(conn: Connection, company_id: UUID, change: Change, now: datetime) -> None:
    """Notes that all grants of a version are given."""
    _update(conn, company_id, change.after.version, {"done_at": now, "updated_at": now})


def _open(conn: Connection, company_id: UUID) -> Iterator[Change]:
    """The plans that are not carried out, of versions that begin at some time, the oldest first."""
    mine = (program_grants.c.company_id == company_id, program_grants.c.done_at.is_(None))
    query = select(program_grants.c.number).where(*mine).order_by(program_grants.c.number)
    numbers = list(conn.execute(query).scalars())
    history = programs.versions(conn, company_id) if numbers else Programs(())
    for number in numbers:
        program = history.numbered(number)  # None: it was withdrawn
        change = None if program is None else _change(history, program)
        if change is not None:
            yield change


def _change(history: Programs, program: Program) -> Change | None:
    """The version with the one that it follows; None if it is the first, or if a newer one took its place before it
    began."""
    assert program.holds_from is not None, "it is numbered"
    if history.at(program.holds_from) != program:
        return None
    former = Programs(tuple(one for one in history.versions if one.version < program.version))
    before = former.at(program.holds_from)
    return None if before is None else Change(before, program)


def _least(change: Change) -> tuple[int | None, int | None]:
    """The fewest stamps, and the fewest points, with which a card can need a grant."""
    return stamps_granted_from(change.before, change.after), points_granted_from(change.before, change.after)


def _grants(card: Card, stamps_since: int, points_since: int, change: Change, now: datetime) -> Iterator[Transaction]:
    had = card._replace(stamp_count=card.stamp_count - stamps_since, points_balance=card.points_balance - points_since)
    stamps = min(stamps_granted(had, change.before, change.after), STAMPS_MAX - card.stamp_count)
    points = min(points_granted(had, change.before, change.after), POINTS_MAX - card.points_balance)
    if stamps > 0:
        yield _adjustment(card, StampsAdjusted(stamps=stamps, reason=REASON), Effect(stamps=stamps), change.after, now)
    if points > 0:
        yield _adjustment(card, PointsAdjusted(points=points, reason=REASON), Effect(points=points), change.after, now)


def _adjustment(card: Card, body: Body, effect: Effect, program: Program, now: datetime) -> Transaction:
    assert card.enrolled_at_store is not None, "blank cards have no balance"
    return Transaction(
        id=uuid5(card.id, f"{KIND_OF[type(body)]} {program.version}"),  # one grant for each card and version
        card_id=card.id,
        body=body,
        effect=effect,
        context=Context(occurred_at=now, program_version=program.version, store_id=card.enrolled_at_store),
    )


def _count(conn: Connection, company_id: UUID, number: int, facts: Sequence[Transaction], now: datetime) -> None:
    table = program_grants
    added = {
        "cards": table.c.cards + len({fact.card_id for fact in facts}),
        "stamps": table.c.stamps + sum(fact.effect.stamps for fact in facts),
        "points": table.c.points + sum(fact.effect.points for fact in facts),
        "updated_at": now,
    }
    _update(conn, company_id, number, added)


def _update(conn: Connection, company_id: UUID, number: int, values: dict[str, object]) -> None:
    mine = (program_grants.c.company_id == company_id, program_grants.c.number == number)
    conn.execute(update(program_grants).where(*mine).values(values))
