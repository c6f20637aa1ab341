"""Cases: findings that a manager has to decide, stored as rows beside the verdict.

A case's id derives from what opens it, so repeating the check opens no second one. Its number is for people and counts
up in each company: rows are opened and changed under the company's lock only.

Tills are sent the cases of their store, so each change takes a version: from the company's clock, or, while a unit of
work hands out versions itself, from there.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from loyalty.cases import CaseKind, Unit
from loyalty.money import Money, points_for
from loyalty.program import Program
from loyalty.transactions import (
    Body,
    CardCreated,
    Effect,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
)
from loyalty.unit_value import of_point, of_stamp, worth_minor
from server.db.lookups import Lookup
from server.db.units import next_version
from server.db.work_tables import cases

Versions = Callable[[int], int]  # hands out so many versions, and returns the first

HELD_MAX = timedelta(days=30)  # waiting longer is unlikely to help


class State(StrEnum):
    """How a case stands."""

    OPEN = "open"
    WAITING = "waiting"  # a manager lets its entry wait longer
    DECIDED = "decided"
    SETTLED = "settled"  # its cause went away by itself


class Settling(StrEnum):
    """Why a case is settled."""

    ENTRY_RESOLVED = "entry_resolved"  # what the entry waited for has come
    BOOKED_OTHERWISE = "booked_otherwise"  # a salvaged entry has arrived by another way
    TAKEN_IN = "taken_in"  # the till has acknowledged what it was sent
    CARDS_MERGED = "cards_merged"  # both cards of a customer have become one


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case was decided."""

    case_id: UUID
    choice: str
    by: UUID | None  # of the staff
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a case is about: so many stamps or points, and their value in money, if it is known."""

    unit: Unit | None = None
    amount: int = 0
    stake_minor: int | None = None

    @staticmethod
    def about(unit: Unit, amount: int, program: Program | None) -> "Question":
        """So many stamps or points at the value that this version gives them."""
        return Question(unit, amount, worth(unit, amount, program)) if amount else Question(unit)


NOTHING = Question()


def worth(unit: Unit, amount: int, program: Program | None) -> int | None:
    """The value in money of so many stamps or points, by this version; None where it is not known."""
    if program is None:
        return None
    return worth_minor(amount, of_stamp(program) if unit is Unit.STAMPS else of_point(program))


def question(body: Body, effect: Effect, judged: Program | None, named: Program | None, currency: str) -> Question:
    """What is in question where an entry had this *effect*: what is missing of it, or what it claimed.

    *judged* is the version it was judged by, *named* the one it names, which counts where the other does not.
    """
    if effect.shortfall:
        unit = Unit.STAMPS if isinstance(body, StampRedeemed | StampsAdjusted | StampVoided) else Unit.POINTS
        return Question.about(unit, effect.shortfall, judged)
    match body:
        case StampEarned() | StampRedeemed():
            program = judged if judged is not None and judged.gives_stamps else named
            target = program.stamps_target if program is not None else 0
            return Question.about(Unit.STAMPS, body.count if isinstance(body, StampEarned) else target, program)
        case PointsEarned():
            program = judged if judged is not None and judged.gives_points else named
            if program is None or not program.gives_points:
                return Question(Unit.POINTS)
            earned = points_for(Money(body.amount_minor, currency), program.points_per_unit)
            return Question.about(Unit.POINTS, earned, program)
        case PointsRedeemed():
            program = judged if judged is not None and judged.gives_points else named
            reward = None if program is None else program.reward(body.reward)
            return Question.about(Unit.POINTS, 0 if reward is None else reward.cost, program)
        case CardCreated() if judged is not None and judged.gives_points:
            return Question.about(Unit.POINTS, judged.welcome_bonus, judged)
        case PointsAdjusted():
            return Question.about(Unit.POINTS, abs(body.points), judged)
        case StampsAdjusted():
            return Question.about(Unit.STAMPS, abs(body.stamps), judged)
        case StampVoided() if effect.stamps:
            return Question.about(Unit.STAMPS, abs(effect.stamps), judged)
        case PointsVoided() if effect.points:
            return Question.about(Unit.POINTS, abs(effect.points), judged)
    return NOTHING


def values(
    company_id: UUID,
    kind: CaseKind,
    *,
    entry_id: UUID | None,
    occurred_at: datetime,
    now: datetime,
    case_id: UUID | None = None,
    group_id: UUID | None = None,
    terminal_id: UUID | None = None,
    store_id: UUID | None = None,
    staff_id: UUID | None = None,
    card_id: UUID | None = None,
    other_card_id: UUID | None = None,
    other_entry_id: UUID | None = None,
    asked: Question = NOTHING,
) -> dict[str, Any]:
    """The row of a case; one that is about a single entry has its id from it."""
    if case_id is None:
        assert entry_id is not None, "a case has its id from something"
        case_id = case_id_of(entry_id, kind)
    return {
        "company_id": company_id,
        "case_id": case_id,
        "kind": str(kind),
        "state": str(State.OPEN),
        "group_id": group_id,
        "card_id": card_id,
        "other_card_id": other_card_id,
        "entry_id": entry_id,
        "other_entry_id": other_entry_id,
        "terminal_id": terminal_id,
        "store_id": store_id,
        "staff_id": staff_id,
        "unit": None if asked.unit is None else str(asked.unit),
        "amount": asked.amount,
        "stake_minor": asked.stake_minor,
        "waits": 0,
        "occurred_at": occurred_at,
        "created_at": now,
        "updated_at": now,
    }


def case_id_of(entry_id: UUID, kind: CaseKind) -> UUID:
    """The case of this kind about an entry."""
    return uuid5(entry_id, f"case {kind}")


def not_taken_in_id(terminal_id: UUID, essentials: int) -> UUID:
    """The case of a terminal that goes no further than *essentials*: one for as long as it stands there."""
    return uuid5(terminal_id, f"case {CaseKind.NOT_TAKEN_IN} {essentials}")


def not_allowed_group(terminal_id: UUID, day: date) -> UUID:
    """The cases of everything on one of the company's days that a terminal wrote although it could know better."""
    return uuid5(terminal_id, day.isoformat())


