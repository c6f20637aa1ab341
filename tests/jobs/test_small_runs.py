"""A small run of `python -m tests.jobs expiry`."""

from pathlib import Path

import pytest

from tests.jobs import expiry

pytestmark = pytest.mark.slow


def test_points_expire_once_however_often_the_process_is_killed(tmp_path: Path) -> None:
    met = expiry.run(tmp_path, cards=2000, kills=3, seed=1)
    assert met.is_good and met.kills, met.line()
