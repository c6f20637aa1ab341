"""Full and read-only disks, damaged replicas, and a till opened twice. Everything shown as done is kept."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, event

from sync.exchange.ports import ReplicaBegunAnew
from terminal.interface.asks import Earn, Pin, Scan, Stamp, Status
from terminal.machine.profiles import Profile
from terminal.problems import JournalUnwritable, ProfileInUse, ReplicaAway, ReplicaUnwritable
from terminal.storage.journal import Journal
from tests.support.child_process import started
from tests.support.paper_company import PaperCompany, PaperTill
from tests.support.replies import card, points, refused, status, trouble, written
from tests.support.small_disk import SmallDisk
from tests.support.tree import ROOT


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    (tmp_path / "disk").mkdir()
    small = SmallDisk(tmp_path / "disk")
    yield small
    small.remove()


def fill_up(till: PaperTill) -> int:
    """Serves until the disk is full; returns the last seq shown as done."""
    done = till.journal.head().seq
    for _ in range(2000):
        reply = till.asks(Earn(500))
        if not reply.ok:
            assert trouble(reply).kind == "journal_unwritable"
            assert "is full" in trouble(reply).text and "Nothing was booked" in trouble(reply).text
            return done
        done = written(reply).seq
    raise AssertionError("this disk is never full")


@pytest.mark.slow
def test_a_full_disk_books_nothing_and_what_was_shown_as_done_is_kept(disk: SmallDisk) -> None:
    till = PaperTill(disk.folder, PaperCompany())
    till.serves(_card(till))
    disk.fill()
    done = fill_up(till)
    assert till.journal.head().seq == done
    before = points(till.asks(Scan(next(iter(till.company.tokens.values()))))).balance
    disk.free()
    entry = written(till.asks(Earn(500)))
    assert entry.seq == done + 1
    till.stop()
    till.start()
    assert till.journal.check() is None
    assert points(till.serves(next(iter(till.company.tokens)))).balance == before + 5
    till.stop()


@pytest.mark.slow
def test_on_a_full_disk_no_pin_is_checked_that_is_not_journalled(disk: SmallDisk) -> None:
    till = PaperTill(disk.folder, PaperCompany())
    till.serves(_card(till))
    disk.fill()
    fill_up(till)
    for _ in range(20):
        assert trouble(till.asks(Pin("Anna", "0000"))).kind == "journal_unwritable"
    disk.free()
    assert till.asks(Pin("Anna", "2580")).ok
    till.stop()


@pytest.mark.slow
def test_a_full_disk_keeps_the_replica_as_it_was(disk: SmallDisk) -> None:
    till = PaperTill(disk.folder, PaperCompany())
    card_id = _card(till)
    till.serves(card_id)
    disk.fill()
    for _ in range(2000):
        till.company.issues_card()
    with pytest.raises(ReplicaUnwritable):
        till.hears()
    assert card(till.asks(Scan(till.company.tokens[card_id]))).id == card_id
    assert not (disk.folder / "replica.db.broken").exists()
    disk.free()
    till.stop()


@pytest.mark.slow
def test_a_till_started_on_a_full_disk_serves_what_needs_no_writing_and_goes_on_once_there_is_room(
    disk: SmallDisk,
) -> None:
    till = PaperTill(disk.folder, PaperCompany())
    card_id = _card(till)
    till.serves(card_id)
    before = points(till.asks(Scan(till.company.tokens[card_id]))).balance
    till.stop()
    disk.fill()
    till.start(online=False)
    assert points(till.asks(Scan(till.company.tokens[card_id]))).balance == before
    if disk.is_real:
        told = trouble(till.asks(Pin("Lena", "4711")))
        assert told.kind == "journal_unwritable" and str(disk.folder) in told.text and "MB" in told.text
        shown = status(till.asks(Status())).problem
        assert shown is not None and shown.kind == "disk_full" and str(disk.folder) in shown.text
    assert sorted(path.name for path in disk.folder.glob("*.broken")) == []
    disk.free()
    assert till.serves(card_id).ok
    written(till.asks(Stamp()))
    till.hears()
    assert status(till.asks(Status())).problem is None
    till.stop()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Makes a folder read-only, even for root."""
    user = os.geteuid()
    folder.chmod(0o555)
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_journal_that_may_only_be_read_says_so(till: PaperTill) -> None:
    till.serves(_card(till))
    written(till.asks(Earn(500)))
    till.stop()
    with read_only(till.folder), pytest.raises(JournalUnwritable):
        Journal(till.folder / "journal.db")
    till.start()
    assert till.journal.check() is None


@pytest.mark.slow
def test_a_replica_that_is_no_database_is_put_aside_and_fetched_again(till: PaperTill) -> None:
    till.serves(_card(till))
    entry = written(till.asks(Earn(500)))
    till.stop()
    (till.folder / "replica.db").write_bytes(b"garbage" * 1000)
    till.start(online=False)
    seen = status(till.asks(Status()))
    assert (seen.last_seq, seen.acked_seq, seen.waiting) == (entry.seq, 0, 1)
    assert seen.progress is not None
    assert (till.folder / "replica.db.broken").exists()
    till.company.repeats()
    till.hears()
    assert points(till.serves(next(iter(till.company.tokens)))).waiting == 5


