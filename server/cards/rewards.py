"""Which rewards a balance reaches, and what is missing for the others."""

from dataclasses import dataclass
from enum import StrEnum

from loyalty.program import Program

STAMPS = "stamps"  # the id of the reward for a full row


class CardState(StrEnum):
    """A card as a list shows it."""

    ACTIVE = "active"
    REWARD_READY = "reward_ready"
    INACTIVE = "inactive"  # switched off


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward of the program as one balance reaches it."""

    id: str
    name: str
    cost: int  # in stamps or points
    missing: int  # 0: it can be taken


def for_stamps(program: Program, stamps: int) -> Offer | None:
    """The reward for a full row of stamps; None if the program has no stamps."""
    if not program.gives_stamps:
        return None
    target = program.stamps_target
    return Offer(STAMPS, program.stamp_reward.name, target, max(0, target - stamps))


def for_points(program: Program, points: int) -> tuple[Offer, ...]:
    """The rewards that cost points and are offered now, the cheapest first."""
    if not program.gives_points:
        return ()
    least = program.minimum_redemption
    offered = sorted((one.cost, one.name, one.id) for one in program.rewards if one.active)
    return tuple(Offer(id_, name, cost, max(0, max(cost, least) - points)) for cost, name, id_ in offered)


def reached_from(program: Program | None) -> tuple[int | None, int | None]:
    """From how many stamps and from how many points on any reward can be taken; None: by no number of them."""
    if program is None:
        return None, None
    least = min((one.missing for one in for_points(program, 0)), default=None)
    return program.stamps_target if program.gives_stamps else None, least


def state_of(program: Program | None, *, is_active: bool, stamps: int, points: int) -> CardState:
    """The state of a card with these balances."""
    if not is_active:
        return CardState.INACTIVE
    row, least = reached_from(program)
    is_ready = (row is not None and stamps >= row) or (least is not None and points >= least)
    return CardState.REWARD_READY if is_ready else CardState.ACTIVE
