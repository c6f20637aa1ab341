"""What the second implementation is told, as values of the rules."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from loyalty.authority import MANAGERS_ONLY
from loyalty.program import Program, ProgramKind, Reward
from loyalty.transactions import (
    Body,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    CustomerEdited,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    WelcomeBonus,
)
from tests.rules.oracle_values import RATE_ONE, Rules, Said

_PLAIN: dict[str, Body] = {
    "card_created": CardCreated(),
    "card_deactivated": CardDeactivated(),
    "card_reactivated": CardReactivated(),
    "customer_edited": CustomerEdited(),
    "stamp_redeemed": StampRedeemed(),
    "welcome_bonus": WelcomeBonus(),
    "cards_merged": CardsMerged(merged=UUID(int=1)),
}
CLAIMS, CASES = 3 << 64, 7 << 64


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def claim_id(number: int) -> UUID:
    return UUID(int=CLAIMS + number)


def answering(said: Said) -> int | None:
    """Whose claim it is: the manager's for what only managers do."""
    hands = said.hands
    return hands.override if isinstance(body_of(said), MANAGERS_ONLY) and hands.override is not None else hands.staff


def program_of(rules: Rules) -> Program:
    kind = {(True, True): ProgramKind.HYBRID, (True, False): ProgramKind.STAMPS, (False, True): ProgramKind.POINTS}
    return Program(
        kind=kind[rules.stamps, rules.points],
        version=rules.version,
        holds_from=moment(rules.since),
        stamps_target=rules.target,
        cooldown_minutes=rules.cooldown_s // 60,
        max_stamps_per_day=rules.per_day,
        max_stamps_per_visit=rules.per_visit,
        points_per_unit=Decimal(rules.rate) / RATE_ONE,
        minimum_purchase_minor=rules.minimum_purchase,
        welcome_bonus=rules.welcome,
        points_expire_after_days=rules.expire_days,
        rewards=tuple(
            Reward(id=name, name=name, cost=cost, active=active) for name, (cost, active) in rules.rewards.items()
        ),
    )


def body_of(said: Said) -> Body:
    named = claim_id(said.names or 0)
    match said.kind:
        case "stamp_earned":
            return StampEarned(count=said.count)
        case "points_earned":
            return PointsEarned(amount_minor=said.amount or 0, receipt=said.receipt)
        case "points_redeemed":
            return PointsRedeemed(reward=said.reward)
        case "points_adjusted":
            return PointsAdjusted(points=said.count, reason=said.reason)
        case "stamps_adjusted":
            return StampsAdjusted(stamps=said.count, reason=said.reason)
        case "stamp_voided":
            return StampVoided(corrects=named)
        case "points_voided":
            return PointsVoided(corrects=named, amount_minor=said.amount)
        case "redemption_voided":
            return RedemptionVoided(corrects=named)
        case "case_decided":
            return CaseDecided(case=UUID(int=CASES + (said.names or 0)), choice=said.choice, amount=said.count or None)
        case "card_replaced":
            return CardReplaced(blank=UUID(int=said.blank))
    return _PLAIN[said.kind]
