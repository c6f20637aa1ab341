"""A company with so many cards on SQLite and on PostgreSQL, filled once and kept in a folder between runs.

Its rows are written in bulk into tables that migrations made; what jobs keep beside them, jobs have written. Left out
are the sums that tills compare, and what the entries that tills wrote say.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, select, update

from benchmarks.setups import bulk
from benchmarks.setups.crowd import BEGAN, NOW, VERSIONS_EACH, Crowd, Places
from benchmarks.setups.shop import PROGRAM
from loyalty.staff import Role
from server import bootstrap, settings
from server.accounts import accounts, members, passwords
from server.bootstrap import Server
from server.companies import companies, programs, staff, stores
from server.companies.companies import Company
from server.companies.stores import Store
from server.db.job_queue import DueJob
from server.db.tables import cards, customers, entries, terminals, transactions
from server.db.tables import companies as company_rows
from server.db.tables import staff as staff_rows
from server.db.units import Units, open_engine
from server.jobs import schedule
from server.jobs.runner import Alarm, Runner, Services
from server.keys import Keys
from server.terminals import pairing
from server.terminals.pairing import PairingCode
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import PairRequest
from sync.protocol.sealing import new_sealing_key
from tests.support.postgres import running

FOLDER = Path("/var/tmp/orion-benchmarks")  # noqa: S108 - survives a restart, and PostgreSQL's user may go there
FORMAT = 2  # of what is filled
SLUG = "aurora"
OWNER, ADMIN = "owner@example.org", "admin@example.org"
STORES, TILLS_EACH, PEOPLE_EACH = 12, 2, 5
OTHERS = 40  # companies beside it, without cards
JOBS = ("lists", "tally", "gauges")
EMPTY = "postgres"


class Filled(msgspec.Struct, frozen=True):
    """What a folder was filled with, and how long the jobs took, by database and name."""

    format: int
    cards: int
    transactions: int
    filled_s: float
    jobs_s: dict[str, dict[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """The company, on SQLite and on PostgreSQL."""

    filled: Filled
    sqlite: str
    postgresql: str
    keys: Path

    def server(self, url: str) -> Server:
        """A server on one of the databases, whose clock stands still."""
        return _server(url, self.keys)


@contextmanager
def kept_company(count: int, folder: Path | None = None) -> Iterator[Kept]:
    """The company with *count* cards; it is filled if the folder has none, or one filled otherwise."""
    here = (folder or FOLDER) / f"pages-{count}"
    marker = here / "filled.json"
    filled = _read(marker)
    if filled is not None and filled.format != FORMAT:
        filled = None
    if filled is None:
        shutil.rmtree(here, ignore_errors=True)
        here.mkdir(parents=True)
        here.chmod(0o755)
    sqlite = f"sqlite:///{here / 'server.db'}"
    memory = {"shared_buffers": "1GB", "maintenance_work_mem": "512MB", "max_wal_size": "4GB"}
    with running(durable=True, kept=here / "postgresql", **memory) as cluster:
        postgresql = cluster.url(EMPTY)
        if filled is None:
            filled = _fill(count, here, sqlite, postgresql)
            marker.write_bytes(msgspec.json.encode(filled))
        for name, url in (("sqlite", sqlite), ("postgresql", postgresql)):
            server = _migrated(url, here / "server.keys")
            if name not in filled.jobs_s:
                took = _jobs(server)
                filled = msgspec.structs.replace(filled, jobs_s=filled.jobs_s | {name: took})
                marker.write_bytes(msgspec.json.encode(filled))
        yield Kept(filled, sqlite, postgresql, here / "server.keys")


def _migrated(url: str, keys: Path) -> Server:
    """The server whose tables are this program's, with the rows they had."""
    return bootstrap.prepare(settings.read({"ORION_DATABASE": url, "ORION_KEYS": str(keys)}))


def _read(marker: Path) -> Filled | None:
    try:
        return msgspec.json.decode(marker.read_bytes(), type=Filled)
    except (OSError, msgspec.MsgspecError):
        return None


def _fill(count: int, here: Path, sqlite: str, postgresql: str) -> Filled:
    begun = time.monotonic()
    _, number = on_sqlite(here, count)
    _migrated(postgresql, here / "server.keys")
    bulk.copy(open_engine(sqlite), open_engine(postgresql))
    return Filled(FORMAT, count, number, round(time.monotonic() - begun, 1))


