"""The runs of this folder, small enough for every day."""

from pathlib import Path

import pytest

from tests.faults import exchanger, replica

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replica_damaged_anywhere_is_begun_anew_and_served_from(seed: int) -> None:
    counts = replica.run(40, seed)
    assert (counts.healed, counts.tracebacks, counts.stuck) == (counts.flips, 0, 0), counts.failed


def test_a_replica_whose_log_is_cut_while_it_is_in_use_is_begun_anew(tmp_path: Path) -> None:
    fuzz = replica.Fuzz(tmp_path, 1)
    for frames in range(0, 24, 2):
        fuzz.cut_log(1 + 4120 * frames)
    assert (fuzz.counts.healed, fuzz.counts.failed) == (12, [])


def test_an_exchanger_that_ends_at_any_moment_leaves_the_counter_serving_and_nobody_behind() -> None:
    counts = exchanger.run(("Begin", "StatusChanged", "LetGo"), ("kill", "damage and kill"))
    assert (counts.faults, counts.missed, counts.stuck, counts.orphans) == (8, 0, 0, 0), counts.failed