def pin_changes_id(first_change_id: UUID) -> UUID:
    """The case of a series of new PINs at one till, by the first of them."""
    return case_id_of(first_change_id, CaseKind.PIN_CHANGES)


def import_clash_id(import_id: UUID, row: int) -> UUID:
    """The case of an import's row that met a card."""
    return uuid5(import_id, f"case {CaseKind.IMPORT_CLASH} {row}")


def unusual_id(subject_id: UUID, day: date) -> UUID:
    """The case of one of the company's days that gave a card or a person unusually much."""
    return uuid5(subject_id, f"unusual {day.isoformat()}")


def open_each(conn: Connection, rows: Iterable[Mapping[str, Any]], *, versions: Versions | None = None) -> list[UUID]:
    """Opens those of a company's cases that were not opened before; returns which."""
    wanted = {row["case_id"]: row for row in rows}
    known = set(_open_new(conn, wanted, versions))
    return [case_id for case_id in wanted if case_id not in known]


def add_up(conn: Connection, rows: Iterable[Mapping[str, Any]], *, versions: Versions | None = None) -> list[UUID]:
    """Opens cases of several entries, or adds to their amounts; a decision does not cover what came after it."""
    wanted = {row["case_id"]: row for row in rows}
    for case_id in _open_new(conn, wanted, versions):
        row = wanted[case_id]
        added = {"amount": cases.c.amount + row["amount"], "updated_at": row["updated_at"]}
        undecided = dict.fromkeys(("decided_at", "decided_by", "choice", "note"))
        _change(conn, row["company_id"], case_id, added | undecided | {"state": str(State.OPEN)}, versions)
    return list(wanted)


def reason_of(number: int) -> str:
    """The reason of what a decision books."""
    return f"case {number}"


def decide(
    conn: Connection, company_id: UUID, outcome: Outcome, now: datetime, *, versions: Versions | None = None
) -> None:
    """Notes how an undecided case was decided."""
    values = {
        "state": str(State.DECIDED),
        "choice": outcome.choice,
        "decided_by": outcome.by,
        "decided_at": outcome.at,
        "note": outcome.note or None,
        "sealed": None,
        "updated_at": now,
    }
    _change(conn, company_id, outcome.case_id, values, versions, _UNDECIDED)


def let_wait(conn: Connection, company_id: UUID, case_id: UUID, now: datetime) -> None:
    """Puts a case aside until its entry has waited for long again."""
    values = {"state": str(State.WAITING), "waits": cases.c.waits + 1, "updated_at": now}
    _change(conn, company_id, case_id, values)


def note_card(conn: Connection, company_id: UUID, case_id: UUID, card_id: UUID) -> None:
    """Notes the second card that a decision has named, in the decision's unit of work."""
    of_it = (cases.c.company_id == company_id, cases.c.case_id == case_id)
    conn.execute(update(cases).where(*of_it).values(other_card_id=card_id))


