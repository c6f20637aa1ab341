"""The job `expiry` on many cards: killed at random and resumed, it books what a run that nobody kills books.

Each run is a real `orion-server jobs run expiry` on a copy of the same database; that a lease runs out is the only time
that is made up. A last run is the one of a serving process, beside which a till exchanges.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import msgspec

from server.db import job_queue
from server.db.migration import migrate
from server.db.units import Units, open_engine
from server.jobs.schedule import JOBS
from server.ledger.feed.recount import recount_all
from server.ledger.own_bookings import lapses
from tests.jobs.dormant_company import PROGRAM, Dormant
from tests.support.paper_till import PaperTill
from tests.system.processes import SERVER, free_port
from tests.system.rogue import LiveShop

COMPARED = ("cards", "transactions", "digests", "tombstones")
SLUG = "bean-scene"
RUN_DEADLINE_S = 3600


@dataclass(frozen=True)
class Met:
    """What came of the runs."""

    cards: int
    expired: int  # by the run that nobody killed
    should: int
    kills: int
    is_equal: bool
    is_sound: bool  # `ledger check` finds nothing
    memory_mib: int  # of the run that nobody killed, at most
    seconds: float  # of the run that nobody killed
    exchanges: int  # beside the serving process's run
    wait_max_s: float
    beside: int  # how many points expired meanwhile

    @property
    def is_good(self) -> bool:
        return (
            self.is_equal
            and self.is_sound
            and self.expired == self.should == self.beside
            and self.memory_mib < 300
            and self.wait_max_s < 1
        )

    def line(self) -> str:
        return (
            f"cards={self.cards} expired={self.expired} kills={self.kills} equal={_word(self.is_equal)} "
            f"sound={_word(self.is_sound)} seconds={self.seconds:.1f} memory_mib={self.memory_mib} "
            f"exchanges={self.exchanges} wait_max_s={self.wait_max_s:.3f}"
        )


def run(folder: Path, cards: int, kills: int, seed: int) -> Met:
    """Fills a database, and runs the job on copies of it."""
    filled = folder / "filled"
    filled.mkdir()
    at = datetime.now(UTC).replace(microsecond=0)
    engine = open_engine(_url(filled))
    migrate(engine)
    shop = LiveShop(Units(engine), filled, PROGRAM)
    with shop.units.platform_write() as conn:
        recount_all(conn, at)
    with serving(filled) as url:  # the till reads what there is before the cards
        shop.url = url
        till = shop.till()
    dormant = Dormant(shop, cards, at, till.store_id)
    dormant.fill(engine)
    _enter_jobs(shop, at)
    engine.dispose()
    with sqlite3.connect(filled / "server.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()

    whole, killed = (_copied(filled, folder / name) for name in ("whole", "killed"))
    with ThreadPoolExecutor() as beside:
        unkilled = beside.submit(_in_one_go, whole, at)
        done_kills = _killed_and_resumed(killed, at, kills, random.Random(seed), dormant.lapsing)
        memory_mib, took_s = unkilled.result()
    expired = _expired(whole)
    is_equal = _digest(whole) == _digest(killed)
    is_sound = _checked(killed)
    shutil.rmtree(whole)
    shutil.rmtree(killed)
    waits_s = _beside(filled, shop, till, dormant)
    return Met(
        cards=cards,
        expired=expired,
        should=dormant.lapsing,
        kills=done_kills,
        is_equal=is_equal,
        is_sound=is_sound,
        memory_mib=memory_mib,
        seconds=took_s,
        exchanges=len(waits_s),
        wait_max_s=max(waits_s),
        beside=_expired(filled),
    )


def _in_one_go(folder: Path, at: datetime) -> tuple[int, float]:
    """The memory and the seconds of a run that nobody kills."""
    begun = time.monotonic()
    with job(folder, at) as process:
        memory_mib = _memory_mib(process)
    return memory_mib, time.monotonic() - begun


def _memory_mib(process: subprocess.Popen[bytes]) -> int:
    """How much memory a job takes until its end. What a parent learns of its children counts its own memory, too."""
    most, until = 0, time.monotonic() + RUN_DEADLINE_S
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        assert time.monotonic() < until, "the job does not end"
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))
        most = most if found is None else max(most, int(found[1]))  # a process that has just ended has none
        time.sleep(0.02)
    assert process.returncode == 0, "the job failed"
    return most // 1024


@contextmanager
def job(folder: Path, at: datetime) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the job as of a moment."""
    words = ["jobs", "run", lapses.JOB, "--company", SLUG, "--now", at.isoformat()]
    process = _process(folder, words)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A serving process; yields its address."""
    port = free_port()
    process = _process(folder, ["serve", "--port", str(port), "--json"])
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert b"listening" in line, f"the server said {line!r}"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _killed_and_resumed(folder: Path, at: datetime, kills: int, chance: random.Random, lapsing: int) -> int:
    """Kills the process so often, each time when it has done something and so much is done in all; then lets it end."""
    marks = sorted(int(lapsing * chance.uniform(0, 0.98)) for _ in range(kills))
    for done, mark in enumerate(marks):
        before = _progress(folder)
        with job(folder, at) as process:
            _until(folder, process, before, mark)
            if process.poll() is not None:
                return done  # it came to its end before
            process.kill()
            process.wait()
        _a_minute_passes(folder)
    with job(folder, at) as process:
        assert process.wait(RUN_DEADLINE_S) == 0, "the job failed"
    return kills


def _until(folder: Path, process: subprocess.Popen[bytes], before: tuple[str | None, int], mark: int) -> None:
    """Waits until a process has done something, and so much is done in all."""
    until = time.monotonic() + RUN_DEADLINE_S
    while ((now := _progress(folder)) == before or now[1] < mark) and process.poll() is None:
        assert time.monotonic() < until, "the job does nothing"
        time.sleep(0.01)


def _beside(folder: Path, shop: LiveShop, till: PaperTill, dormant: Dormant) -> list[float]:
    """The seconds of each exchange of a till while the serving process runs the job, from due to done."""
    chance, in_use = random.Random(0), dormant.in_use()
    waits_s: list[float] = []
    with _database(folder) as database:
        (clock,) = database.execute("SELECT clock FROM companies").fetchone()
        database.execute("UPDATE jobs SET due_at = 0 WHERE name = ?", (lapses.JOB,))
        database.commit()
    till.cursors = msgspec.structs.replace(till.cursors, bulk=clock)
    with serving(folder) as url:
        shop.url = url
        shop.connect(till)
        until = time.monotonic() + RUN_DEADLINE_S
        while not (_is_done(folder) and len(waits_s) > 10):
            assert time.monotonic() < until, "the job does not end"
            till.earn(chance.choice(in_use), chance.randrange(100, 5000))
            begun = time.monotonic()
            answer = till.send(till.request(till.page()))
            waits_s.append(time.monotonic() - begun)
            till.acked_seq, till.cursors = answer.acked_seq, answer.cursors  # and forgets the rows
            assert till.acked_seq == len(till.journal), "the entry was not acknowledged"
    return waits_s


def _enter_jobs(shop: LiveShop, at: datetime) -> None:
    """The rows of the jobs as they stand on a day after others, when all changes have been followed."""
    names = [one.name for one in JOBS if one.of_companies]
    with shop.units.platform_write() as conn:
        job_queue.enter(conn, names, [one.name for one in JOBS if one.of_platform], at)
        for sentence in (
            "UPDATE jobs SET started_at = due_at, due_at = due_at + 86400000000",
            "UPDATE jobs SET read_version = (SELECT clock FROM companies)",
            "UPDATE platform_jobs SET due_at = due_at + 86400000000",
        ):
            conn.exec_driver_sql(sentence)


def _process(folder: Path, words: list[str]) -> subprocess.Popen[bytes]:
    environment = os.environ | {"ORION_KEYS": str(folder / "keys"), "ORION_LOG": "ERROR"}
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, *words, "--database", _url(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _checked(folder: Path) -> bool:
    return _process(folder, ["ledger", "check", "--company", SLUG]).wait(RUN_DEADLINE_S) == 0


def _copied(filled: Path, to: Path) -> Path:
    return Path(shutil.copytree(filled, to))


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'server.db'}"


@contextmanager
def _database(folder: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(folder / "server.db", timeout=30)
    try:
        yield database
    finally:
        database.close()


def _progress(folder: Path) -> tuple[str | None, int]:
    with _database(folder) as database:
        cursor, done = database.execute("SELECT cursor, done FROM jobs WHERE name = ?", (lapses.JOB,)).fetchone()
        return cursor, done


def _is_done(folder: Path) -> bool:
    with _database(folder) as database:
        query = "SELECT done_at IS NOT NULL FROM jobs WHERE name = ?"
        return bool(database.execute(query, (lapses.JOB,)).fetchone()[0])


def _a_minute_passes(folder: Path) -> None:
    """The lease of a process that was killed runs out."""
    with _database(folder) as database:
        database.execute("UPDATE jobs SET lease_until = 0 WHERE name = ?", (lapses.JOB,))
        database.commit()


def _expired(folder: Path) -> int:
    with _database(folder) as database:
        query = "SELECT count(*) FROM transactions WHERE kind = 'points_expired'"
        return int(database.execute(query).fetchone()[0])


def _digest(folder: Path) -> str:
    """A hash of every row of the books, and of the company's clock."""
    found = blake2b()
    with _database(folder) as database:
        for table in COMPARED:
            places = ", ".join(str(1 + place) for place in range(3))
            for row in database.execute(f"SELECT * FROM {table} ORDER BY {places}"):
                found.update(repr(row).encode())
        found.update(repr(database.execute("SELECT company_id, clock FROM companies").fetchall()).encode())
    return found.hexdigest()


def _word(is_so: bool) -> str:
    return "yes" if is_so else "no"
