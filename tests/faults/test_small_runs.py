"""The runs of this folder, small enough for every day."""

import pytest

from tests.faults import exchanger, replica

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replica_damaged_anywhere_is_begun_anew_and_served_from(seed: int) -> None:
    counts = replica.run(40, seed)
    assert (counts.healed, counts.tracebacks, counts.stuck) == (counts.flips, 0, 0), counts.failed


def test_an_exchanger_that_ends_at_any_moment_leaves_the_counter_serving_and_nobody_behind() -> None:
    counts = exchanger.run(("Begin", "StatusChanged", "LetGo"), ("kill", "damage and kill"))
    assert (counts.faults, counts.missed, counts.stuck, counts.orphans) == (8, 0, 0, 0), counts.failed
