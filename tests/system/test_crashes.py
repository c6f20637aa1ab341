"""Crashes lose and double nothing. Short runs of `python -m tests.system`."""

import re
from pathlib import Path

import pytest

from tests.system import kill, kill_enrolments, outage

pytestmark = pytest.mark.slow


def test_a_counter_killed_200_times_keeps_every_acknowledged_entry_without_holes(tmp_path: Path) -> None:
    line = kill.run(tmp_path, kills=200)
    acknowledged = re.match(r"acknowledged=(\d+) kept=(\d+) lost=0 holes=0$", line)
    assert acknowledged is not None, line
    assert int(acknowledged[1]) > 200 and acknowledged[1] == acknowledged[2], line


def test_lost_replies_and_killed_servers_neither_lose_nor_double(tmp_path: Path) -> None:
    line = outage.run(tmp_path, transactions=300)
    match = re.match(
        r"transactions=300 replies_dropped=(\d+) server_kills=(\d+) lost=0 doubled=0 ledger_equal=yes$", line
    )
    assert match is not None, line
    assert int(match[1]) >= 20 and int(match[2]) >= 10, line


def test_a_counter_killed_while_it_hands_out_cards_for_phones_loses_none_and_gives_none_twice(tmp_path: Path) -> None:
    line = kill_enrolments.run(tmp_path, kills=40)
    match = re.match(r"made=(\d+) shown=(\d+) after_a_kill=(\d+) twice=0 lost=0$", line)
    assert match is not None, line
    made, shown, after_a_kill = map(int, match.groups())
    assert 0 < after_a_kill < shown <= made, line
    assert made - shown <= 40, f"at most one a kill was not seen: {line}"
