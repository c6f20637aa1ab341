"""Numbers for Prometheus, which this machine alone may read. No company and nobody is named in them.

One process keeps its numbers in memory. Several workers each keep theirs in a file of a common folder, as the library
does where `PROMETHEUS_MULTIPROC_DIR` names one, and the process that started them answers with the sums. What a worker
had counted when it died still counts. What the database knows is asked when somebody reads.
"""

import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.db import job_queue
from server.db.units import UnitOfWork, Units
from server.mail import outbox
from server.problems import AddressTaken, DatabaseProblem

HOST, PORT = "127.0.0.1", 9464
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_AREAS = (
    ("/sync/v1/exchange", "exchange"),
    ("/sync/v1/hints", "hints"),
    ("/sync/v1/pair", "pair"),
    ("/sync/v1/snapshot", "snapshot"),
    ("/api/", "api"),
    ("/static/", "static"),
    ("/wallet/", "wallet"),
    ("/health", "health"),
    ("/ready", "health"),
)


class Meters:
    """What one process counts."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._seconds = Histogram(
            "orion_http_seconds",
            "Seconds until an answer began.",
            ["area", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._entries = Counter("orion_exchange_entries", "Verdicts on entries of tills.", ["word"], registry=registry)
        self._lock_wait = Histogram(
            "orion_lock_wait_seconds",
            "Seconds that a unit of work waited for its company's lock.",
            buckets=_SECONDS,
            registry=registry,
        )

    def timed(self, app: ASGIApp) -> ASGIApp:
        """The application with its answers timed."""
        return _Timed(app, self)

    def lock_waited(self, seconds: float) -> None:
        """A unit of work has got its company's lock."""
        self._lock_wait.observe(seconds)

    def judged(self, words: Mapping[str, int]) -> None:
        """So many entries got each of these verdicts."""
        for word, count in words.items():
            self._entries.labels(word).inc(count)

    def answered(self, area: str, status: int, seconds: float) -> None:
        """An answer has begun."""
        self._seconds.labels(area, f"{status // 100}xx").observe(seconds)


class _Timed:
    """An application whose answers are timed."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._meters.answered(_area_of(scope["path"]), message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, sending)


def _area_of(path: str) -> str:
    """The part of the server that answers; few, as each is a series of its own."""
    return next((area for beginning, area in _AREAS if path.startswith(beginning)), "pages")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of another room, asked for when somebody reads; None if there is none."""

    name: str
    means: str
    read: Callable[[UnitOfWork], float | None]


class DatabaseMetrics:
    """What the database knows; nothing while it does not answer."""

    def __init__(self, units: Units, following: Collection[str], more: Sequence[Number] = ()) -> None:
        self._units = units
        self._following = following
        self._more = more

    def collect(self) -> Iterator[Metric]:
        try:
            with self._units.read() as conn:
                late = job_queue.late(conn, self._following, job_queue.database_time(conn))
                queued = outbox.waiting(conn)
                more = [(one, one.read(conn)) for one in self._more]
        except DatabaseProblem:
            return
        jobs = GaugeMetricFamily(
            "orion_jobs_late_seconds", "How long the job that is due longest has waited.", labels=["job"]
        )
        for name, waited in sorted(late.items()):
            jobs.add_metric([name], max(0.0, waited.total_seconds()))
        yield jobs
        yield GaugeMetricFamily("orion_mails_queued", "Mails that no mail server has taken yet.", value=queued)
        for number, value in more:
            if value is not None:
                yield GaugeMetricFamily(number.name, number.means, value=value)


def answer(port: int, of_database: DatabaseMetrics, meters: Meters | None) -> str:
    """Answers Prometheus in a thread of its own, without *meters* for the workers; returns the address."""
    registry = CollectorRegistry() if meters is None else meters.registry
    registry.register(cast(Collector, of_database))  # it need only have `collect`
    if meters is None:
        cast(Any, MultiProcessCollector)(registry, path=os.environ[_FOLDER])  # it has no types
    try:
        server, _ = start_http_server(port, HOST, registry)
    except OSError as error:
        raise AddressTaken(HOST, port) from error
    return f"http://{HOST}:{server.server_port}/metrics"


@contextmanager
def shared_by_workers() -> Iterator[None]:
    """A folder in which workers that are started now keep their numbers."""
    with tempfile.TemporaryDirectory(prefix="orion-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]
