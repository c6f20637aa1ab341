"""A server whose database does not work: it says so, no entry is to blame for it, and the till goes on by itself."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from server import bootstrap
from server.db import units as server_units
from server.db.units import Units, open_engine
from server.exchange import entry_booking
from sync.exchange.transport import Answer
from sync.protocol.authenticity import MAC_HEADER
from sync.protocol.messages import EXCHANGE_PATH, PAIR_PATH
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Status
from terminal.interface.views import StatusView
from tests.support.builders import a_program
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import points, status, written
from tests.support.small_disk import SmallDisk
from tests.support.web import Web

pytestmark = pytest.mark.slow

Outage = Callable[[Engine, Path], AbstractContextManager[None]]


class Shop:
    """A till and its company's server, joined by the server's own app."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.shop = PaperShop(Units(engine), folder, a_program(cooldown_minutes=0))
        self.shop.person("Lena")
        (self.blank,) = self.shop.blanks()
        self.till = JoinedTill(folder / "till", self.shop)
        self.web = Web(bootstrap.build_app(self.shop.server))
        self.till.wire.app = self.ask
        self.answers: list[int] = []
        self.till.sync()
        assert self.till.asks(Pin("Lena", "4711")).ok
        written(self.till.asks(Enrol(code=self.blank.token)))
        written(self.till.asks(Earn(10_000)))
        self.till.sync()

    def ask(self, body: bytes, headers: dict[str, str]) -> Answer:
        said = self.web.post(EXCHANGE_PATH, body, **headers)
        self.answers.append(said.status_code)
        return Answer(said.status_code, said.content, said.headers.get(MAC_HEADER, ""))

    def earns(self) -> None:
        self.till.asks(Scan(self.blank.token))
        written(self.till.asks(Earn(1000)))

    def tries_for(self, minutes: int) -> StatusView:
        """The till's timers run, whatever comes of it."""
        end = self.till.clock.monotonic_s() + 60 * minutes
        self.till.driver.wake()
        while (now := self.till.clock.monotonic_s()) < end:
            self.till.passes(seconds=max(0.001, min(self.till.driver.turn(), end) - now + 0.001))
        self.till.asks(Pin("Lena", "4711"))
        return status(self.till.asks(Status()))


def _address(engine: Engine, database: str | None = None) -> str:
    """As psycopg takes it."""
    return engine.url.set(drivername="postgresql", database=database or engine.url.database).render_as_string(False)


@contextmanager
def locked(engine: Engine, _file: Path) -> Iterator[None]:
    """Another program writes and does not end."""
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(engine.url.database or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with psycopg.connect(_address(engine)) as conn:
            conn.execute("SELECT 1 FROM companies FOR UPDATE")
            yield


@contextmanager
def read_only(engine: Engine, file: Path) -> Iterator[None]:
    """The database may be read and not written."""
    if engine.dialect.name == "sqlite":
        user = os.geteuid()
        engine.dispose()
        modes = {one: one.stat().st_mode for one in (file.parent, *file.parent.glob("server.db*"))}
        for one in modes:
            one.chmod(0o555 if one.is_dir() else 0o444)
        try:
            if user == 0:
                os.seteuid(65534)
            yield
        finally:
            os.seteuid(user)
            for one, mode in modes.items():
                one.chmod(mode)
            engine.dispose()
    else:
        name = engine.url.database
        with psycopg.connect(_address(engine), autocommit=True) as conn:
            conn.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
            engine.dispose()
            yield
            conn.execute("SET default_transaction_read_only = off")
            conn.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            engine.dispose()


@contextmanager
def gone(engine: Engine, file: Path) -> Iterator[None]:
    """Nobody answers any more, or what is there is no database."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        kept = file.read_bytes()
        file.write_bytes(b"no database" * 1000)
        yield
        engine.dispose()
        file.write_bytes(kept)
    else:
        name = engine.url.database
        with psycopg.connect(_address(engine, "postgres"), autocommit=True) as conn:
            conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
            conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.fixture
def shop(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(server_units, "BUSY_TIMEOUT_S", 0.01)  # read by each new connection
    engine.dispose()
    made = Shop(engine, tmp_path)
    yield made
    made.till.stop()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    (tmp_path / "disk").mkdir()
    small = SmallDisk(tmp_path / "disk", megabytes=3)
    yield small
    small.remove()


def goes_on(shop: Shop, before: int, earned: int) -> None:
    """Nothing was set aside, and the customer has every point."""
    told = shop.tries_for(5)
    assert (told.online, told.waiting, told.held, told.problem) == (True, 0, 0, None)
    assert not any(entry.parked for request in shop.till.wire.asked if request.page for entry in request.page.entries)
    shop.till.asks(Scan(shop.blank.token))
    view = points(shop.till.asks(Scan(shop.blank.token)))
    assert (view.confirmed, view.waiting) == (before + earned, 0)
    assert shop.shop.card(shop.blank.id).points_balance == before + earned


@pytest.mark.parametrize("outage", [locked, read_only, gone])
def test_a_database_that_does_not_work_is_told_as_such_and_no_entry_is_set_aside(
    shop: Shop, engine: Engine, tmp_path: Path, outage: Outage
) -> None:
    before = shop.shop.card(shop.blank.id).points_balance
    with outage(engine, tmp_path / "server.db"):
        for _sale in range(2):
            shop.earns()
        shop.answers.clear()
        told = shop.tries_for(10)
        assert set(shop.answers) <= {200, 503} and 503 in shop.answers
        assert told.held == 0 and told.waiting >= 2
        assert told.problem is not None and told.problem.kind == "server_down"
        assert shop.web.refused(EXCHANGE_PATH, b"{}", "nobody's")[0] in (401, 503), "whatever is asked"
    goes_on(shop, before, 20)


def test_a_full_disk_is_told_as_such_and_no_entry_is_set_aside(
    disk: SmallDisk, migrated_file: Path, tmp_path: Path
) -> None:
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, disk.folder / 'server.db')}")
    shop = Shop(engine, tmp_path)
    before = shop.shop.card(shop.blank.id).points_balance
    disk.fill()
    sales = 0
    while 503 not in shop.answers:  # what the log still has room for is taken
        shop.earns()
        sales += 1
        shop.tries_for(1)
        assert sales < 300, "this disk is never full"
    told = shop.tries_for(60)
    assert told.held == 0 and told.waiting >= 1
    assert told.problem is not None and told.problem.kind == "server_down"
    said = shop.web.post(PAIR_PATH, b'{"code":"x"}')
    assert said.status_code < 500 or (said.status_code, said.headers["Retry-After"]) == (503, "5")
    disk.free()
    goes_on(shop, before, 10 * sales)
    shop.till.stop()
    engine.dispose()


def test_an_entry_that_the_server_cannot_take_is_named_and_blocks_none_behind_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shop.shop.card(shop.blank.id).points_balance
    whole = entry_booking._read_items
    bad = shop.till.journal.head().seq + 2

    def fails_at_one(ledger: Any, pages: Any) -> Any:
        arrived = [one.row for _, page in pages for one in page]
        if any(row.seq == bad and not row.parked for row in arrived):
            raise ZeroDivisionError
        return whole(ledger, pages)

    monkeypatch.setattr(entry_booking, "_read_items", fails_at_one)
    for _sale in range(4):
        shop.earns()
    shop.answers.clear()
    told = shop.tries_for(10)
    assert shop.answers.count(422) == 3
    assert (told.held, told.waiting) == (1, 0)
    assert shop.shop.card(shop.blank.id).points_balance == before + 30
