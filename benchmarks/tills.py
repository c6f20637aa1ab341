"""`tills`: 500 tills on one server with PostgreSQL, each sending one entry at a time and waiting for the answer.

The peer is PostgreSQL's pgbench with as many clients on the same cluster: TPC-B-like, with one branch for each of our
companies, because each of its transactions updates a branch's row like ours update a company's. Its simple-update
script has no such row and is shown too. All wait for the disk.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.figures.floors import fdatasync_s, percentile
from benchmarks.figures.outcome import Outcome, ms
from benchmarks.setups.shop import card_id, company_of, fill, load_till
from benchmarks.setups.till_load import Load, LoadTill, Measured
from server import bootstrap, settings
from server.bootstrap import Server
from tests.support.postgres import Cluster, command, running

TILLS = 500
COMPANIES = 25
CARDS = 400  # of each company
SECONDS = 20
PROCESSES = 2
WORKERS = 2


def run(folder: Path) -> list[Outcome]:
    """pgbench, then ours, on the same cluster."""
    disk = fdatasync_s(folder)
    with running(durable=True, max_connections="600", max_wal_size="4GB") as cluster:
        with cluster.database() as peer:
            one_row, no_row = pgbench(cluster, peer)
        with cluster.database() as url:
            measured = exchanged(folder, url)
    a_second = measured.exchanges / SECONDS
    return [
        Outcome(
            name="tills",
            ratio=a_second / one_row,
            goal=0.3,
            higher_is_better=True,
            floor=f"simple-update:{no_row:.0f}/s",
            peer=f"pgbench-tpcb:{one_row:.0f}/s",
            fdatasync_s=disk,
            more=(
                ("exchanges_per_s", f"{a_second:.0f}"),
                ("p50", ms(percentile(measured.waits_s, 0.5))),
                ("p95", ms(percentile(measured.waits_s, 0.95))),
                ("rows_each", f"{measured.rows / measured.exchanges:.1f}"),
                ("tills", str(TILLS)),
                ("companies", str(COMPANIES)),
            ),
        )
    ]


def pgbench(cluster: Cluster, url: str) -> tuple[float, float]:
    """The transactions per second of its TPC-B-like and simple-update scripts."""
    database = urlsplit(url).path.lstrip("/")
    words = ["-h", str(cluster.folder), "-U", "postgres"]
    _done(command("pgbench", "-i", "-q", "-s", str(COMPANIES), *words, database))
    load = ["-c", str(TILLS), "-j", str(PROCESSES), "-T", str(SECONDS), "-n"]
    one_row, no_row = (
        _done(command("pgbench", "-b", script, *load, *words, database)) for script in ("tpcb-like", "simple-update")
    )
    return _a_second(one_row), _a_second(no_row)


def exchanged(folder: Path, url: str) -> Measured:
    """The results of all tills together."""
    environment = {**os.environ, "ORION_DATABASE": url, "ORION_KEYS": str(folder / "server.keys")}
    server = bootstrap.prepare(settings.read(environment))
    tills = [till for number in range(COMPANIES) for till in _tills(server, f"chain-{number}", TILLS // COMPANIES)]
    with _serving(environment) as (host, port):
        loads = [Load(host, port, SECONDS, tills[part::PROCESSES]) for part in range(PROCESSES)]
        words = [sys.executable, "-m", "benchmarks.setups.till_load"]
        started = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in loads]
        for process, load in zip(started, loads, strict=True):
            _say(process, msgspec.json.encode(load).decode())
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "a load did not start"
        for process in started:
            _say(process, "go")
        parts = [msgspec.json.decode(process.communicate()[0], type=Measured) for process in started]
    waits = [wait for part in parts for wait in part.waits_s]
    return Measured(len(waits), waits, sum(part.rows for part in parts))


def _tills(server: Server, slug: str, count: int) -> list[LoadTill]:
    company, _ = company_of(server, slug)
    fill(server, company, CARDS)
    cards = tuple(map(card_id, range(CARDS)))
    return [load_till(server, company, f"Till {number}", cards) for number in range(count)]


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    words = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0", "--json"]
    words += ["--workers", str(WORKERS)]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        address = urlsplit(msgspec.json.decode(process.stdout.readline())["listening"])
        assert address.hostname is not None and address.port is not None
        yield address.hostname, address.port
    finally:
        process.terminate()
        process.wait()


def _say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _done(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def _a_second(output: str) -> float:
    found = re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE)
    assert found is not None, output
    return float(found[1])
