"""PostgreSQL only: empty databases, locks by company, broken connections."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from server import bootstrap, settings
from server.db.units import Units, next_version, open_engine
from server.problems import DatabaseUnusable, KeysUnnamed
from tests.company.db.test_units import a_company, open_store
from tests.support.companies import Office
from tests.support.paper_shop import PaperShop
from tests.support.partitions import COMPANY_TABLES
from tests.support.postgres import Cluster

pytestmark = pytest.mark.slow

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def empty_office(cluster: Cluster, tmp_path: Path) -> Iterator[Office]:
    """An operator with an empty PostgreSQL database."""
    with cluster.database() as url:
        yield Office(tmp_path, url)


def test_migrate_makes_tables_and_keys_in_an_empty_database(empty_office: Office) -> None:
    assert empty_office.refused("company", "create", "--name", "Aurora") == "database_not_migrated"
    assert not empty_office.keys.exists()
    assert empty_office.done("migrate") == {"ok": True, "keys": str(empty_office.keys)}
    empty_office.a_company()
    assert empty_office.done("ledger", "check") == {"cards": 0, "wrong": 0}


def test_two_that_migrate_at_once_take_turns(empty_office: Office) -> None:
    chosen = settings.read({"ORION_KEYS": str(empty_office.keys)}, empty_office.url)
    made: list[str] = []
    both = [threading.Thread(target=lambda: made.append(bootstrap.prepare(chosen).keys.id)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert made == [empty_office.server().keys.id] * 2


def test_the_key_file_must_be_named() -> None:
    with pytest.raises(KeysUnnamed):
        settings.read({}, "postgresql://host/name")


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    nobody = Office(tmp_path, f"postgresql:///orion?host={tmp_path}")
    assert nobody.refused("migrate") == "database_unusable"
    assert nobody.refused("store", "create", "--company", "x", "--name", "y") == "database_unusable"
    engine = open_engine(nobody.url)
    with pytest.raises(DatabaseUnusable), Units(engine).platform_write():
        pass


@on_postgresql
def test_a_restarted_database_costs_nobody_a_unit_of_work(units: Units, database_url: str) -> None:
    company_id = a_company(units)  # leaves its connection in the pool
    with psycopg.connect(database_url) as conn:
        others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        ended = conn.execute(f"SELECT pg_terminate_backend(pid, 10000) {others}").fetchall()
    assert ended == [(True,)]
    assert open_store(units, company_id, "Gare") == 1


@on_postgresql
def test_companies_do_not_wait_for_each_other(units: Units) -> None:
    mine, theirs = a_company(units), a_company(units)
    with units.write(mine) as conn:
        next_version(conn, mine)
        assert open_store(units, theirs, "Gare") == 1


@on_postgresql
def test_a_commit_is_on_disk_whatever_the_databases_default_is(database_url: str, engine: Engine) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        name = conn.info.dbname
        conn.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with engine.connect() as pooled:
        assert pooled.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {name} SET synchronous_commit = remote_apply")
    engine.dispose()
    with engine.connect() as pooled:
        assert pooled.execute(text("SHOW synchronous_commit")).scalar_one() == "remote_apply"


@pytest.mark.parametrize("database_url", ["partitioned"], indirect=True)
def test_a_company_lies_in_one_part_of_every_table(shop: PaperShop, engine: Engine) -> None:
    """The partitioned runs of all tests rely on this."""
    shop.enrolled(shop.till())
    parts = {table: f"SELECT DISTINCT tableoid::regclass::text FROM {table.name}" for table in COMPANY_TABLES}
    with engine.connect() as conn:
        lies = {table.name: conn.execute(text(query)).scalars().all() for table, query in parts.items()}
    assert len(lies["cards"]) == len(lies["transactions"]) == 1
    assert {part.rpartition("_")[0] for part in lies["cards"]} == {"parts.cards"}
    assert all(len(found) <= 1 for found in lies.values())
