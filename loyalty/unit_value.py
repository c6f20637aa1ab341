"""What a stamp and a point are worth in money, for the company's books; exact until an amount is rounded once."""

from fractions import Fraction

from loyalty.program import Program


def of_stamp(program: Program) -> Fraction | None:
    """A stamp's part of its reward, in minor units; None if the program gives no stamps or no value is known."""
    value = program.stamp_reward.value_minor
    return Fraction(value, program.stamps_target) if program.gives_stamps and value else None


def of_point(program: Program) -> Fraction | None:
    """A point's part of the reward that is worth most a point; None if the program gives none or no value is known."""
    if not program.gives_points:
        return None
    valued = [reward for reward in program.rewards if reward.active and reward.value_minor]
    return max((Fraction(reward.value_minor, reward.cost) for reward in valued), default=None)


def worth_minor(count: int, unit: Fraction | None) -> int | None:
    """What so many stamps or points are worth, rounded half up to the minor unit; None if the unit is not known."""
    return None if unit is None else int((2 * count * unit + 1) // 2)


def owed_for_stamps(program: Program, stamps: int) -> int | None:
    """What the company owes for the stamps on its cards: nothing where nothing can be taken for them."""
    return worth_minor(stamps, of_stamp(program)) if stamps and program.gives_stamps else 0


def owed_for_points(program: Program, points: int) -> int | None:
    """The same of points."""
    offered = program.gives_points and any(reward.active for reward in program.rewards)
    return worth_minor(points, of_point(program)) if points and offered else 0
