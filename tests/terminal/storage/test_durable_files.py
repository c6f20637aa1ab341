"""A till's files as they are opened: durable at every commit, and for nobody else to read."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal.interface.phrases import Speech, problem_of
from terminal.keys import secret_stores
from terminal.keys.secret_stores import SecretsFile
from terminal.machine.profiles import Profile
from terminal.pairing.revocation import sign_off
from terminal.problems import FolderUnusable
from terminal.storage import tables
from terminal.storage.journal import Journal
from tests.support.disk_log import DiskLog
from tests.support.paper_company import PaperCompany, PaperTill

FULL, WAL = 2, "wal"


@pytest.mark.parametrize("file", ["journal", "replica", "pool"])
def test_every_live_connection_syncs_what_it_commits(till: PaperTill, file: str) -> None:
    engine = getattr(till, file)._engine
    assert engine is not None
    connections = [engine.connect() for _ in range(4)]
    for conn in connections:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL
        if file == "pool":
            assert conn.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
        else:
            assert conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == WAL
        conn.close()


def test_a_connection_on_a_full_disk_syncs_what_it_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_log = tables._begin_log
    left = [sqlite3.OperationalError("disk is full")]
    left[0].sqlite_errorcode = sqlite3.SQLITE_FULL

    def begin(conn: sqlite3.Connection, *, secret: bool) -> None:
        if left:
            raise left.pop()
        begin_log(conn, secret=secret)

    monkeypatch.setattr(tables, "_begin_log", begin)
    with tables.open_file(tmp_path / "journal.db").connect() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL
    assert not left


def a_profile(folder: Path) -> None:
    assert Profile(folder).id


def secrets(folder: Path) -> None:
    SecretsFile(folder, "of a test").write("token", "secret")


def a_journal(folder: Path) -> None:
    Journal.create(folder / "journal.db", PaperCompany().identity)


@pytest.mark.parametrize("written", [a_profile, secrets, a_journal])
def test_a_name_leads_to_what_is_on_disk(
    written: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_stores, "hash_secret_raw", lambda *_, **__: bytes(32))  # a real one takes long
    disk = DiskLog(monkeypatch)
    written(tmp_path)
    assert disk.lost_names() == []
    assert written is a_journal or disk.lost_bytes() == []  # SQLite syncs a journal's


def test_an_erasure_that_has_begun_is_known_after_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = Profile(tmp_path.resolve())
    disk = DiskLog(monkeypatch)
    forgotten: list[list[Path]] = []
    sign_off(profile, lambda: forgotten.append(list(disk.synced)))
    assert forgotten == [[profile.signed_off, profile.folder]]


@pytest.fixture
def umask() -> Iterator[None]:
    """One that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_nobody_else_may_read_a_tills_files_whatever_the_umask(umask: None, tmp_path: Path) -> None:
    profile = Profile(tmp_path / "till")
    profile.lock().release()
    assert profile.id
    till = PaperTill(profile.folder, PaperCompany())
    till.hears()
    files = {file.name: file.stat().st_mode & 0o777 for file in profile.folder.iterdir()}
    mine = {name: mode for name, mode in files.items() if name.split(".")[0] in ("journal", "replica", "pool")}
    assert {"journal.db", "journal.db-wal", "journal.db-shm", "replica.db", "replica.db-wal", "pool.db"} <= mine.keys()
    assert set(mine.values()) == {0o600} and files["profile-id"] == 0o600
    assert profile.folder.stat().st_mode & 0o777 == 0o700
    till.stop()


def test_files_that_others_could_read_are_taken_from_them_at_a_start(till: PaperTill) -> None:
    till.stop()
    for file in till.folder.glob("*.db"):
        file.chmod(0o644)
    till.start()
    assert {file.stat().st_mode & 0o777 for file in till.folder.glob("*.db*")} == {0o600}


def test_signing_off_writes_through_no_link(tmp_path: Path) -> None:
    victim = tmp_path / "precious"
    victim.write_text("kept")
    profile = Profile(tmp_path / "till")
    profile.lock().release()
    profile.signed_off.symlink_to(victim)
    sign_off(profile, lambda: None)
    assert victim.read_text() == "kept"
    assert profile.signed_off.exists() and not profile.signed_off.is_symlink()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    profile = Profile(tmp_path / "file" / "till")
    for ask in (profile.lock, profile.exchange_lock, lambda: profile.id):
        with pytest.raises(FolderUnusable) as met:
            ask()
        assert str(profile.folder) in problem_of(met.value, Speech("en")).text
