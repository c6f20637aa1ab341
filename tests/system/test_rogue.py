"""A till with its own keys gets nothing from a real server process. A short run of `python -m tests.system rogue`."""

import re
from pathlib import Path

import pytest

from loyalty.transactions import Kind
from tests.system import rogue

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("postgresql", [False, True])
def test_a_rogue_till_gains_nothing_and_honest_tills_lose_nothing(tmp_path: Path, postgresql: bool) -> None:
    with rogue.database_of(postgresql=postgresql) as database:
        line, good = rogue.run(tmp_path, database, (Kind.CARD_CREATED,))
    assert good and re.match(r"claims=\d+ gained_points=0 gained_stamps=0 pins_taken=0 honest_failures=0$", line), line
