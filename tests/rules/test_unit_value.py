"""What a stamp and a point are worth in money."""

from fractions import Fraction

import pytest

from loyalty import unit_value
from loyalty.program import Program, ProgramInvalid, ProgramKind, Reward, StampReward, check

COFFEE = StampReward(name="Coffee", value_minor=350)
CAKE = Reward(id="cake", name="Cake", cost=120, value_minor=480)
BEANS = Reward(id="beans", name="Beans", cost=300, value_minor=900)
HYBRID = Program(kind=ProgramKind.HYBRID, stamps_target=10, stamp_reward=COFFEE, rewards=(BEANS, CAKE))


def without_value(reward: Reward) -> Reward:
    return Reward(id=reward.id, name=reward.name, cost=reward.cost)


@pytest.mark.parametrize(
    ("program", "stamp", "point"),
    [
        (HYBRID, Fraction(35), Fraction(4)),  # the reward that is worth most a point
        (Program(kind=ProgramKind.STAMPS, stamps_target=8, stamp_reward=COFFEE), Fraction(175, 4), None),
        (Program(kind=ProgramKind.STAMPS, rewards=(CAKE,)), None, None),  # no value, and no points
        (Program(kind=ProgramKind.POINTS, stamp_reward=COFFEE, rewards=(BEANS,)), None, Fraction(3)),
        (Program(kind=ProgramKind.POINTS, rewards=(without_value(CAKE), BEANS)), None, Fraction(3)),
        (Program(kind=ProgramKind.POINTS, rewards=(without_value(CAKE),)), None, None),
        (
            Program(
                kind=ProgramKind.POINTS,
                rewards=(Reward(id="cake", name="Cake", cost=120, value_minor=480, active=False), BEANS),
            ),
            None,
            Fraction(3),
        ),
    ],
)
def test_a_unit_is_its_part_of_the_reward(program: Program, stamp: Fraction | None, point: Fraction | None) -> None:
    assert (unit_value.of_stamp(program), unit_value.of_point(program)) == (stamp, point)


@pytest.mark.parametrize(
    ("count", "unit", "minor"),
    [
        (9, Fraction(35), 315),  # 9 of 10 stamps of a coffee for 3.50
        (1, Fraction(1, 2), 1),
        (1, Fraction(1, 3), 0),
        (3, Fraction(1, 2), 2),
        (0, Fraction(35), 0),
        (10**12, Fraction(10**9, 3), (10**21 * 2 + 3) // 6),
        (9, None, None),
    ],
)
def test_an_amount_is_rounded_once_and_half_up(count: int, unit: Fraction | None, minor: int | None) -> None:
    assert unit_value.worth_minor(count, unit) == minor


def test_nothing_is_owed_where_nothing_can_be_taken_and_not_known_is_no_zero() -> None:
    points_only = Program(kind=ProgramKind.POINTS, stamp_reward=COFFEE, rewards=(without_value(CAKE),))
    assert unit_value.owed_for_stamps(HYBRID, 7) == 245
    assert unit_value.owed_for_points(HYBRID, 7) == 28
    assert unit_value.owed_for_stamps(points_only, 7) == 0
    assert unit_value.owed_for_points(points_only, 7) is None
    assert unit_value.owed_for_points(points_only, 0) == 0
    assert unit_value.owed_for_points(Program(kind=ProgramKind.POINTS), 7) == 0


@pytest.mark.parametrize("value", [-1, 10**9 + 1])
def test_the_value_of_a_reward_has_bounds(value: int) -> None:
    reward = Reward(id="cake", name="Cake", cost=120, value_minor=value)
    with pytest.raises(ProgramInvalid, match="value of a reward"):
        check(Program(kind=ProgramKind.POINTS, rewards=(reward,)))
