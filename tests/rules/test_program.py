"""Limits of programs, and which version is in force and judges when."""

from dataclasses import replace
from decimal import Decimal

import pytest

from loyalty.program import Program, ProgramInvalid, Programs, Reward, StampReward, check
from tests.support.builders import a_program, a_reward, days, minutes, noon

WEEK = days(7)


@pytest.mark.parametrize("kind", ["stamps", "points", "hybrid"])
def test_a_program_of_nothing_but_its_kind_holds(kind: str) -> None:
    check(a_program(kind))


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("stamps_target", 0),
        ("stamps_target", 101),
        ("cooldown_minutes", -1),
        ("cooldown_minutes", 7 * 24 * 60 + 1),
        ("max_stamps_per_day", -1),
        ("max_stamps_per_visit", 101),
        ("minimum_purchase_minor", -1),
        ("minimum_redemption", 1_000_001),
        ("welcome_bonus", -1),
        ("points_expire_after_days", 36_501),
        ("points_per_unit", Decimal(0)),
        ("points_per_unit", Decimal("NaN")),
        ("points_per_unit", Decimal(10_001)),
        ("points_per_unit", Decimal("0.1234567")),
    ],
)
def test_a_value_out_of_bounds_is_named(field: str, wrong: object) -> None:
    with pytest.raises(ProgramInvalid) as refused:
        check(replace(a_program(), **{field: wrong}))  # type: ignore[arg-type]  # one field by name
    assert refused.value.field == field


@pytest.mark.parametrize(
    "rewards",
    [
        (a_reward(), a_reward()),
        (Reward(id="", name="Nothing", cost=1),),
        (Reward(id="stamps", name="A row", cost=1),),
        (Reward(id="x" * 41, name="Long", cost=1),),
        (Reward(id="tea", name=" ", cost=1),),
        (Reward(id="tea", name="Tea", cost=0),),
        (Reward(id="tea", name="Tea", cost=1_000_001),),
        tuple(Reward(id=str(number), name="Tea", cost=1) for number in range(51)),
    ],
)
def test_rewards_need_ids_of_their_own_a_name_and_a_cost(rewards: tuple[Reward, ...]) -> None:
    with pytest.raises(ProgramInvalid) as refused:
        check(a_program(rewards=rewards))
    assert refused.value.field == "rewards"


def test_a_stamp_reward_needs_a_name() -> None:
    with pytest.raises(ProgramInvalid):
        check(replace(a_program(), stamp_reward=StampReward(name="")))


def versions() -> tuple[Program, Program]:
    return a_program(holds_from=noon - days(100)), a_program(version=2, holds_from=noon)


def test_a_version_holds_from_its_moment_on() -> None:
    first, second = versions()
    programs = Programs.of((second, first))
    assert programs.at(noon - minutes(1)) is first
    assert programs.at(noon) is second


def test_before_the_first_version_has_begun_it_holds_already() -> None:
    first, second = versions()
    assert Programs.of((first, second)).at(noon - days(101)) is first


def test_the_version_made_last_wins_over_one_announced_before() -> None:
    """A change announced for next month is dropped when another change takes effect now."""
    announced = a_program(version=2, holds_from=noon + days(30))
    sudden = a_program(version=3, holds_from=noon)
    programs = Programs.of((a_program(holds_from=noon - days(1)), announced, sudden))
    assert programs.at(noon + days(31)) is sudden
    assert programs.judged_by(2, noon + days(31), days(60)) == (sudden, True)


def test_a_till_out_of_contact_may_go_on_with_the_old_version_for_the_offline_window() -> None:
    first, second = versions()
    programs = Programs.of((first, second))
    assert programs.judged_by(1, noon + WEEK - minutes(1), WEEK) == (first, False)
    assert programs.judged_by(1, noon + WEEK, WEEK) == (second, True)


def test_what_happened_before_a_change_is_judged_by_the_rules_of_its_time() -> None:
    first, second = versions()
    assert Programs.of((first, second)).judged_by(1, noon - minutes(1), WEEK) == (first, False)


def test_a_version_that_has_not_begun_judges_nothing() -> None:
    first, second = versions()
    assert Programs.of((first, second)).judged_by(2, noon - minutes(1), WEEK) == (first, True)


def test_a_version_nobody_knows_is_judged_by_the_current_one() -> None:
    first, second = versions()
    assert Programs.of((first, second)).judged_by(9, noon, WEEK) == (second, True)


def test_without_a_program_nothing_can_be_judged() -> None:
    assert Programs(()).judged_by(1, noon, WEEK) is None
    assert Programs(()).at(noon) is None