def test_before_the_rules_are_in_the_till_says_that_it_is_loading(till: PaperTill) -> None:
    till.stop()
    (till.folder / "replica.db").write_bytes(b"")
    for leftover in till.folder.glob("replica.db-*"):
        leftover.unlink()
    till.start(online=False)
    refusal = refused(till.asks(Pin("Lena", "4711")))
    assert (refusal.reason, refusal.text) == (
        "not_ready",
        "This till is still loading its first data. It goes on by itself.",
    )
    assert status(till.asks(Status())).progress is not None


@pytest.mark.slow
def test_damage_found_while_serving_is_mended_at_the_next_contact(till: PaperTill) -> None:
    card_id = _card(till)
    till.serves(card_id)
    _tear_cards(till)
    problem = trouble(till.asks(Scan(till.company.tokens[card_id])))
    assert (problem.kind, "fetched again" in problem.text) == ("replica", True)
    with pytest.raises(ReplicaBegunAnew):
        till.hears()
    assert till.replica.marks().cursors.bulk == 0
    till.company.repeats()
    till.hears()
    assert till.serves(card_id).ok
    written(till.asks(Stamp()))


@pytest.mark.parametrize("place", [0, 16, 18, 19, 60])
def test_a_replica_whose_header_is_damaged_is_begun_anew_and_no_read_only_disk(till: PaperTill, place: int) -> None:
    till.stop()
    with (till.folder / "replica.db").open("r+b") as file:
        file.seek(place)
        file.write(b"\x03")
    till.start(online=False)
    for _response in range(2):
        till.company.repeats()
        with suppress(ReplicaBegunAnew):
            till.hears()
    assert (till.folder / "replica.db.broken").exists()
    assert till.serves(_card(till)).ok


@contextmanager
def locked(till: PaperTill, code: int, *, only_writing: bool = False) -> Iterator[None]:
    """Has transactions on the replica as it is open now fail at their beginning, as SQLite does where somebody has a
    lock, or where the log was cut."""
    engine = till.replica._engine
    assert engine is not None

    def fails(conn: Connection) -> None:
        if only_writing and "begin" not in conn.get_execution_options():
            return
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = code
        raise error

    event.listen(engine, "begin", fails)
    yield
    if event.contains(engine, "begin", fails):
        event.remove(engine, "begin", fails)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "told"),
    [
        (sqlite3.SQLITE_BUSY, "replica_away"),
        (sqlite3.SQLITE_BUSY_RECOVERY, "replica_away"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "replica_away"),
        (sqlite3.SQLITE_IOERR, "replica_unwritable"),
    ],
)
def test_locks_that_pass_are_no_damage_however_many_looks_meet_one(till: PaperTill, code: int, told: str) -> None:
    card_id = _card(till)
    till.serves(card_id)
    before = till.replica.marks().cursors
    assert before.bulk > 0
    for _ in range(4):
        with locked(till, code):
            assert trouble(till.asks(Scan(till.company.tokens[card_id]))).kind == told
        assert till.replica.marks().cursors == before
        till.hears()
        assert card(till.asks(Scan(till.company.tokens[card_id]))).id == card_id
    assert sorted(path.name for path in till.folder.glob("*.broken")) == []


def test_a_file_that_takes_no_writing_is_opened_alone_before_the_next_exchange(till: PaperTill) -> None:
    card_id = _card(till)
    till.serves(card_id)
    before = till.replica.marks().cursors
    till.company.issues_card()
    with locked(till, sqlite3.SQLITE_BUSY, only_writing=True):
        with pytest.raises(ReplicaAway):
            till.hears()
        assert till.replica.marks().cursors == before
        till.hears()
    assert till.replica.marks().cursors.bulk > before.bulk


@pytest.mark.slow
def test_a_profile_is_open_in_one_program_at_a_time(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from terminal.machine.profiles import Profile\n"
    program += "lock = Profile(Path(sys.argv[1])).lock(); print('open', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(tmp_path)]
    with started(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(ProfileInUse):
            Profile(tmp_path).lock()
        other.kill()
        other.wait()
    Profile(tmp_path).lock().release()


def test_a_profile_keeps_its_name(tmp_path: Path) -> None:
    assert Profile(tmp_path / "till").id == Profile(tmp_path / "till").id
    assert Profile(tmp_path / "till").id != Profile(tmp_path / "another").id


def _card(till: PaperTill) -> UUID:
    card_id = till.company.issues_card("Zoé")
    till.hears()
    return card_id


def _tear_cards(till: PaperTill) -> None:
    """Overwrites the first page of the cards table, like a failing disk."""
    path = till.folder / "replica.db"
    till.stop()
    conn = sqlite3.connect(path)
    [page] = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'cards'").fetchone()
    [size] = conn.execute("PRAGMA page_size").fetchone()
    conn.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    till.start(online=False)
