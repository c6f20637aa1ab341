"""Points: what a purchase earns and a reward costs. Functions return an effect or a refusal."""

from collections.abc import Iterator

from loyalty.card import Card
from loyalty.money import AMOUNT_MINOR_MAX, COUNTED_MAX, POINTS_MAX, Money, points_for
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal, correction_refusal
from loyalty.transactions import Effect


def earn_points(card: Card, program: Program, amount: Money, *, receipt_used: bool = False) -> Effect | Refusal:
    """The points a purchase earns, or why it earns none."""
    if not card.is_active:
        return Refusal(Reason.CARD_INACTIVE)
    if amount.minor <= 0:
        return Refusal(Reason.AMOUNT_NOT_POSITIVE)
    if amount.minor > AMOUNT_MINOR_MAX:
        return Refusal(Reason.AMOUNT_TOO_LARGE)
    if not program.gives_points:
        return Refusal(Reason.NO_POINTS)
    if receipt_used:
        return Refusal(Reason.RECEIPT_USED)
    if amount.minor < program.minimum_purchase_minor:
        return Refusal(Reason.BELOW_MINIMUM_PURCHASE, minimum_minor=program.minimum_purchase_minor)
    points = points_for(amount, program.points_per_unit)
    if card.points_balance + points > POINTS_MAX or card.total_points_earned + points > COUNTED_MAX:
        return Refusal(Reason.BALANCE_FULL)
    return Effect(points=points)


def redeem_points(card: Card, program: Program, reward_id: str) -> Effect | Refusal:
    """The points a reward costs, or why it cannot be taken."""
    if not card.is_active:
        return Refusal(Reason.CARD_INACTIVE)
    if not program.gives_points:
        return Refusal(Reason.NO_POINTS)
    reward = program.reward(reward_id)
    if reward is None:
        return Refusal(Reason.REWARD_UNKNOWN)
    if not reward.active:
        return Refusal(Reason.REWARD_INACTIVE)
    if card.points_balance < reward.cost:
        return Refusal(Reason.POINTS_MISSING, missing=reward.cost - card.points_balance)
    if card.points_balance < program.minimum_redemption:
        return Refusal(Reason.BELOW_MINIMUM_REDEMPTION, minimum=program.minimum_redemption)
    return Effect(points=-reward.cost)


def adjust_points(card: Card, points: int, reason: str) -> Effect | Refusal:
    """A manager's correction of points."""
    return correction_refusal(card.points_balance, points, reason, most=POINTS_MAX) or Effect(points=points)


def points_granted_from(old: Program, new: Program) -> int | None:
    """The fewest points with which a card can need a grant; None if the new version asks for no more."""
    dearer = [before for before, after in _costs(old, new) if after > before]
    return min(dearer, default=None)


def points_granted(card: Card, old: Program, new: Program) -> int:
    """The points a card needs so that a new program version takes no reward it has already reached."""
    if card.is_blank:
        return 0
    balance = card.points_balance
    return max((after - balance for before, after in _costs(old, new) if before <= balance < after), default=0)


def _costs(old: Program, new: Program) -> Iterator[tuple[int, int]]:
    """The points that a card needs for each reward which both versions offer."""
    if old.gives_points and new.gives_points:
        for reward in old.rewards:
            after = new.reward(reward.id)
            if reward.active and after is not None and after.active:
                yield max(reward.cost, old.minimum_redemption), max(after.cost, new.minimum_redemption)
