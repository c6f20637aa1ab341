"""Empty places to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.companies import Office
from tests.support.postgres import Cluster


@pytest.fixture
def empty_place(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An operator with an empty folder, and an empty database of the same kind as the test's."""
    folder = tmp_path / "another machine"
    folder.mkdir()
    if database_url.startswith("sqlite"):
        yield Office(folder, f"sqlite:///{folder / 'server.db'}")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        with cluster.database() as url:
            yield Office(folder, url)
