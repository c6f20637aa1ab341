"""Units of work: the schema check, locks, and the order in which versions become visible."""

import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, PrimaryKeyConstraint, UniqueConstraint, insert, select, update

from server.db.migration import is_migrated, migrate
from server.db.tables import companies, metadata, stores
from server.db.units import CompanyUnknown, Units, next_version, open_engine
from server.problems import DatabaseUnwritable
from tests.company.conftest import NOON
from tests.support.partitions import COMPANY_TABLES

PLATFORM_TABLES = {"platform", "directory", "slugs", "accounts", "memberships", "sessions", "links", "attempts"} | {
    "platform_audit",
    "platform_mails",
    "platform_jobs",
    "idempotency",
    "wallet_directory",
    "wallet_makers",
}


def a_company(units: Units) -> UUID:
    company_id = uuid4()
    row = {
        "company_id": company_id,
        "name": "Aurora",
        "settings": {},
        "clock": 0,
        "version": 0,
        "created_at": NOON,
        "updated_at": NOON,
    }
    with units.platform_write() as conn:
        conn.execute(insert(companies), row)
    return company_id


def open_store(units: Units, company_id: UUID, name: str) -> int:
    with units.write(company_id) as conn:
        version = next_version(conn, company_id)
        row = {"company_id": company_id, "store_id": uuid4(), "name": name, "version": version}
        conn.execute(insert(stores), {**row, "created_at": NOON, "updated_at": NOON})
    return version


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_migrations_lead_to_the_tables_the_program_uses(engine: Engine) -> None:
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert is_migrated(conn)


@pytest.mark.slow
def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as conn:
        assert is_migrated(conn)


def test_an_empty_database_is_not_migrated(tmp_path: Path) -> None:
    with open_engine(f"sqlite:///{tmp_path / 'empty.db'}").connect() as conn:
        assert not is_migrated(conn)


def test_what_belongs_to_a_company_can_be_sharded_by_company() -> None:
    """All keys and constraints start with the company, and none refers to another company's rows."""
    assert set(metadata.tables) - {table.name for table in COMPANY_TABLES} == PLATFORM_TABLES
    for table in COMPANY_TABLES:
        keyed = [one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
        keyed_by_index = [index for index in table.indexes if index.unique]
        for key in (*keyed, *keyed_by_index):
            assert key.columns.keys()[0] == "company_id", key
        for foreign_key in table.foreign_key_constraints:
            assert foreign_key.column_keys[0] == "company_id"
            assert foreign_key.elements[0].column.name == "company_id"
            assert foreign_key.referred_table in COMPANY_TABLES


def test_every_row_says_when_it_was_made_and_changed() -> None:
    for table in metadata.sorted_tables:
        assert not table.c.created_at.nullable and not table.c.updated_at.nullable


def test_versions_are_handed_out_once(units: Units) -> None:
    company_id = a_company(units)
    with units.write(company_id) as conn:
        assert next_version(conn, company_id, 3) == 1
        assert next_version(conn, company_id) == 4
    with units.write(company_id) as conn:
        assert next_version(conn, company_id) == 5


def test_what_fails_leaves_nothing_behind(units: Units) -> None:
    company_id = a_company(units)
    with pytest.raises(ZeroDivisionError), units.write(company_id) as conn:
        next_version(conn, company_id)
        raise ZeroDivisionError
    with units.read() as conn:
        assert conn.execute(select(companies.c.clock)).scalar_one() == 0


def test_a_reader_sees_one_moment(units: Units) -> None:
    company_id = a_company(units)
    with units.read() as conn:
        before = conn.execute(select(companies.c.clock)).scalar_one()
        open_store(units, company_id, "Gare")
        assert conn.execute(select(companies.c.clock)).scalar_one() == before
        assert conn.execute(select(stores)).all() == []


def test_a_reader_cannot_write(units: Units) -> None:
    with pytest.raises(DatabaseUnwritable), units.read() as conn:
        conn.execute(update(companies).values(clock=1))


def test_nobody_writes_for_a_company_that_is_not_there(units: Units) -> None:
    with pytest.raises(CompanyUnknown), units.write(uuid4()):
        pass


def test_versions_never_become_visible_behind_a_later_one(units: Units) -> None:
    """A reader that has read up to n has everything up to n, with concurrent writers."""
    company_id = a_company(units)
    done = threading.Event()
    skipped: list[int] = []

    def write(first: int) -> None:
        for number in range(first, first + 40):
            open_store(units, company_id, str(number))

    def read() -> None:
        seen: set[int] = set()
        cursor, last_round = 0, False
        while not last_round:
            last_round = done.is_set()
            with units.read() as conn:
                rows = select(stores.c.version).where(stores.c.version > cursor)
                found = set(conn.execute(rows).scalars())
            seen |= found
            cursor = max(found, default=cursor)
        skipped.extend(set(range(1, 81)) - seen)

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100)]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert skipped == []


def test_every_live_connection_syncs_what_it_commits(units: Units, engine: Engine) -> None:
    company_id = a_company(units)
    with units.write(company_id) as writing, units.read() as reading:
        for conn in (writing, reading):
            if engine.dialect.name == "sqlite":
                found = [
                    conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("synchronous", "foreign_keys")
                ]
                assert found == [2, 1], "FULL, ON"
                assert conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            else:
                assert conn.exec_driver_sql("SHOW synchronous_commit").scalar_one() in ("on", "remote_apply")
