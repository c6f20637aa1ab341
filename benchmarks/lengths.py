"""`lengths`: how an exchange grows with its store's transactions, and a till's status with what waits on it.

The exchanges are the server's part alone, each answered from the database as by a server that has just started, since a
warm one answers from memory. Ledgers and queues of all sizes are measured in turn. Medians.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.drain import CARDS, write_offline
from benchmarks.figures.floors import fdatasync_s, percentile, sqlite_commits_s
from benchmarks.figures.outcome import Outcome
from benchmarks.growth import ROUNDS, SALES, compared
from benchmarks.setups import bulk
from benchmarks.setups.shop import card_id, company_of, fill, shop
from server import bootstrap, settings
from server.bootstrap import Server
from server.companies import stores
from server.db.tables import transactions
from server.db.units import next_version, open_engine
from server.exchange.exchange import Exchanges
from server.terminals import pairing
from sync.protocol.messages import Cursors, ExchangeRequest, ExchangeResponse
from terminal.bootstrap import Till
from terminal.interface.asks import Status
from tests.support.companies import a_new_till
from tests.support.paper_till import PaperTill

TRANSACTIONS = (10_000, 100_000, 1_000_000)
WAITING = (100, 1_000, 10_000, 100_000)


def run(folder: Path) -> list[Outcome]:
    """Compares the longest with the shortest."""
    disk, floor = fdatasync_s(folder), percentile(sqlite_commits_s(folder), 0.5)
    exchanges = {count: _exchange(_till_of(folder / f"ledger-{count}", count)) for count in TRANSACTIONS}
    by_ledger = _in_turn(exchanges)
    with ExitStack() as stack:
        ours = stack.enter_context(shop(folder / "shop", cards=CARDS))
        by_queue = _in_turn(
            {count: _status(_waiting(stack, ours.open(ours.pair(f"{count}")), count)) for count in WAITING}
        )
    return [
        compared("growth-transactions", by_ledger, "transactions", floor, disk),
        compared("growth-waiting", by_queue, "waiting", floor, disk),
    ]


class _JustStarted:
    """Answers each exchange as a server that has nothing in memory."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def answer(self, company_id: UUID, terminal_id: UUID, request: ExchangeRequest, /) -> ExchangeResponse:
        return Exchanges(self._server.units, self._server.keys, self._server.now).answer(
            company_id, terminal_id, request
        )


def _till_of(folder: Path, count: int) -> PaperTill:
    """A till of a store in which *count* transactions were recorded within the days that tills receive."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'server.db'}"
    server = bootstrap.prepare(settings.read({"ORION_DATABASE": url, "ORION_KEYS": str(folder / "server.keys")}))
    company, store_id = company_of(server)
    fill(server, company, CARDS)
    code, new, now = pairing.PairingCode.random(), a_new_till(), datetime.now(UTC)
    with server.units.write(company.id) as conn:
        store = stores.by_id(conn, company.id, store_id)
        pairing.open_code(conn, company.id, store, "Till 1", code, platform=server.keys.platform, now=now)
        paired = new.paired(conn, company.id, code.text, server.keys, now)
    till = PaperTill(_JustStarted(server), server.now, new.signing, paired)
    till.earn(card_id(0), 500)
    till.sync()
    with server.units.write(company.id) as conn:
        first = next_version(conn, company.id, count)
    engine = open_engine(url)
    with engine.connect() as conn:
        one = conn.exec_driver_sql("SELECT * FROM transactions").mappings().one()
    bulk.add(engine, transactions, _copies(dict(one), first, count))
    till.cursors = Cursors(essentials=till.cursors.essentials, bulk=first + count - 1)
    return till


def _copies(one: dict[str, object], first: int, count: int) -> Iterator[tuple[object, ...]]:
    names = [column.name for column in transactions.columns]
    for number in range(count):
        own = {"transaction_id": uuid4().bytes, "card_id": card_id(number % CARDS).bytes, "version": first + number}
        yield tuple((one | own)[name] for name in names)


def _exchange(till: PaperTill) -> Callable[[int], float]:
    def cost(turn: int) -> float:
        for sale in range(SALES):
            till.earn(card_id((turn * SALES + sale) % CARDS), 500)
        begun = time.perf_counter()
        till.sync()
        return time.perf_counter() - begun

    return cost


def _waiting(stack: ExitStack, till: Till, count: int) -> Till:
    """The till after it has written *count* entries that nobody has answered."""
    stack.callback(till.close)
    till.exchanger.sync(60)
    write_offline(till, count)
    return till


def _status(till: Till) -> Callable[[int], float]:
    def cost(_turn: int) -> float:
        begun = time.perf_counter()
        assert till.counter.handle(Status()).ok
        return time.perf_counter() - begun

    return cost


def _in_turn(costs: dict[int, Callable[[int], float]]) -> dict[int, list[float]]:
    taken: dict[int, list[float]] = {count: [] for count in costs}
    for turn in range(ROUNDS + 1):
        for count, cost in costs.items():
            one = cost(turn)
            taken[count] += [one] if turn else []  # the first round warms up
    return taken
