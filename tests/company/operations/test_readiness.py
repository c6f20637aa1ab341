"""`/ready`: each part that does not work is named, and then the answer is 503."""

from pathlib import Path

import pytest
from sqlalchemy import text

from server import bootstrap
from server.db.units import Units, open_engine
from server.operations.readiness import Readiness, look
from tests.support.companies import Office
from tests.support.databases import ON_SQLITE
from tests.support.web import Web

WELL = Readiness(database=True, migrated=True, keys=True, jobs=True)


@pytest.mark.slow
def test_each_part_that_does_not_work_is_named(office: Office) -> None:
    server = office.server()
    assert look(server.units, server.keys, lambda: True) == WELL and WELL.is_whole
    assert look(server.units, server.keys, lambda: False) == Readiness(True, True, True, False)
    before = office.keys.read_bytes()
    office.keys.unlink()
    assert look(server.units, server.keys, lambda: True) == Readiness(True, True, False, True)
    office.keys.write_bytes(before)
    office.keys.chmod(0o600)
    with server.units.platform_write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    assert look(server.units, server.keys, lambda: True) == Readiness(True, False, True, True)


@ON_SQLITE
def test_a_database_without_tables_or_without_a_place_is_not_ready(office: Office, tmp_path: Path) -> None:
    keys = office.server().keys
    for address, answers in ((tmp_path / "empty.db", True), (tmp_path / "nowhere" / "server.db", False)):
        engine = open_engine(f"sqlite:///{address}")
        assert look(Units(engine), keys, lambda: True) == Readiness(answers, False, False, True)
        engine.dispose()


@ON_SQLITE
def test_a_process_that_does_no_jobs_answers_503_without_data(office: Office) -> None:
    answer = Web(bootstrap.build_app(office.server())).get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {"database": True, "migrated": True, "keys": True, "jobs": False}
