"""Nothing is lost or doubled, whatever dies. Short runs of what `python -m tests.system` runs long."""

import re
from pathlib import Path

import pytest

from tests.system import kill, outage


@pytest.mark.slow
def test_a_counter_killed_200_times_keeps_every_acknowledged_entry_without_holes(tmp_path: Path) -> None:
    line = kill.run(tmp_path, kills=200)
    acknowledged = re.match(r"acknowledged=(\d+) kept=(\d+) lost=0 holes=0$", line)
    assert acknowledged is not None, line
    assert int(acknowledged[1]) > 200 and acknowledged[1] == acknowledged[2], line


@pytest.mark.slow
def test_lost_replies_and_killed_servers_neither_lose_nor_double(tmp_path: Path) -> None:
    line = outage.run(tmp_path, transactions=300)
    told = re.match(
        r"transactions=300 replies_dropped=(\d+) server_kills=(\d+) lost=0 doubled=0 ledger_equal=yes$", line
    )
    assert told is not None, line
    assert int(told[1]) >= 20 and int(told[2]) >= 10, line
