"""A till with its own keys tries every kind of transaction with every authority broken, against a real server process.

The shop is made in the server's database beside it, as an operator's commands would; all tills speak over HTTP.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from loyalty.transactions import Kind
from server.db.migration import migrate
from server.db.units import Units, open_engine
from server.ledger.feed.recount import recount_all
from sync.exchange.access import Access
from sync.exchange.transport import HttpTransport
from sync.protocol.messages import ExchangeRequest, ExchangeResponse
from tests.support.companies import NewTill
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill
from tests.support.postgres import running
from tests.support.rogue import Rogue
from tests.system.processes import SERVER, free_port

DEADLINE_S = 30.0


class LiveShop(PaperShop):
    """A shop whose time is the real one, and whose tills reach the server over HTTP."""

    url = ""

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @now.setter
    def now(self, _moment: datetime) -> None:
        """Nobody sets the time."""

    def till(self, name: str = "Till 1", store: str = "Gare", *, synced: bool = True) -> PaperTill:
        till = super().till(name, store, synced=False)
        self.connect(till)
        if synced:
            till.sync()
        return till

    def connect(self, till: PaperTill) -> None:
        """Has a till reach the server at its present address."""
        assert till.sealing is not None
        till.serve_by(Wire(NewTill(till.signing, till.sealing).access(self.url, till.paired)))


class Wire:
    """A till's way to the server process."""

    def __init__(self, access: Access) -> None:
        self._transport = HttpTransport(access)

    def answer(self, _company_id: UUID, _terminal_id: UUID, request: ExchangeRequest, /) -> ExchangeResponse:
        return self._transport.exchange(request, DEADLINE_S)


@contextmanager
def database_of(*, postgresql: bool) -> Iterator[str | None]:
    """The address of an empty PostgreSQL database; None for a SQLite file of the run's own."""
    if not postgresql:
        yield None
        return
    with running() as cluster, cluster.database() as address:
        yield address


def run(folder: Path, database: str | None = None, kinds: tuple[Kind, ...] = tuple(Kind)) -> tuple[str, bool]:
    """Runs it on a database, by default a new SQLite file; its closing line, and whether all went as it must."""
    database = database or f"sqlite:///{folder / 'server.db'}"
    engine = open_engine(database)
    migrate(engine)
    shop = LiveShop(Units(engine), folder, pin_required="per_shift")
    with shop.units.platform_write() as conn:
        recount_all(conn, shop.now)
    port = free_port()
    words = ["serve", "--port", str(port), "--database", database, "--json"]
    environment = os.environ | {"ORION_KEYS": str(folder / "keys")}
    serving = subprocess.Popen(
        [sys.executable, "-c", SERVER, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    try:
        assert serving.stdout is not None
        line = serving.stdout.readline()
        assert b"listening" in line, f"the server said {line!r}"
        shop.url = f"http://127.0.0.1:{port}"
        rogue = Rogue(shop, shop.till, can_wait=False)
        rogue.try_all(kinds)
        rogue.try_limits()
        rogue.try_tricks()
        rogue.try_pins()
        rogue.honest_day()
        is_one_case = rogue.is_one_group_a_day()
    finally:
        serving.terminate()
        serving.wait(10)
        engine.dispose()
    tally = rogue.tally
    for wrong in tally.wrong:
        sys.stderr.write(f"{wrong}\n")
    sums = (tally.gained_points, tally.gained_stamps, tally.pins_taken, tally.honest_failures)
    return tally.line(), sums == (0, 0, 0, 0) and not tally.wrong and is_one_case
