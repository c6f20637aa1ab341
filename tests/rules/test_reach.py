"""Which rewards a transaction brings within reach or takes, and how long the card had waited."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from loyalty.card import Card
from loyalty.fold import fold
from loyalty.program import Program, ProgramKind, Reward
from loyalty.reach import Reach, Steps, reach_of, steps_of
from loyalty.transactions import (
    GRANTED,
    Body,
    Context,
    Effect,
    ExpiryReversed,
    PointsAdjusted,
    PointsEarned,
    PointsExpired,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampsAdjusted,
    StampVoided,
    Transaction,
    WelcomeBonus,
)

OPENED = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEPS = Steps(stamps=10, points=60)
PERSON, ANY = uuid4(), uuid4()


def a_fact(body: Body, effect: Effect, after: timedelta = timedelta(), *, by_server: bool = False) -> Transaction:
    context = Context(OPENED + after, 1, uuid4(), staff_id=None if by_server else PERSON)
    return Transaction(uuid4(), uuid4(), body, effect, context)


def a_card(stamps: int = 0, points: int = 0, redeemed_on: float | None = None) -> Card:
    redeemed = None if redeemed_on is None else OPENED + timedelta(days=redeemed_on)
    return Card(uuid4(), created_at=OPENED, stamp_count=stamps, points_balance=points, last_redemption_at=redeemed)


EARNED, BOUGHT = StampEarned(), PointsEarned(amount_minor=1)


@pytest.mark.parametrize(
    ("card", "fact", "expected"),
    [
        (a_card(9), a_fact(EARNED, Effect(stamps=1), timedelta(days=12.9)), Reach(1, 0, 12)),
        (a_card(8), a_fact(EARNED, Effect(stamps=1)), Reach()),
        (a_card(10), a_fact(EARNED, Effect(stamps=1)), Reach()),  # the reward was within reach before
        (a_card(5), a_fact(EARNED, Effect(stamps=27), timedelta(days=3)), Reach(3, 0, 3)),
        (a_card(9, redeemed_on=5), a_fact(EARNED, Effect(stamps=1), timedelta(days=7)), Reach(1, 0, 2)),
        (a_card(9, redeemed_on=5), a_fact(EARNED, Effect(stamps=1), timedelta(days=4)), Reach(1, 0, 0)),
        (a_card(12), a_fact(StampVoided(corrects=ANY), Effect(stamps=-3)), Reach(-1)),
        (a_card(12), a_fact(StampRedeemed(), Effect(stamps=-10)), Reach(taken=1)),
        (a_card(), a_fact(StampRedeemed(), Effect(shortfall=10)), Reach(taken=1)),
        (a_card(2), a_fact(RedemptionVoided(corrects=ANY), Effect(stamps=10)), Reach()),
        (a_card(9), a_fact(StampsAdjusted(stamps=1, reason="lost card"), Effect(stamps=1)), Reach(1)),
        (a_card(9), a_fact(StampsAdjusted(stamps=1, reason=GRANTED), Effect(stamps=1), by_server=True), Reach()),
        (a_card(9), a_fact(StampsAdjusted(stamps=1, reason=GRANTED), Effect(stamps=1)), Reach(1)),  # somebody's word
        (a_card(-3), a_fact(EARNED, Effect(stamps=13)), Reach(1, 0, 0)),
        (a_card(points=50), a_fact(BOUGHT, Effect(points=130), timedelta(days=1)), Reach(3, 0, 1)),
        (a_card(points=50), a_fact(WelcomeBonus(), Effect(points=20)), Reach(1, 0, 0)),
        (a_card(points=130), a_fact(PointsVoided(corrects=ANY), Effect(points=-80)), Reach(-2)),
        (a_card(points=130), a_fact(PointsAdjusted(points=-20, reason="typing"), Effect(points=-20)), Reach(-1)),
        (a_card(points=130), a_fact(PointsExpired(), Effect(points=-130)), Reach()),
        (a_card(), a_fact(ExpiryReversed(corrects=ANY), Effect(points=130)), Reach()),
        (a_card(points=200), a_fact(PointsRedeemed(reward="cake"), Effect(points=-150)), Reach(taken=2)),
        (a_card(points=30), a_fact(PointsRedeemed(reward="cake"), Effect(points=-30, shortfall=120)), Reach(taken=2)),
        (a_card(points=30), a_fact(PointsRedeemed(reward="old"), Effect(points=-30)), Reach(taken=1)),
    ],
)  # fmt: skip
def test_a_transaction_reaches_or_takes(card: Card, fact: Transaction, expected: Reach) -> None:
    assert reach_of(card, fact, STEPS) == expected


def test_a_program_without_rewards_reaches_nothing_but_a_reward_was_taken() -> None:
    assert reach_of(a_card(9), a_fact(EARNED, Effect(stamps=1)), Steps()) == Reach()
    assert reach_of(a_card(), a_fact(BOUGHT, Effect(points=500)), Steps()) == Reach()
    assert reach_of(a_card(), a_fact(PointsRedeemed(reward="gone"), Effect()), Steps()) == Reach(taken=1)


def test_steps_are_the_full_row_and_the_cheapest_reward_that_is_offered() -> None:
    cake, tea = Reward(id="cake", name="Cake", cost=120), Reward(id="tea", name="Tea", cost=40, active=False)
    assert steps_of(Program(kind=ProgramKind.HYBRID, stamps_target=8, rewards=(cake, tea))) == Steps(8, 120)
    assert steps_of(Program(kind=ProgramKind.STAMPS, stamps_target=8, rewards=(cake,))) == Steps(8, None)
    assert steps_of(Program(kind=ProgramKind.POINTS, rewards=(tea,))) == Steps(None, None)


@pytest.mark.parametrize("seed", range(3))
def test_what_earnings_and_voids_reach_is_the_height_of_the_balance_in_steps(seed: int) -> None:
    """Without redemptions all that was reached is what the balance covers, however it came there."""
    chance, card, reached = random.Random(seed), a_card(), 0
    for _ in range(200):
        change = chance.randint(-min(9, card.stamp_count), 25)
        body: Body = EARNED if change > 0 else StampVoided(corrects=ANY)
        fact = a_fact(body, Effect(stamps=change))
        reached += reach_of(card, fact, STEPS).reached
        card = fold(card, fact)
        assert reached == len([covered for covered in range(1, card.stamp_count + 1) if covered % 10 == 0])
