"""`backup` and `restore`: what a backup holds, what is refused, and what a torn one is."""

import json
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server import settings
from server.companies import companies
from server.customers import erasure
from server.db.account_tables import sessions
from server.db.tables import cards, customers, platform, transactions
from server.db.units import Units, open_engine
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.judging.savepoint_booking import Ledger
from server.operations.backup import back_up
from server.operations.manifest import described
from server.operations.restore import restore
from tests.company.jobs.workers import Hands, PaperClock
from tests.support.companies import Office
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop, a_coffee_program

NOW = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
on_both = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.mark.slow
@on_both
def test_a_backup_taken_while_tills_book_is_one_moment_of_the_books(
    shop: PaperShop, tmp_path: Path, empty_place: Office
) -> None:
    till, (card,) = shop.till(), shop.blanks()
    till.enrol(card.id)
    till.sync()
    booked, wanted, stop = 0, threading.Semaphore(0), threading.Event()
    trouble: list[BaseException] = []

    def book() -> None:
        nonlocal booked
        try:
            while not stop.is_set():
                till.stamp(card.id)
                till.sync()
                booked += 1
                wanted.release()
        except BaseException as error:
            trouble.append(error)
            wanted.release()

    def await_bookings(count: int) -> None:
        for _ in range(count):
            assert wanted.acquire(timeout=30)

    writer = threading.Thread(target=book)
    writer.start()
    try:
        await_bookings(3)
        before = booked
        made = back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=NOW)
        after = booked + 1  # one may have committed and not been counted
        await_bookings(3)  # the writer goes on
    finally:
        stop.set()
        writer.join(30)
    assert trouble == [] and not writer.is_alive()

    empty_place.done("restore", str(tmp_path / "backup"))
    assert empty_place.done("ledger", "check") == {"cards": 1, "wrong": 0}
    with empty_place.server().units.read() as conn:
        stamps = transactions.c.company_id == shop.company_id, transactions.c.kind == "stamp_earned"
        found = conn.execute(select(func.count()).select_from(transactions).where(*stamps)).scalar_one()
    assert before <= found <= after
    assert made.rows["transactions"] == found + 1, "the manifest counts the same moment"


@pytest.mark.slow
@on_both
def test_a_restored_server_has_a_new_epoch_an_entry_in_its_logs_and_nobody_signed_in(
    office: Office, empty_place: Office, tmp_path: Path
) -> None:
    slug = office.a_company()
    answer = office.done("backup", str(tmp_path / "backup"), "--keys")
    assert (answer["keys"], answer["rows"]["companies"]) == (True, 1)
    assert {file.name for file in (tmp_path / "backup").iterdir()} >= {"manifest.json", "server.keys"}
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backup", *(tmp_path / "backup").iterdir())} == {0}

    empty_place.done("restore", str(tmp_path / "backup"))
    server = empty_place.server()
    assert server.company(slug).name == "Bean Scene"
    with server.units.read() as conn:
        assert conn.execute(select(platform.c.epoch)).scalar_one() > 1
        assert conn.execute(select(func.count()).select_from(sessions)).scalar_one() == 0
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "database_not_empty"
    empty_place.done("card", "issue", "--company", slug, "--count", "1")


@pytest.mark.slow
@ON_SQLITE
def test_two_restorations_of_one_backup_have_two_epochs(shop: PaperShop, tmp_path: Path) -> None:
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=NOW)
    epochs = []
    for hours in (1, 2):
        place = settings.read({}, f"sqlite:///{tmp_path / str(hours) / 'server.db'}")
        restore(tmp_path / "backup", place, NOW + timedelta(hours=hours))
        engine = open_engine(place.address)
        with Units(engine).read() as conn:
            epochs.append(conn.execute(select(platform.c.epoch)).scalar_one())
        engine.dispose()
    assert 1 < epochs[0] < epochs[1]


@pytest.mark.slow
@ON_SQLITE
def test_a_backup_without_keys_needs_those_of_the_installation(
    office: Office, empty_place: Office, tmp_path: Path
) -> None:
    office.a_company()
    assert office.done("backup", str(tmp_path / "backup"))["keys"] is False
    assert not (tmp_path / "backup" / "server.keys").exists()
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "keys_missing"
    other = Office(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'server.db'}")
    other.done("migrate")
    shutil.copy(other.keys, empty_place.keys)
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "keys_foreign"
    assert not (empty_place.folder / "server.db").exists()
    shutil.copy(office.keys, empty_place.keys)
    empty_place.done("restore", str(tmp_path / "backup"))


@pytest.mark.slow
@ON_SQLITE
def test_a_key_file_that_is_there_is_left_as_it_is(office: Office, empty_place: Office, tmp_path: Path) -> None:
    office.done("backup", str(tmp_path / "backup"), "--keys")
    office.a_company()
    shutil.copy(office.keys, empty_place.keys)  # newer than the backup's
    before = empty_place.keys.read_bytes()
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "keys_exist"
    assert empty_place.keys.read_bytes() == before
    (tmp_path / "backup" / "server.keys").write_bytes(before)
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "backup_broken"


