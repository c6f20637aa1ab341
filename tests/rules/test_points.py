"""Points of purchases, and costs of rewards."""

import pytest

from loyalty.money import AMOUNT_MINOR_MAX, Money
from loyalty.points import adjust_points, earn_points, points_granted, redeem_points
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import Effect
from tests.support.builders import a_blank, a_card, a_program, a_reward, euros


def test_a_purchase_gives_its_points_rounded_down() -> None:
    assert earn_points(a_card(), a_program(points_per_unit="1.5"), euros("42.50")) == Effect(points=63)


@pytest.mark.parametrize(
    ("minor", "reason"),
    [
        (0, Reason.AMOUNT_NOT_POSITIVE),
        (-1, Reason.AMOUNT_NOT_POSITIVE),
        (AMOUNT_MINOR_MAX + 1, Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_an_amount_must_be_one_that_can_be_paid(minor: int, reason: Reason) -> None:
    assert earn_points(a_card(), a_program(), Money(minor, "EUR")) == Refusal(reason)


def test_points_begin_at_the_minimum_purchase() -> None:
    program = a_program(minimum_purchase_minor=200)
    assert earn_points(a_card(), program, euros("1.99")) == Refusal(Reason.BELOW_MINIMUM_PURCHASE, minimum_minor=200)
    assert earn_points(a_card(), program, euros("2.00")) == Effect(points=2)


def test_a_receipt_earns_once_in_a_store() -> None:
    assert earn_points(a_card(), a_program(), euros("5.00"), receipt_used=True) == Refusal(Reason.RECEIPT_USED)


def test_an_inactive_card_and_a_program_of_stamps_earn_no_points() -> None:
    assert earn_points(a_card(is_active=False), a_program(), euros("5.00")) == Refusal(Reason.CARD_INACTIVE)
    assert earn_points(a_card(), a_program("stamps"), euros("5.00")) == Refusal(Reason.NO_POINTS)


def test_a_reward_takes_its_cost() -> None:
    program = a_program(rewards=[a_reward(60)])
    assert redeem_points(a_card(points=60), program, "croissant") == Effect(points=-60)


def test_a_reward_the_balance_does_not_reach_says_what_is_missing() -> None:
    program = a_program(rewards=[a_reward(60)])
    assert redeem_points(a_card(points=59), program, "croissant") == Refusal(Reason.POINTS_MISSING, missing=1)


def test_rewards_begin_at_the_minimum_balance() -> None:
    program = a_program(minimum_redemption=100, rewards=[a_reward(60)])
    refusal = Refusal(Reason.BELOW_MINIMUM_REDEMPTION, minimum=100)
    assert redeem_points(a_card(points=99), program, "croissant") == refusal
    assert redeem_points(a_card(points=100), program, "croissant") == Effect(points=-60)


def test_only_a_reward_that_is_offered_can_be_taken() -> None:
    program = a_program(rewards=[a_reward(60, active=False)])
    assert redeem_points(a_card(points=99), program, "croissant") == Refusal(Reason.REWARD_INACTIVE)
    assert redeem_points(a_card(points=99), program, "unicorn") == Refusal(Reason.REWARD_UNKNOWN)
    assert redeem_points(a_card(points=99), a_program("stamps"), "croissant") == Refusal(Reason.NO_POINTS)
    assert redeem_points(a_card(points=99, is_active=False), program, "croissant") == Refusal(Reason.CARD_INACTIVE)


def test_a_correction_needs_a_reason_and_something_to_change() -> None:
    assert adjust_points(a_card(), 20, "birthday") == Effect(points=20)
    assert adjust_points(a_card(points=20), -20, "typed twice") == Effect(points=-20)
    assert adjust_points(a_card(), 20, "") == Refusal(Reason.REASON_MISSING)
    assert adjust_points(a_card(), 0, "nothing") == Refusal(Reason.NOTHING_TO_ADJUST)
    assert adjust_points(a_card(points=20), -21, "too many") == Refusal(Reason.BELOW_ZERO)
    assert adjust_points(a_card(), 10**12 + 1, "a cat on the keyboard") == Refusal(Reason.AMOUNT_TOO_LARGE)


def test_a_dearer_reward_stays_within_reach_of_who_had_reached_it() -> None:
    old = a_program(rewards=[a_reward(60)])
    new = a_program(version=2, rewards=[a_reward(80)])
    assert points_granted(a_card(points=65), old, new) == 15
    assert points_granted(a_card(points=59), old, new) == 0
    assert points_granted(a_card(points=90), old, new) == 0


def test_a_higher_minimum_balance_takes_no_reward_that_was_reached() -> None:
    old = a_program(minimum_redemption=50, rewards=[a_reward(20)])
    new = a_program(version=2, minimum_redemption=100, rewards=[a_reward(20)])
    assert points_granted(a_card(points=60), old, new) == 40
    assert points_granted(a_card(points=40), old, new) == 0  # below the old minimum too


def test_nothing_is_granted_for_a_reward_that_is_gone_nor_to_a_blank() -> None:
    old = a_program(rewards=[a_reward(60)])
    assert points_granted(a_card(points=60), old, a_program(version=2)) == 0
    assert points_granted(a_card(points=60), old, a_program(version=2, rewards=[a_reward(80, active=False)])) == 0
    assert points_granted(a_card(points=60), old, a_program("stamps", version=2)) == 0
    assert points_granted(a_blank(), old, a_program(version=2, rewards=[a_reward(80)])) == 0
