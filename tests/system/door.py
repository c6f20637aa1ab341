"""Ten tills exchange with a real server, alone and beside strangers who occupy connections."""

import asyncio
import multiprocessing
import random
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from server.exchange.exchange import Exchanges
from sync.exchange import transport
from sync.exchange.backoff import BACKOFF_MAX_S, spread
from sync.exchange.failures import Unreachable
from sync.exchange.transport import HttpTransport
from sync.protocol.entries import TillStarted
from sync.protocol.messages import HINTS_PATH
from tests.support.companies import NewTill, a_new_till, secret_of
from tests.support.paper_till import PaperTill
from tests.system.processes import Company

TILLS = 10
FILES = 1_024  # the usual soft limit at start; a program may raise it
PACE_S = 0.1  # between two exchanges of one till
DEADLINE_S = 30.0
LOG_BYTES_MAX = 1024 * 1024
TRIES_MAX = 3
COMES_BACK_AFTER_S = 2.0
_BEGINNINGS = (
    b"",
    b"POST /sync/v1/exchange HTTP/1.1\r\nHost: here\r\nX-Slow: ",
    b"POST /sync/v1/exchange HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n{",
    b"GET /sync/v1/hints HTTP/1.1\r\n",
)


@dataclass(frozen=True)
class Outcome:
    """The effect on the tills and on the size of the log."""

    alone_ms: float
    beside_ms: float
    log_bytes: int

    @property
    def is_good(self) -> bool:
        return self.beside_ms <= 1.5 * self.alone_ms and self.log_bytes < LOG_BYTES_MAX

    def line(self, connections: int, streams: int) -> str:
        return (
            f"connections={connections} streams={streams} p95_alone_ms={self.alone_ms:.1f} "
            f"p95_beside_ms={self.beside_ms:.1f} times={self.beside_ms / self.alone_ms:.2f} log_bytes={self.log_bytes}"
        )


def run(folder: Path, connections: int, streams: int, seconds: float) -> Outcome:
    """Measures the tills alone and beside the strangers in turns, so that other load affects both."""
    company = Company(folder)
    log = folder / "server.log"
    company.serve(log=log, files=FILES)
    try:
        address = f"http://127.0.0.1:{company.port}"
        tills = [_till(company, address, f"Till {number}") for number in range(TILLS)]
        noisy = _till(company, address, "Noisy").paired.token
        alone, beside = [], []
        _p95(tills, address, seconds)  # warm-up
        for _ in range(3):
            alone.append(_p95(tills, address, seconds))
            with _Strangers(company.port, noisy, connections, streams):
                _p95(tills, address, 0.0)  # waits until the rush of connections is over
                beside.append(_p95(tills, address, seconds))
        return Outcome(statistics.median(alone), statistics.median(beside), log.stat().st_size)
    finally:
        company.stop()


def _till(company: Company, address: str, name: str) -> PaperTill:
    new, code = a_new_till(), company.pairing_code(name)
    paired = transport.pair(address, new.request(code), secret_of(code).key, DEADLINE_S)
    nowhere = cast("Exchanges", None)  # not needed, as it exchanges over HTTP
    till = PaperTill(nowhere, lambda: datetime.now(UTC), new.signing, paired)
    till.sealing = new.sealing
    return till


def _p95(tills: list[PaperTill], address: str, seconds: float) -> float:
    """The 95th percentile of the exchanges' durations in milliseconds."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(len(tills)) as pool:
        took = [one for ones in pool.map(lambda till: _exchanges(till, address, until), tills) for one in ones]
    return 1000 * statistics.quantiles(took, n=20)[-1]


def _exchanges(till: PaperTill, address: str, until: float) -> list[float]:
    assert till.sealing is not None
    way = HttpTransport(NewTill(till.signing, till.sealing).access(address, till.paired))
    took: list[float] = []
    try:
        while not took or time.monotonic() < until:
            till.write(TillStarted())
            began = time.monotonic()
            _exchange(till, way)
            took.append(time.monotonic() - began)
            threading.Event().wait(PACE_S)
    finally:
        way.close()
    return took


def _exchange(till: PaperTill, way: HttpTransport) -> None:
    """Exchanges, retrying at once if the connection is cut; the retries count."""
    for _ in range(TRIES_MAX):
        with suppress(Unreachable):
            till.take(way.exchange(till.request(till.page()), DEADLINE_S))
            return
    raise AssertionError("an honest till is kept out")


class _Strangers:
    """A process that holds connections and streams until ended."""

    def __init__(self, port: int, token: str, connections: int, streams: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._says, hears = context.Pipe()
        self._process = context.Process(target=_stay, args=(hears, port, token, connections, streams), daemon=True)

    def __enter__(self) -> None:
        self._process.start()
        self._says.recv()  # all are connected

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _stay(says: Connection, port: int, token: str, connections: int, streams: int) -> None:
    asyncio.run(_all_stay(says, port, token, connections, streams))


async def _all_stay(says: Connection, port: int, token: str, connections: int, streams: int) -> None:
    listens = f"GET {HINTS_PATH} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    begins = [_BEGINNINGS[number % len(_BEGINNINGS)] for number in range(connections)]
    come = asyncio.Semaphore(0)
    everybody = [_one_stays(port, first, COMES_BACK_AFTER_S, come.release) for first in begins]
    everybody += [_one_stays(port, listens, BACKOFF_MAX_S, come.release) for _ in range(streams)]
    tasks = [asyncio.create_task(one) for one in everybody]
    for _ in tasks:
        await come.acquire()
    says.send(True)
    await asyncio.gather(*tasks)


async def _one_stays(port: int, begins: bytes, comes_back_after_s: float, has_come: Callable[[], None]) -> None:
    """Holds one connection and reopens it when closed, streams after a till's usual delay."""
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begins)
            if begins:
                await writer.drain()
            has_come()
            while await reader.read(4096):
                pass
            writer.close()
        await asyncio.sleep(spread(comes_back_after_s, random.random()))