def ask_again(conn: Connection, company_id: UUID, case_ids: Collection[UUID], now: datetime) -> None:
    """Opens those of these cases whose entries have waited for as long as a manager let them."""
    waiting = (cases.c.company_id == company_id, cases.c.case_id.in_(case_ids), cases.c.state == State.WAITING)
    for case_id in conn.execute(select(cases.c.case_id).where(*waiting)).scalars().all():
        _change(conn, company_id, case_id, {"state": str(State.OPEN), "updated_at": now})


def settle(
    conn: Connection,
    company_id: UUID,
    entry_ids: Collection[UUID],
    why: Settling,
    now: datetime,
    *,
    versions: Versions | None = None,
) -> list[UUID]:
    """Closes the open cases of entries that were held too long, since they have been resolved; returns which."""
    resolved = [
        row.case_id
        for row in _OF_ENTRIES.rows(conn, entry_ids, company=company_id)
        if row.state in (State.OPEN, State.WAITING) and row.kind == CaseKind.HELD_TOO_LONG
    ]
    for case_id in resolved:
        settle_one(conn, company_id, case_id, why, now, versions=versions)
    return resolved


def settle_merged(conn: Connection, company_id: UUID, card_ids: Collection[UUID], now: datetime) -> None:
    """Closes the open cases that ask whether two of these cards, which are one now, are the same customer's."""
    of_both = (
        cases.c.company_id == company_id,
        cases.c.kind == CaseKind.CONTACT_HAS_CARD,
        cases.c.card_id.in_(card_ids),
        cases.c.other_card_id.in_(card_ids),
    )
    for case_id in conn.execute(select(cases.c.case_id).where(*of_both)).scalars().all():
        settle_one(conn, company_id, case_id, Settling.CARDS_MERGED, now)


def settle_one(
    conn: Connection, company_id: UUID, case_id: UUID, why: Settling, now: datetime, *, versions: Versions | None = None
) -> None:
    """Closes a case whose cause went away by itself."""
    values = {"state": str(State.SETTLED), "settled_by": str(why), "sealed": None, "updated_at": now}
    _change(conn, company_id, case_id, values, versions, _UNDECIDED)


def by_ids(conn: Connection, company_id: UUID, case_ids: Collection[UUID]) -> list[Any]:
    """The rows of these cases."""
    return _BY_ID.rows(conn, set(case_ids), company=company_id)


def _change(
    conn: Connection,
    company_id: UUID,
    case_id: UUID,
    values: Mapping[str, Any],
    versions: Versions | None = None,
    *conditions: ColumnElement[bool],
) -> None:
    """Changes a case, if it fulfils the conditions, under a version of its own."""
    of_it = (cases.c.company_id == company_id, cases.c.case_id == case_id, *conditions)
    version = _first_of(1, conn, company_id, versions)
    conn.execute(update(cases).where(*of_it).values(**values, version=version))


def _first_of(count: int, conn: Connection, company_id: UUID, versions: Versions | None) -> int:
    return next_version(conn, company_id, count) if versions is None else versions(count)


def _open_new(conn: Connection, wanted: Mapping[UUID, Mapping[str, Any]], versions: Versions | None) -> list[UUID]:
    """Inserts the rows that are not there yet, numbered; returns the ids of those that are."""
    if not wanted:
        return []
    (company_id,) = {row["company_id"] for row in wanted.values()}
    known = {row.case_id for row in _KNOWN.rows(conn, wanted, company=company_id)}
    new = [row for case_id, row in wanted.items() if case_id not in known]
    if new:
        of_company = cases.c.company_id == company_id
        last = conn.execute(select(func.max(cases.c.number)).where(of_company)).scalar_one() or 0
        first = _first_of(len(new), conn, company_id, versions)
        numbered = [{**row, "number": last + 1 + at, "version": first + at} for at, row in enumerate(new)]
        conn.execute(insert(cases), numbered)
    return [case_id for case_id in wanted if case_id in known]


_UNDECIDED = cases.c.state.in_([State.OPEN, State.WAITING])
_OF_COMPANY = cases.c.company_id == bindparam("company")
_BY_ID = Lookup(select(cases).where(_OF_COMPANY), cases.c.case_id)
_KNOWN = Lookup(select(cases.c.case_id).where(_OF_COMPANY), cases.c.case_id)
_OF_ENTRIES = Lookup(
    select(cases.c.case_id, cases.c.entry_id, cases.c.kind, cases.c.state).where(_OF_COMPANY), cases.c.entry_id
)
