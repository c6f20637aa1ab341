"""A database that is in use goes along with the program: each step keeps what the one before had."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, bindparam, text

from server import companies
from server.db.columns import Id
from server.db.migration import is_migrated, migrate
from server.db.units import open_engine
from tests.support.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without tables."""
    with ExitStack() as until_done:
        url = f"sqlite:///{tmp_path / 'server.db'}"
        if request.param == "postgresql":
            cluster: Cluster = request.getfixturevalue("cluster")
            url = until_done.enter_context(cluster.database())
        engine = open_engine(url)
        until_done.callback(engine.dispose)
        yield engine


def test_companies_keep_their_slugs(empty: Engine) -> None:
    migrate(empty, "0001")
    company_id, its_id = uuid4(), bindparam("company_id", type_=Id())
    with empty.connect().execution_options(orion_begin="write") as conn, conn.begin():
        assert not is_migrated(conn)
        conn.execute(text("INSERT INTO platform VALUES (1, 1, 'keys', '{}', 0, 0)"))
        company = text("INSERT INTO companies VALUES (:company_id, 'aurora', 'Café Aurora', '{}', 7, 1, 0, 0)")
        conn.execute(company.bindparams(its_id), {"company_id": company_id})
    migrate(empty)
    with empty.connect() as conn:
        assert is_migrated(conn)
        found = companies.by_slug(conn, "aurora")
        assert (found.id, found.name) == (company_id, "Café Aurora")
        assert conn.execute(text("SELECT clock FROM companies")).scalar_one() == 7
