"""The called and the staffed office, filled once for a module, as their tests ask for new things."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.company.api.called_office import CalledOffice, called_office
from tests.support.companies import Office
from tests.support.memory_folder import memory_folder
from tests.support.postgres import Cluster
from tests.support.staffed_office import Staffed, staffed_on

DATABASE = "ORION_TESTS_DATABASE"  # as `python -m tests.company.api promises` sets it


@pytest.fixture(scope="module")
def api_database() -> str:
    """Where the offices are: `sqlite`, or `partitioned` on PostgreSQL."""
    return os.environ.get(DATABASE, "sqlite")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For the files of an office."""
    with memory_folder() as made:
        yield Path(made)


@pytest.fixture(scope="module")
def url(api_database: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty migrated database."""
    if api_database == "sqlite":
        file: Path = request.getfixturevalue("migrated_file")
        yield f"sqlite:///{shutil.copy(file, folder / 'server.db')}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database(request.getfixturevalue("partitioned_template")) as made:
        yield made


@pytest.fixture(scope="module")
def called(url: str, folder: Path) -> CalledOffice:
    """The office of a filled company."""
    office = Office(folder, url)
    office.done("migrate")
    return called_office(office)


@pytest.fixture(scope="module")
def staffed(url: str, folder: Path) -> Iterator[Staffed]:
    """The office of a company with one person of each role."""
    with staffed_on(url, folder) as office:
        yield office
