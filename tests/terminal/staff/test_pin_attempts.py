"""Wrong PINs as they are counted from one journal to the next."""

from uuid import uuid4

import pytest

from loyalty.settings import Settings
from sync.protocol.entries import PinTried
from terminal.staff.pin_attempts import PinAttempts

SETTINGS, BEGAN_S = Settings(), 5_000.0


@pytest.mark.parametrize("tries", [0, 1, 4, 5, 9, 10])
@pytest.mark.parametrize("ran_s", [0.0, 61.0, 899.0, 900.0, 4_000.0])
def test_a_lock_out_lasts_in_the_next_journal_for_as_long_as_it_had_left(tries: int, ran_s: float) -> None:
    lena, before, after = uuid4(), PinAttempts(), PinAttempts()
    for _ in range(tries):
        before.fold(PinTried(lena), BEGAN_S, SETTINGS)
    after.fold(before.carried(BEGAN_S + ran_s), 0.0, SETTINGS)
    assert after.of(lena).left(SETTINGS) == before.of(lena).left(SETTINGS)
    for later_s in (0.0, 1.0, 60.0, 901.0, 10_000.0):
        there = after.of(lena).refusal(later_s)
        assert there == before.of(lena).refusal(BEGAN_S + ran_s + later_s)
    for attempts, running_s in ((before, BEGAN_S + ran_s), (after, 0.0)):
        attempts.fold(PinTried(lena), running_s, SETTINGS)
    assert after.of(lena).lockouts == before.of(lena).lockouts
