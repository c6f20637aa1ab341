"""Cases: findings that a manager has to decide, stored as rows beside the verdict."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from loyalty.judge import CaseKind, Judgement
from loyalty.money import Money, points_for
from loyalty.program import Programs
from loyalty.settings import Settings
from loyalty.transactions import Body, CardCreated, PointsEarned, StampEarned
from server.db.batches import Batch
from server.db.tables import cases

HELD_MAX = timedelta(days=30)  # waiting longer is unlikely to help


def values(
    company_id: UUID,
    kind: CaseKind,
    *,
    entry_id: UUID,
    terminal_id: UUID | None,
    occurred_at: datetime,
    now: datetime,
    card_id: UUID | None = None,
    amount: int = 0,
) -> dict[str, object]:
    """The row of a case. Its id derives from entry and kind, so repeating the check creates no second case."""
    return {
        "company_id": company_id,
        "case_id": uuid5(entry_id, f"case {kind}"),
        "kind": str(kind),
        "card_id": card_id,
        "entry_id": entry_id,
        "terminal_id": terminal_id,
        "amount": amount,
        "occurred_at": occurred_at,
        "created_at": now,
        "updated_at": now,
    }


def grouped(
    company_id: UUID,
    kind: CaseKind,
    *,
    case_id: UUID,
    entry_id: UUID,
    terminal_id: UUID,
    occurred_at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """The row of a case of several entries, as the first of them opens it; its amount is how many they are."""
    row = values(
        company_id, kind, entry_id=entry_id, terminal_id=terminal_id, occurred_at=occurred_at, now=now, amount=1
    )
    return row | {"case_id": case_id}


def not_taken_in(
    company_id: UUID, terminal_id: UUID, essentials: int, *, since: datetime, now: datetime
) -> dict[str, Any]:
    """The case of a terminal that goes no further than *essentials*: one for as long as it stands there."""
    kind = CaseKind.NOT_TAKEN_IN
    return {
        "company_id": company_id,
        "case_id": uuid5(terminal_id, f"case {kind} {essentials}"),
        "kind": str(kind),
        "card_id": None,
        "entry_id": None,
        "terminal_id": terminal_id,
        "amount": 0,
        "occurred_at": since,
        "created_at": now,
        "updated_at": now,
    }


def not_allowed_id(terminal_id: UUID, day: date) -> UUID:
    """The case of everything on one of the company's days that a terminal wrote although it could know better."""
    return uuid5(terminal_id, day.isoformat())


def pin_changes_id(first_change_id: UUID) -> UUID:
    """The case of a series of new PINs at one till, by the first of them."""
    return uuid5(first_change_id, f"case {CaseKind.PIN_CHANGES}")


def unusual_id(subject_id: UUID, day: date) -> UUID:
    """The case of one of the company's days that gave a card or a person unusually much."""
    return uuid5(subject_id, f"unusual {day.isoformat()}")


def salvaged_id(journal_id: UUID) -> UUID:
    """The case of a journal that was turned away."""
    return uuid5(journal_id, f"case {CaseKind.SALVAGED}")


def at_stake(body: Body, judgement: Judgement, programs: Programs, settings: Settings) -> int:
    """The number of stamps or points that the case is about."""
    (main,) = (fact for fact in judgement.transactions if fact.follows is None)
    effect, program = main.effect, programs.numbered(main.context.program_version)
    if effect.shortfall:
        return effect.shortfall
    if isinstance(body, StampEarned):
        return body.count
    if effect.stamps or effect.points:
        return abs(effect.stamps) or abs(effect.points)
    if program is None or not program.gives_points:
        return 0
    if isinstance(body, CardCreated):
        return program.welcome_bonus
    if isinstance(body, PointsEarned):
        return points_for(Money(body.amount_minor, settings.currency), program.points_per_unit)
    return 0


def open_each(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Opens cases that are not open yet."""
    _ONCE[conn.dialect.name].run(conn, rows)


def add_up(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Opens cases of several entries, or adds to their amounts."""
    _ADDED_UP[conn.dialect.name].run(conn, rows)


def _once(statement: sqlite.Insert | postgresql.Insert) -> Batch:
    return Batch(statement.on_conflict_do_nothing(index_elements=list(cases.primary_key)))


def _added_up(statement: sqlite.Insert | postgresql.Insert) -> Batch:
    new = statement.excluded
    changed = {"amount": cases.c.amount + new.amount, "updated_at": new.updated_at}
    return Batch(statement.on_conflict_do_update(index_elements=list(cases.primary_key), set_=changed))


_ONCE = {"sqlite": _once(sqlite.insert(cases)), "postgresql": _once(postgresql.insert(cases))}
_ADDED_UP = {"sqlite": _added_up(sqlite.insert(cases)), "postgresql": _added_up(postgresql.insert(cases))}
