"""Two worker processes that share the jobs of many companies on PostgreSQL: what one does the other leaves alone.

Each worker is a real process with a runner as a server has it. What they have booked together is compared with what one
worker books alone on a copy of the same database.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, select, update

from benchmarks.setups import bulk
from server import bootstrap, logs, settings
from server.companies import companies, stores
from server.db import job_queue
from server.db.migration import migrate
from server.db.tables import cards, transactions
from server.db.units import Units, open_engine
from server.db.work_tables import jobs
from server.figures import tallies
from server.jobs.runner import Alarm, Runner, Services
from server.jobs.schedule import JOBS
from server.ledger.feed.check import check
from server.ledger.judging import program_changes
from tests.jobs.dormant_company import PROGRAM, Dormant
from tests.support.child_process import started
from tests.support.paper_shop import PaperShop
from tests.support.postgres import Cluster

WORKERS = 2
DEADLINE_S = 900
HOLDS, GO = "holds a lease\n", "go\n"


@dataclass(frozen=True)
class Met:
    """What came of the workers."""

    companies: int
    cards: int
    ran: tuple[int, ...]  # jobs of each worker; those of one that was killed are not known
    kills: int
    expired: int
    should: int
    is_equal: bool
    wrong: int  # cards, sums and figures that differ from the ledger
    seconds: float

    @property
    def is_good(self) -> bool:
        """Each lapsed once, as one worker alone has it, and several workers took part."""
        have_shared = self.kills > 0 or all(self.ran)
        return self.is_equal and self.expired == self.should and not self.wrong and have_shared

    def line(self) -> str:
        ran = ",".join(map(str, self.ran))
        return (
            f"companies={self.companies} cards={self.cards} ran={ran} kills={self.kills} expired={self.expired} "
            f"should={self.should} equal={self.is_equal} wrong={self.wrong} seconds={self.seconds:.1f}"
        )


class Meeting(Alarm):
    """Says when the worker holds its first lease, and waits for a word until it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._has_met = False

    def rest(self, seconds: float) -> None:
        if not self._has_met:
            self._has_met = True
            sys.stdout.write(HOLDS)
            sys.stdout.flush()
            sys.stdin.readline()
        super().rest(seconds)


def work(url: str, keys: Path) -> int:
    """Runs due jobs until none is left, as a process of a server does; returns how many it ran."""
    logs.configure()
    server = bootstrap.open_server(settings.read({"ORION_DATABASE": url, "ORION_KEYS": str(keys)}))
    return Runner(Services(server.units, server.keys), JOBS, pace=Meeting()).round()


def run(cluster: Cluster, folder: Path, *, count: int, cards_each: int, kills: int, seed: int) -> Met:
    """Fills many companies, and has their points expire by one worker, and by several."""
    source = open_engine(f"sqlite:///{folder / 'filled.db'}")
    migrate(source)
    owned = _filled(source, folder, count, cards_each)
    with cluster.database() as alone, cluster.database() as shared:
        for url in (alone, shared):
            target = open_engine(url)
            migrate(target)
            bulk.copy(source, target)
            target.dispose()
        source.dispose()
        with _worker(alone, folder) as one:
            _meet([one])
            _ran(one)
        began = time.monotonic()
        ran, done = _shared(shared, folder, kills, random.Random(seed))
        seconds = time.monotonic() - began
        single, together = _booked(alone), _booked(shared)
        wrong = _wrong(shared, [one.shop.company_id for one in owned])
    expired = Counter(row[1] for row in together[0])["points_expired"]
    should = sum(one.lapsing for one in owned)
    return Met(count, cards_each, ran, done, expired, should, single == together, wrong, seconds)


def _filled(source: Any, folder: Path, count: int, cards_each: int) -> list[Dormant]:
    at = datetime.now(UTC).replace(microsecond=0)
    shop = PaperShop(Units(source), folder, PROGRAM)
    owned = []
    for number in range(count):
        shop.company_id = shop.company_id if number == 0 else _founded(shop, number)
        with shop.units.write(shop.company_id) as conn:
            store = stores.create(conn, shop.company_id, "Gare", at)
        owned.append(Dormant(_Owner(shop.company_id, shop.units), cards_each, at, store.id))
        owned[-1].fill(source)
    with shop.units.platform_write() as conn:
        names = [one.name for one in JOBS if one.of_companies]
        job_queue.enter(conn, names, [one.name for one in JOBS if one.of_platform], at)
        conn.execute(update(jobs).values(started_at=at))  # none is new, and would wait for its hour
    return owned