def on_sqlite(here: Path, count: int) -> tuple[Server, int]:
    """The company with *count* cards in a new SQLite file, and how many transactions it has."""
    url, keys = f"sqlite:///{here / 'server.db'}", here / "server.keys"
    server, engine = _migrated(url, keys), open_engine(url)
    company, places = _founded(server)
    crowd = Crowd(count, company.id, places, server.keys.company(company.id))
    with server.units.read() as conn:
        first = companies.version(conn, company.id) + 1
    with bulk.without_indexes(engine, (transactions, entries, customers, cards)):
        bulk.add(engine, transactions, crowd.transactions(first))
        bulk.add(engine, entries, crowd.entries(first))
        bulk.add(engine, customers, crowd.customers())
        bulk.add(engine, cards, crowd.cards())
    number = sum(map(crowd.steps, range(count)))
    with server.units.platform_write() as conn:
        mine = update(company_rows).where(company_rows.c.company_id == company.id)
        conn.execute(mine.values(clock=first + VERSIONS_EACH * number))
    return _server(url, keys), number


def _founded(server: Server) -> tuple[Company, Places]:
    """The company with stores, tills and people, an owner and an admin, and the others."""
    server = replace(server, now=lambda: BEGAN)
    company = _company(server, "Café Aurora", SLUG)
    places = [f"Store {number}" for number in range(1, STORES)]
    keys = server.keys.company(company.id)
    boss = staff.without_pin("Owner", Role.OWNER, keys.pepper)
    with server.units.write(company.id) as conn:
        staff.create(conn, company.id, boss, [], BEGAN)
        for name in places:
            stores.create(conn, company.id, name, BEGAN)
        named = stores.listed(conn, company.id)
        for store in named:
            for number in range(PEOPLE_EACH):
                name = f"Person {number} of {store.name}"
                person = replace(boss, id=uuid4(), name=name, role=Role.CASHIER)  # hashing takes long
                staff.create(conn, company.id, person, [store.id], BEGAN)
    for store in named:
        for number in range(TILLS_EACH):
            _pair(server, company.id, store, f"Till {number + 1} of {store.name}")
    with server.units.write(company.id) as conn:
        conn.execute(update(terminals).where(terminals.c.company_id == company.id).values(last_seen_at=NOW))
    hashed = passwords.hashed("three words apart")
    with server.units.platform_write() as conn:
        owner = accounts.create(conn, OWNER, hashed, is_admin=False, now=BEGAN)
        accounts.create(conn, ADMIN, hashed, is_admin=True, now=BEGAN)
    with server.units.write(company.id) as conn:
        members.join(conn, company.id, boss.id, owner.id, BEGAN)
    for number in range(OTHERS):
        _company(server, f"Other {number}", f"other-{number}")
    with server.units.read() as conn:
        return company, Places(
            [store.id for store in named],
            [_of(conn, terminals.c.terminal_id, terminals.c.store_id == store.id) for store in named],
            [_of(conn, staff_rows.c.staff_id, staff_rows.c.name.endswith(f" of {store.name}")) for store in named],
        )


def _company(server: Server, name: str, slug: str) -> Company:
    company_id, at = uuid4(), server.now()
    server.keys.add_company(company_id)
    with server.units.platform_write() as conn:
        company = companies.create(conn, company_id, name=name, slug=slug, choices={"pin_required": "never"}, now=at)
        programs.put(conn, company_id, PROGRAM, at, at)
        stores.create(conn, company_id, f"Store {STORES}", at)
    return company


def _pair(server: Server, company_id: UUID, store: Store, name: str) -> None:
    code, at = PairingCode.random(), server.now()
    signing, sealing = new_signing_key(), new_sealing_key()
    asked = PairRequest(id=code.secret.id, signing_public=signing.public, sealing_public=sealing.public)
    with server.units.write(company_id) as conn:
        pairing.open_code(conn, company_id, store, name, code, platform=server.keys.platform, now=at)
        pairing.pair(conn, company_id, asked, server.keys, at, is_proved=lambda _key: True)


def _of(conn: Connection, column: Column[UUID], whose: ColumnElement[bool]) -> list[UUID]:
    return list(conn.execute(select(column).where(whose).order_by(column)).scalars())


def _jobs(server: Server) -> dict[str, float]:
    """Has the jobs follow from cold, without rests for tills; returns the seconds of each."""
    runner = Runner(Services(server.units, server.keys), schedule.JOBS, pace=_Restless())
    company_id, took = server.company(SLUG).id, {}
    for name in JOBS:
        begun = time.monotonic()
        assert runner.run(DueJob(company_id, name)), f"{name} did not run"
        took[name] = round(time.monotonic() - begun, 1)
    return took


class _Restless(Alarm):
    """The pace of a job that nobody waits for."""

    def rest(self, seconds: float) -> None:
        """Waits for nothing."""


def _server(url: str, keys: Path) -> Server:
    return Server(Units(open_engine(url)), Keys.load(keys), lambda: NOW)
