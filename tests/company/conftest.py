"""A migrated database of its own for every test, or an empty folder where an operator begins."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from server.db.migration import migrate
from server.db.units import Units, open_engine
from tests.support.companies import Office
from tests.support.paper_shop import PaperShop, a_coffee_program

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once; tests get copies."""
    file = tmp_path_factory.mktemp("migrated") / "server.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """Where a migrated database of the test's own lies."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'server.db')}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def units(engine: Engine) -> Units:
    return Units(engine)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def shop(units: Units, tmp_path: Path) -> PaperShop:
    """A company that gives stamps and points, with no limits."""
    return PaperShop(units, tmp_path, a_coffee_program())
