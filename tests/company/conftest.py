"""Databases for the tests: SQLite, PostgreSQL, and PostgreSQL with tables partitioned by company."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from server import logs
from server.db.migration import migrate
from server.db.units import Units, open_engine
from tests.support import databases, partitions
from tests.support.companies import Office
from tests.support.company_bounds import Watch
from tests.support.memory_folder import memory_folder
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.postgres import Cluster, running
from tests.support.staffed_office import Staffed, staffed_office

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """The log of a server that runs: to draw the coloured traceback of a library's default takes half a second."""
    logs.configure()


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    """Sees the statements of all tests here."""
    watch = Watch()
    watch.install()
    yield watch
    watch.remove()


@pytest.fixture(autouse=True)
def every_statement_is_bound_to_one_company(watch: Watch) -> Iterator[None]:
    """Whatever a test is about, no statement of the server's reads or changes several companies' rows."""
    yield
    found, watch.found = watch.found, []
    assert found == []


@pytest.fixture(scope="session")
def same_place() -> Iterator[Path]:
    """The path of every test's folder: what is kept by a database's address, such as compiled statements, stays."""
    with memory_folder() as folder:
        yield Path(folder) / "test"


@pytest.fixture
def tmp_path(same_place: Path) -> Iterator[Path]:
    """A folder of the test's own, in memory."""
    same_place.mkdir(mode=0o700)
    yield same_place
    shutil.rmtree(same_place)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated database file, created once and copied for tests."""
    file = tmp_path_factory.mktemp("migrated") / "server.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster, started by the first test that needs it."""
    with running() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_template(cluster: Cluster) -> str:
    """The name of an empty migrated database, created once and copied for tests."""
    return _template(cluster, "migrated", migrate)


@pytest.fixture(scope="session")
def partitioned_template(cluster: Cluster) -> str:
    """The same with tables partitioned by company."""
    return _template(cluster, "partitioned", partitions.make)


def _template(cluster: Cluster, name: str, make: Callable[[Engine], None]) -> str:
    cluster.run("CREATE DATABASE {}", name)
    engine = open_engine(cluster.url(name))
    make(engine)
    engine.dispose()
    return name


@pytest.fixture(params=databases.USUAL)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database for one test; a mark of `tests.support.databases` chooses others."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("migrated_file")
        yield f"sqlite:///{shutil.copy(file, tmp_path / 'server.db')}"
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        template = "partitioned_template" if request.param == "partitioned" else "migrated_template"
        with cluster.database(request.getfixturevalue(template)) as url:
            yield url


@pytest.fixture(scope="session")
def engine_in_place(same_place: Path) -> Engine:
    """The engine of every test on SQLite, as each new one would compile its statements again."""
    return open_engine(f"sqlite:///{same_place / 'server.db'}")


@pytest.fixture
def engine(database_url: str, request: pytest.FixtureRequest) -> Iterator[Engine]:
    if database_url.startswith("sqlite"):
        shared: Engine = request.getfixturevalue("engine_in_place")
        engine: Engine = shared.execution_options()  # listeners of this test are not the next one's
    else:
        engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def units(engine: Engine) -> Units:
    return Units(engine)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    """An operator with a migrated database."""
    office = Office(tmp_path, database_url)
    office.done("migrate")
    return office


@pytest.fixture
def bare_office(tmp_path: Path) -> Office:
    """An operator with an empty folder."""
    return Office(tmp_path, f"sqlite:///{tmp_path / 'server.db'}")


@pytest.fixture
def shop(units: Units, tmp_path: Path) -> PaperShop:
    """A company that gives stamps and points, without limits."""
    return PaperShop(units, tmp_path, a_coffee_program())


@pytest.fixture(scope="module")
def staffed(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """The office of a company with one person of each role, built once for a module, as its tests change little."""
    with staffed_office(migrated_file, tmp_path_factory.mktemp("office")) as office:
        yield office
