"""How long a PIN that was passed answers for something: by rows of its journal, and by time either way."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from server.ledger.rows.entries import Slot
from server.ledger.rows.pin_passes import (
    OVERRIDE_ROWS_MAX,
    OVERRIDE_TIME_MAX,
    SHIFT_MAX,
    Pass,
    at_their_shift,
    just_before,
)

TERMINAL, JOURNAL, NOON = uuid4(), uuid4(), datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSED, A_MOMENT = Pass(JOURNAL, 100, NOON), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("rows", "after", "for_an_override", "at_a_shift"),
    [
        (1, timedelta(0), True, True),
        (OVERRIDE_ROWS_MAX, OVERRIDE_TIME_MAX, True, True),
        (OVERRIDE_ROWS_MAX, -OVERRIDE_TIME_MAX, True, True),
        (OVERRIDE_ROWS_MAX + 1, timedelta(0), False, True),
        (1, OVERRIDE_TIME_MAX + A_MOMENT, False, True),
        (1, -OVERRIDE_TIME_MAX - A_MOMENT, False, True),
        (10_000, SHIFT_MAX, False, True),
        (10_000, -SHIFT_MAX, False, True),
        (1, SHIFT_MAX + A_MOMENT, False, False),
        (1, -SHIFT_MAX - A_MOMENT, False, False),
        (0, timedelta(0), False, False),
        (-1, timedelta(0), False, False),
    ],
)
def test_a_pin_answers_for_what_stands_behind_it_in_its_journal(
    rows: int, after: timedelta, for_an_override: bool, at_a_shift: bool
) -> None:
    slot, at = Slot(TERMINAL, JOURNAL, PASSED.seq + rows), NOON + after
    assert (just_before(PASSED, slot, at), at_their_shift(PASSED, slot, at)) == (for_an_override, at_a_shift)
    elsewhere = Slot(TERMINAL, uuid4(), slot.seq)
    for passed, where in ((PASSED, elsewhere), (None, slot)):
        assert not just_before(passed, where, at) and not at_their_shift(passed, where, at)
