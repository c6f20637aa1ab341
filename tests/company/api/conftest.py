"""The called office, filled once for a module, as its tests ask for new things."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.company.api.called_office import CalledOffice, called_office
from tests.support.companies import Office
from tests.support.memory_folder import memory_folder


@pytest.fixture(scope="module")
def called() -> Iterator[CalledOffice]:
    """On SQLite."""
    with memory_folder() as folder:
        office = Office(Path(folder), f"sqlite:///{Path(folder) / 'server.db'}")
        office.done("migrate")
        yield called_office(office)
