"""A company's sums and gauges counted from its ledger alone, one transaction after the other, as a person would."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.program import Program, ProgramKind

Key = tuple[str, str, str, str, str]  # day, store, dimension, key, kind
# Cards, active ones, stamps and points above zero, and what is owed for these.
Gauge = tuple[int, int, int, int, int | None, int | None]
NAMES = ("n", "stamps", "points", "amount_minor", "reached", "taken", "shortfalls", "shortfall_minor")
_NEVER = datetime.min.replace(tzinfo=UTC)
_ACTIVITIES = (
    *("card_created", "welcome_bonus", "stamp_earned", "stamp_redeemed", "stamp_voided"),
    *("points_earned", "points_redeemed", "points_voided", "redemption_voided"),
)


@dataclass
class CountedCard:
    """What the ledger says of a card so far."""

    store: UUID | None = None
    enrolled: datetime | None = None
    redeemed: list[datetime] = field(default_factory=list)
    used: datetime = _NEVER
    stamps: int = 0
    points: int = 0
    is_on: bool = True


def of_ledger(rows: Iterable[Any]) -> dict[UUID, CountedCard]:
    """Every card after all transactions, which are given in recording order."""
    cards: defaultdict[UUID, CountedCard] = defaultdict(CountedCard)
    for row in rows:
        _move(cards[row.card_id], row)
    return cards


def _move(card: CountedCard, row: Any) -> None:
    card.stamps += row.stamps
    card.points += row.points
    if row.kind == "card_created" and card.enrolled is None:
        card.enrolled, card.store = row.occurred_at, row.store_id
    if row.kind in _ACTIVITIES:
        card.used = max(card.used, row.occurred_at)
    if row.kind in ("stamp_redeemed", "points_redeemed"):
        card.redeemed.append(row.occurred_at)
    if row.kind in ("card_deactivated", "card_reactivated"):
        card.is_on = row.kind == "card_reactivated"


def gauges(rows: Sequence[Any], moments: Iterable[tuple[datetime, Program]]) -> Iterator[Gauge]:
    """The gauge of each moment, in their order, by what had been recorded then; *rows* are in recording order."""
    cards: defaultdict[UUID, CountedCard] = defaultdict(CountedCard)
    place = 0
    for now, program in moments:
        while place < len(rows) and rows[place].recorded_at <= now:
            _move(cards[rows[place].card_id], rows[place])
            place += 1
        yield _gauge([card for card in cards.values() if card.enrolled is not None], program, now)


def _gauge(handed_out: Sequence[CountedCard], program: Program, now: datetime) -> Gauge:
    active = sum(card.is_on and card.used >= now - timedelta(days=365) for card in handed_out)
    stamps = sum(card.stamps for card in handed_out if card.stamps > 0)
    points = sum(card.points for card in handed_out if card.points > 0)
    of_stamps = _owed(stamps, _stamp(program), program.kind != ProgramKind.POINTS)
    is_offered = program.kind != ProgramKind.STAMPS and any(one.active for one in program.rewards)
    return len(handed_out), active, stamps, points, of_stamps, _owed(points, _point(program), is_offered)


def _owed(held: int, worth: Fraction | None, can_take: bool) -> int | None:
    if not held or not can_take:
        return 0
    return None if worth is None else _rounded(held * worth)


def sums(rows: Sequence[Any], programs: Mapping[int, Program], zone: ZoneInfo) -> dict[Key, dict[str, int]]:
    """All cells of `tallies`; *rows* is the ledger in recording order."""
    whole = of_ledger(rows)
    cards: defaultdict[UUID, CountedCard] = defaultdict(CountedCard)
    left: dict[UUID, int] = {}  # of purchases, in minor units
    took: dict[UUID, tuple[int, int, int]] = {}  # by redemption: rewards, short or not, its worth
    waits: dict[UUID, int] = {}
    found: defaultdict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(NAMES, 0))
    for row in rows:
        program, card = programs[row.program_number], cards[row.card_id]
        added = dict.fromkeys(NAMES, 0) | {"n": 1, "stamps": row.stamps, "points": row.points}
        added["amount_minor"] = row.amount_minor or 0
        waited = None
        if row.kind == "points_earned":
            left[row.transaction_id] = row.amount_minor
        if row.kind == "points_voided":
            back = left[row.corrects] if row.amount_minor is None else row.amount_minor
            left[row.corrects] -= back
            added["amount_minor"] = -back
        if row.kind in ("stamp_redeemed", "points_redeemed"):
            took[row.transaction_id] = _taken(row, program)
            added["taken"], added["shortfalls"], added["shortfall_minor"] = took[row.transaction_id]
        if row.kind == "redemption_voided":
            added["taken"], added["shortfalls"], added["shortfall_minor"] = (-one for one in took[row.corrects])
        added["reached"] = _reached(row, card, program)
        if added["reached"] > 0 and row.kind in ("stamp_earned", "points_earned", "welcome_bonus"):
            assert card.enrolled is not None
            waited = waits[row.transaction_id] = max(0, (row.occurred_at - max([card.enrolled, *card.redeemed])).days)
        if added["reached"] < 0:
            waited = waits.get(row.corrects)
        _move(card, row)
        there, enrolled = row.occurred_at.astimezone(zone), whole[row.card_id].store
        keys = [("all", ""), ("hour", f"{there:%H}"), ("staff", row.staff_id.hex if row.staff_id else "")]
        keys.append(("enrolled", enrolled.hex if enrolled else ""))
        keys += [] if waited is None else [("waited", str(waited))]
        for dimension, key in keys:
            cell = found[f"{there:%Y-%m-%d}", row.store_id.hex, dimension, key, row.kind]
            for name in NAMES:
                cell[name] += added[name]
    return dict(found)


def stored(rows: Iterable[Any]) -> dict[Key, dict[str, int]]:
    """The rows of `tallies` in the same form."""
    return {
        (row.day, row.store_id.hex, row.dimension, row.key, row.kind): {name: getattr(row, name) for name in NAMES}
        for row in rows
    }


def _reached(row: Any, card: CountedCard, program: Program) -> int:
    if row.reason == "program" and row.staff_id is None:
        return 0
    if row.kind in ("stamp_earned", "stamp_voided", "stamps_adjusted"):
        step, before, change = program.stamps_target, card.stamps, row.stamps
        gives = program.kind != ProgramKind.POINTS
    elif row.kind in ("points_earned", "points_voided", "points_adjusted", "welcome_bonus"):
        costs = sorted(reward.cost for reward in program.rewards if reward.active)
        gives = program.kind != ProgramKind.STAMPS and bool(costs)
        step, before, change = costs[0] if costs else 1, card.points, row.points
    else:
        return 0
    if not gives:
        return 0
    low, high = sorted((before, before + change))
    crossed = len(range(step * (low // step + 1), high + 1, step))
    return crossed if change > 0 else -crossed


def _taken(row: Any, program: Program) -> tuple[int, int, int]:
    costs = sorted(reward.cost for reward in program.rewards if reward.active)
    cost = -row.points + row.shortfall
    is_dearer = row.kind == "points_redeemed" and program.kind != ProgramKind.STAMPS and costs and cost > costs[0]
    worth = _stamp(program) if row.kind == "stamp_redeemed" else _point(program)
    bore = 0 if worth is None else _rounded(row.shortfall * worth)
    return (cost // costs[0] if is_dearer else 1), int(row.shortfall > 0), bore


def _stamp(program: Program) -> Fraction | None:
    if program.kind == ProgramKind.POINTS or program.stamp_reward.value_minor == 0:
        return None
    return Fraction(program.stamp_reward.value_minor, program.stamps_target)


def _point(program: Program) -> Fraction | None:
    if program.kind == ProgramKind.STAMPS:
        return None
    values = [Fraction(one.value_minor, one.cost) for one in program.rewards if one.active and one.value_minor]
    return sorted(values)[-1] if values else None


def _rounded(exact: Fraction) -> int:
    whole = exact.numerator // exact.denominator
    return whole + (exact - whole >= Fraction(1, 2))
