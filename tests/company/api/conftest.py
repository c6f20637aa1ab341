"""The called office, filled once for a module, as its tests ask for new things."""

from pathlib import Path

import pytest

from tests.company.api.called_office import CalledOffice, called_office
from tests.support.companies import Office


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> CalledOffice:
    """On SQLite."""
    folder: Path = tmp_path_factory.mktemp("called")
    office = Office(folder, f"sqlite:///{folder / 'server.db'}")
    office.done("migrate")
    return called_office(office)
