"""Cases: findings that a manager has to decide, stored as rows beside the verdict."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from loyalty.judge import CaseKind, Judgement
from loyalty.money import Money, points_for
from loyalty.program import Programs
from loyalty.settings import Settings
from loyalty.transactions import Body, CardCreated, PointsEarned, StampEarned

HELD_MAX = timedelta(days=30)  # waiting longer is unlikely to help


def values(
    company_id: UUID,
    kind: CaseKind,
    *,
    entry_id: UUID,
    terminal_id: UUID,
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
