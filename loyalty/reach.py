"""Rewards that a transaction brings within reach, or takes: what a redemption rate and the time to a reward are of.

A balance reaches a reward each time it crosses a multiple of what the cheapest one costs. What a void subtracts of the
transaction that it names is found where figures are summed.
"""

from datetime import timedelta
from typing import NamedTuple

from loyalty.card import Card
from loyalty.fold import later
from loyalty.program import Program
from loyalty.transactions import (
    GRANTED,
    Body,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
    WelcomeBonus,
)

_DAY = timedelta(days=1)


class Steps(NamedTuple):
    """What a reward needs at least: the stamps of a full row, the points of the cheapest; None where none is given."""

    stamps: int | None = None
    points: int | None = None


class Reach(NamedTuple):
    """The rewards that a transaction brought within reach (below zero: put out of it), those it took, and, if it
    reached one, the whole days since the card's last redemption, or its enrolment."""

    reached: int = 0
    taken: int = 0
    waited_days: int | None = None


_NOTHING = Reach()


def steps_of(program: Program) -> Steps:
    """The steps of a version."""
    costs = [reward.cost for reward in program.rewards if reward.active] if program.gives_points else []
    return Steps(program.stamps_target if program.gives_stamps else None, min(costs, default=None))


def reach_of(before: Card, fact: Transaction, steps: Steps) -> Reach:
    """What *fact* reaches and takes on the card *before* it; *steps* are those of its program version."""
    kind = type(fact.body)
    if kind in _STAMPS:
        step, balance, change = steps.stamps, before.stamp_count, fact.effect.stamps
    elif kind in _POINTS:
        step, balance, change = steps.points, before.points_balance, fact.effect.points
    else:
        return Reach(taken=_taken(fact, steps)) if kind in _REDEMPTIONS else _NOTHING
    if not step or not change:
        return _NOTHING
    reached = max(0, balance + change) // step - max(0, balance) // step
    if not reached or _is_granted(fact):
        return _NOTHING
    return Reach(reached, waited_days=_waited(before, fact) if reached > 0 and kind in _EARNED else None)


def reach_of_merge(one: Card, other: Card, fact: Transaction, steps: Steps) -> Reach:
    """What two cards reach together that neither had reached alone, when *fact* makes them one."""
    stamps = one.stamp_count + other.stamp_count + fact.effect.stamps
    points = one.points_balance + other.points_balance + fact.effect.points
    return Reach(
        _crossed(stamps, (one.stamp_count, other.stamp_count), steps.stamps)
        + _crossed(points, (one.points_balance, other.points_balance), steps.points)
    )


def _crossed(together: int, alone: tuple[int, int], step: int | None) -> int:
    if not step:
        return 0
    return max(0, together) // step - sum(max(0, balance) // step for balance in alone)


def _taken(fact: Transaction, steps: Steps) -> int:
    if isinstance(fact.body, StampRedeemed) or not steps.points:
        return 1
    return max(1, (fact.effect.shortfall - fact.effect.points) // steps.points)


def _is_granted(fact: Transaction) -> bool:
    """True for what a new version grants, which keeps what was reached within reach."""
    body = fact.body
    if not isinstance(body, StampsAdjusted | PointsAdjusted):
        return False
    return body.reason == GRANTED and fact.context.staff_id is None


def _waited(before: Card, fact: Transaction) -> int:
    at = fact.context.occurred_at
    since = before.last_redemption_at
    if before.created_at is not None:
        since = later(since, before.created_at)
    return 0 if since is None else max(0, (at - since) // _DAY)


_STAMPS: frozenset[type[Body]] = frozenset({StampEarned, StampVoided, StampsAdjusted})
_POINTS: frozenset[type[Body]] = frozenset({PointsEarned, WelcomeBonus, PointsVoided, PointsAdjusted})
_REDEMPTIONS: frozenset[type[Body]] = frozenset({StampRedeemed, PointsRedeemed})
_EARNED: frozenset[type[Body]] = frozenset({StampEarned, PointsEarned, WelcomeBonus})
