"""A small run of `python -m tests.jobs sharing`."""

from pathlib import Path

import pytest

from tests.jobs import sharing
from tests.support.postgres import Cluster


@pytest.mark.slow
def test_two_workers_share_the_jobs_of_companies_and_do_none_twice(cluster: Cluster, tmp_path: Path) -> None:
    met = sharing.run(cluster, tmp_path, count=4, cards_each=60, kills=0, seed=1)
    assert met.is_good, met.line()