@pytest.mark.slow
@ON_SQLITE
def test_a_backup_goes_into_a_new_folder_and_leaves_no_other_behind(office: Office, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "something").touch()
    assert office.refused("backup", str(full)) == "folder_not_empty"
    assert office.refused("backup", str(full / "something")) == "folder_not_empty"
    assert office.refused("backup", str(full / "something" / "below")) == "folder_unusable"
    before = set(tmp_path.iterdir())
    (tmp_path / "empty").mkdir()
    office.done("backup", str(tmp_path / "empty"))
    assert set(tmp_path.iterdir()) - before == {tmp_path / "empty"}


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _of_another_format(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"format": 1', b'"format": 2'))


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("server.db", _flip),
        *(
            pytest.param(name, harm, marks=pytest.mark.slow)
            for name, harm in (
                ("server.db", _cut),
                ("server.db", Path.unlink),
                ("server.keys", _flip),
                ("server.keys", Path.unlink),
                ("manifest.json", _cut),
                ("manifest.json", Path.unlink),
                ("manifest.json", _of_another_format),
            )
        ),
    ],
)
def test_a_torn_backup_is_told_in_one_sentence_and_nothing_is_restored(
    office: Office, empty_place: Office, tmp_path: Path, name: str, harm: Callable[[Path], None]
) -> None:
    office.done("backup", str(tmp_path / "backup"), "--keys")
    harm(tmp_path / "backup" / name)
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "backup_broken"
    assert list(empty_place.folder.iterdir()) == []


@pytest.mark.slow
@ON_SQLITE
def test_a_backup_of_a_newer_program_or_another_kind_of_database_is_refused(
    office: Office, empty_place: Office, tmp_path: Path
) -> None:
    office.done("backup", str(tmp_path / "backup"), "--keys")
    elsewhere = Office(empty_place.folder, "postgresql:///orion?host=/nowhere")
    assert elsewhere.refused("restore", str(tmp_path / "backup")) == "backup_of_other_kind"
    file = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(file.read_bytes())
    file.write_text(json.dumps(manifest | {"revision": "9999"}))
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "backup_newer"
    assert list(empty_place.folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_dump_that_ends_early_leaves_the_database_empty(office: Office, empty_place: Office, tmp_path: Path) -> None:
    office.a_company()
    office.done("backup", str(tmp_path / "backup"), "--keys")
    dump, file = tmp_path / "backup" / "server.dump", tmp_path / "backup" / "manifest.json"
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) - 200])
    manifest = json.loads(file.read_bytes())
    again = described(dump)
    files = [one for one in manifest["files"] if one["name"] != "server.dump"]
    files.append({"name": again.name, "bytes": again.bytes, "sha256": again.sha256})
    file.write_text(json.dumps(manifest | {"files": files}))
    assert empty_place.refused("restore", str(tmp_path / "backup")) == "tool_failed"
    dump.write_bytes(whole)
    file.write_text(json.dumps(manifest))
    empty_place.done("restore", str(tmp_path / "backup"))


@pytest.mark.slow
@ON_SQLITE
def test_who_was_erased_since_the_backup_is_erased_again(shop: PaperShop, empty_place: Office, tmp_path: Path) -> None:
    till = shop.till()
    ana, zoe = (shop.enrolled(till, name=name, email=f"{name}@example.org") for name in ("Ana", "Zoe"))
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=NOW)
    with shop.units.write(shop.company_id) as conn:
        company = companies.by_id(conn, shop.company_id)
        erasure.erase(Ledger(conn, shop.company_id, shop.keys, shop.now), company, [ana], by=None, can_mail=False)
        erasure.file_new(conn, shop.company_id, empty_place.keys, shop.now)
    assert empty_place.done("restore", str(tmp_path / "backup"))["erased"] == 1
    with empty_place.server().units.read() as conn:
        kept = conn.execute(select(cards.c.card_id).where(cards.c.customer_id.is_not(None))).scalars().all()
        assert list(kept) == [zoe]
        assert conn.execute(select(func.count()).select_from(customers)).scalar_one() == 1


@pytest.mark.slow
@ON_SQLITE
def test_jobs_with_an_hour_wait_for_it_after_restoring(shop: PaperShop, empty_place: Office, tmp_path: Path) -> None:
    shop.set_program(a_coffee_program(points_expire_after_days=10))
    till = shop.till()
    till.earn(shop.enrolled(till), 900)
    till.sync()
    clock = PaperClock(shop.now)
    Runner(Services(shop.units, shop.keys), JOBS, clock=clock, pace=Hands()).round()
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=shop.now)

    empty_place.done("restore", str(tmp_path / "backup"))
    restored = empty_place.server()
    worker = Runner(Services(restored.units, restored.keys), JOBS, clock=clock, pace=Hands())
    lapsed = select(func.count()).where(transactions.c.kind == "points_expired")
    found = []
    for days in (11, 1):
        clock.passes(days=days)
        worker.round()
        with restored.units.read() as conn:
            found.append(conn.execute(lapsed).scalar_one())
    assert found == [0, 1], "tills send first who has come since"
