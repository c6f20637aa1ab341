"""Grants that come with a program change, so that customers keep rewards which they had reached when it began.

A version that asks for more has a plan, which the job `program_start` carries out from its beginning on. What a card
had reached is its balance without what was decided under that version or a later one, whenever the job comes to it.
What a till decided under an older version and hands over afterwards counts too: the card gets what is still missing.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, or_, select, update

from loyalty.card import Card
from loyalty.money import POINTS_MAX, STAMPS_MAX
from loyalty.points import points_granted, points_granted_from
from loyalty.program import Program, Programs
from loyalty.stamps import stamps_granted, stamps_granted_from
from loyalty.transactions import GRANTED, KIND_OF, Body, Context, Effect, PointsAdjusted, StampsAdjusted, Transaction
from server.companies import programs
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.lookups import Lookup
from server.db.tables import cards, transactions
from server.db.work_tables import program_grants
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows

JOB = "program_start"

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
_GIVEN = Lookup(
    select(
        transactions.c.card_id,
        func.sum(transactions.c.stamps).label("stamps"),
        func.sum(transactions.c.points).label("points"),
    )
    .where(
        transactions.c.company_id == bindparam("company"),
        transactions.c.program_number == bindparam("number"),
        transactions.c.reason == GRANTED,
        transactions.c.staff_id.is_(None),
    )
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
    return _give(conn, company_id, change, card_ids, now)[1]


def give_late(conn: Connection, company_id: UUID, late: Mapping[UUID, int], now: datetime) -> list[WriteSet]:
    """Books the grants of cards on which something was booked under an older version than the one in force: *late* has
    the oldest such version by card. Whether the job has been there before or comes later makes no difference.

    The caller holds the company's lock, and has written what it judged.
    """
    written = []
    for change in _planned(conn, company_id) if late else ():
        card_ids = [card_id for card_id, number in late.items() if number < change.after.version]
        if change.begins <= now and card_ids:
            writes, given = _give(conn, company_id, change, card_ids, now)
            written += [writes] if given else []
    return written


def _give(
    conn: Connection, company_id: UUID, change: Change, card_ids: Collection[UUID], now: datetime
) -> tuple[WriteSet, int]:
    number = change.after.version
    loaded = card_rows.load(conn, company_id, card_ids)
    chosen = [one for one in loaded.values() if one.card.merged_into is None]
    card_ids = [card_id for one in chosen for card_id in (one.card.id, *one.card.merged)]
    since = {row.card_id: row for row in _DECIDED_SINCE.rows(conn, card_ids, company=company_id, number=number)}
    given = {row.card_id: row for row in _GIVEN.rows(conn, card_ids, company=company_id, number=number)}
    writes = WriteSet(conn, company_id, now)
    facts: list[Transaction] = []
    for opened in chosen:
        facts += _grants(opened.card, _sums(since, opened.card), _sums(given, opened.card), change, now)
    booked = {row.transaction_id for row in _BOOKED.rows(conn, [fact.id for fact in facts], company=company_id)}
    facts = [fact for fact in facts if fact.id not in booked]
    for fact in facts:
        writes.book(loaded[fact.card_id], fact)
    writes.write()
    got, plan = {fact.card_id for fact in facts}, program_grants.c
    if facts:
        added = {
            "cards": plan.cards + len(got - given.keys()),
            "stamps": plan.stamps + sum(fact.effect.stamps for fact in facts),
            "points": plan.points + sum(fact.effect.points for fact in facts),
        }
        _update(conn, company_id, number, {**added, "updated_at": now})
    return writes, len(got)


def finish(conn: Connection, company_id: UUID, change: Change, now: datetime) -> None:
    """Notes that all grants of a version are given."""
    _update(conn, company_id, change.after.version, {"done_at": now, "updated_at": now})


def _open(conn: Connection, company_id: UUID) -> Iterator[Change]:
    """The plans that are not carried out, of versions that begin at some time, the oldest first."""
    return _planned(conn, company_id, program_grants.c.done_at.is_(None))


def _planned(conn: Connection, company_id: UUID, *which: ColumnElement[bool]) -> Iterator[Change]:
    query = select(program_grants.c.number).where(program_grants.c.company_id == company_id, *which)
    numbers = list(conn.execute(query.order_by(program_grants.c.number)).scalars())
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


def _sums(rows: Mapping[UUID, Any], card: Card) -> tuple[int, int]:
    """The stamps and points of a card's row and of those of the cards that were merged into it."""
    found = [rows[one] for one in (card.id, *card.merged) if one in rows]
    return sum(int(row.stamps) for row in found), sum(int(row.points) for row in found)


def _grants(
    card: Card, since: tuple[int, int], given: tuple[int, int], change: Change, now: datetime
) -> Iterator[Transaction]:
    """What a card still needs: *since* was decided under the version or a later one, *given* are its grants of it."""
    had = card._replace(stamp_count=card.stamp_count - since[0], points_balance=card.points_balance - since[1])
    stamps = min(stamps_granted(had, change.before, change.after) - given[0], STAMPS_MAX - card.stamp_count)
    points = min(points_granted(had, change.before, change.after) - given[1], POINTS_MAX - card.points_balance)
    for body, effect, before in (
        (StampsAdjusted(stamps=stamps, reason=GRANTED), Effect(stamps=stamps), given[0]),
        (PointsAdjusted(points=points, reason=GRANTED), Effect(points=points), given[1]),
    ):
        if effect.stamps > 0 or effect.points > 0:
            name = f"{KIND_OF[type(body)]} {change.after.version}" + (f" after {before}" if before else "")
            yield _adjustment(card, uuid5(card.id, name), body, effect, change.after, now)


def _adjustment(card: Card, fact_id: UUID, body: Body, effect: Effect, program: Program, now: datetime) -> Transaction:  # noqa: PLR0917
    assert card.enrolled_at_store is not None, "blank cards have no balance"
    context = Context(occurred_at=now, program_version=program.version, store_id=card.enrolled_at_store)
    return Transaction(id=fact_id, card_id=card.id, body=body, effect=effect, context=context)


def _update(conn: Connection, company_id: UUID, number: int, values: dict[str, object]) -> None:
    mine = (program_grants.c.company_id == company_id, program_grants.c.number == number)
    conn.execute(update(program_grants).where(*mine).values(values))