@dataclass(frozen=True)
class _Owner:
    company_id: UUID
    units: Units


def _founded(shop: PaperShop, number: int) -> UUID:
    company_id = uuid4()
    with shop.units.platform_write() as conn:
        companies.create(conn, company_id, name=f"Bean Scene {number}", slug=None, choices={}, now=shop.now)
        shop.keys.add_company(company_id)
    with shop.units.write(company_id) as conn:
        program_changes.publish(conn, company_id, PROGRAM, shop.keys, shop.now)
    return company_id


@contextmanager
def _worker(url: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.jobs", "work", url, str(folder / "keys")]
    with started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def _meet(workers: list["subprocess.Popen[str]"]) -> None:
    """Lets workers go on once each of them holds a lease."""
    for one in workers:
        assert one.stdout is not None and one.stdin is not None
        said = one.stdout.readline()
        assert said == HOLDS, f"a worker said {said!r}"
    for one in workers:
        assert one.stdin is not None
        one.stdin.write(GO)
        one.stdin.flush()


def _ran(worker: "subprocess.Popen[str]") -> int:
    """How many jobs a worker has run until none was left."""
    said, _ = worker.communicate(timeout=DEADLINE_S)
    assert worker.returncode == 0, "a worker failed"
    return int(said.removeprefix(HOLDS))  # which one that was started for a killed one says unread


def _shared(url: str, folder: Path, kills: int, chance: random.Random) -> tuple[tuple[int, ...], int]:
    """Has several workers work at once, and kills one of them so often, each time for another; then all end."""
    with ExitStack() as stack:
        workers = [stack.enter_context(_worker(url, folder)) for _ in range(WORKERS)]
        _meet(workers)
        done = 0
        for _ in range(kills):
            time.sleep(chance.uniform(0.05, 0.5))
            place = chance.randrange(WORKERS)
            if workers[place].poll() is not None:
                break  # it came to its end before
            workers[place].kill()
            workers[place].wait()
            done += 1
            _leases_run_out(url)  # that of the other worker, too, as if it had slept
            workers[place] = stack.enter_context(_worker(url, folder))
            _go_alone(workers[place])
        return tuple(map(_ran, workers)), done


def _go_alone(worker: "subprocess.Popen[str]") -> None:
    assert worker.stdin is not None
    worker.stdin.write(GO)
    worker.stdin.flush()


def _leases_run_out(url: str) -> None:
    engine = open_engine(url)
    with Units(engine).platform_write() as conn:
        conn.execute(update(jobs).where(jobs.c.leased_by.is_not(None)).values(lease_until=jobs.c.created_at))
    engine.dispose()


def _booked(url: str) -> tuple[list[Any], list[Any]]:
    """The books of all companies: transactions in their order, and cards. Only their times are each run's own."""
    engine = open_engine(url)
    facts, kept = transactions.c, cards.c
    of_ledger = (facts.company_id, facts.kind, facts.transaction_id, facts.card_id, facts.points, facts.version)
    of_cards = (kept.company_id, kept.card_id, kept.points_balance, kept.version)
    with Units(engine).read() as conn:
        found = _all(conn, of_ledger, facts.version), _all(conn, of_cards, kept.card_id)
    engine.dispose()
    return found


def _all(conn: Connection, columns: Any, order: Any) -> list[Any]:
    return [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0], order))]


def _wrong(url: str, company_ids: list[UUID]) -> int:
    engine, wrong = open_engine(url), 0
    with Units(engine).read() as conn:
        for company_id in company_ids:
            found, zone = check(conn, company_id), companies.by_id(conn, company_id).settings.zone
            wrong += len(found.wrong) + found.wrong_sums + len(tallies.differing(conn, company_id, zone))
    engine.dispose()
    return wrong
