"""`orion-server serve` as a real process: it prints its address, and stops on request."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from sync.protocol.messages import PAIR_PATH
from tests.support.companies import Office, a_new_till

COMMAND = (sys.executable, "-c", "from server.cli import main; main()")
STOPS_WITHIN_S = 3  # usually a third of a second; more while other tests run
ANSWERS_WITHIN_S = 60
pytestmark = pytest.mark.slow

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
by_one_or_two = pytest.mark.parametrize("workers", [1, 2])


@contextmanager
def serving(office: Office, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A listening server and its address."""
    with started(office, *options) as (process, said):
        yield process, said["listening"]


@contextmanager
def started(office: Office, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A listening server and what it says."""
    words = [*COMMAND, "serve", "--port", "0", "--database", office.url, "--json", *options]
    environment = os.environ | {"ORION_KEYS": str(office.keys)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def health(address: str) -> object:
    with urlopen(f"{address}/health", timeout=ANSWERS_WITHIN_S) as answer:
        return json.load(answer)


def until_ready(address: str) -> None:
    """Waits until the server is ready, as a proxy before it would."""
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(HTTPError), urlopen(f"{address}/ready", timeout=ANSWERS_WITHIN_S) as answer:
            assert json.load(answer) == {"database": True, "migrated": True, "keys": True, "jobs": True}
            return
    raise AssertionError("it was never ready")


def ended(process: subprocess.Popen[str]) -> int:
    """The exit code after asking it to stop."""
    process.send_signal(signal.SIGTERM)
    return process.wait(STOPS_WITHIN_S)


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The ids of its worker processes."""
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    return [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_it_makes_a_database_listens_and_ends_when_it_is_told(bare_office: Office) -> None:
    with serving(bare_office) as (process, address):
        assert health(address) == {"ok": True}
        until_ready(address)
        assert ended(process) == 0
    assert bare_office.keys.exists()


def test_an_idle_connection_does_not_keep_it_alive(bare_office: Office) -> None:
    with serving(bare_office) as (process, address), urlopen(f"{address}/health") as answer:
        assert ended(process) == 0
        assert answer.status == 200


def test_a_taken_port_is_said_in_one_sentence(bare_office: Office) -> None:
    with serving(bare_office) as (_, address):
        port = address.rsplit(":", 1)[1]
        words = [*COMMAND, "serve", "--port", port, "--database", bare_office.url, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, json.loads(done.stdout)["reason"]) == (1, "address_taken")


def test_several_workers_need_postgresql(bare_office: Office) -> None:
    assert bare_office.refused("serve", "--workers", "2") == "workers_need_postgresql"


@on_postgresql
def test_two_workers_serve_one_address_and_end_together(office: Office) -> None:
    with serving(office, "--workers", "2") as (process, address):
        assert len(workers_of(process)) == 2
        assert health(address) == {"ok": True}
        assert ended(process) == 0
        assert process.stdout is not None and process.stdout.read() == "", "it says where it listens once"


@on_postgresql
@by_one_or_two
def test_metrics_count_what_all_workers_answered_also_those_that_died(office: Office, workers: int) -> None:
    options = ("--workers", str(workers), "--metrics", "--metrics-port", "0")
    with started(office, *options) as (process, said):
        address, metrics = said["listening"], said["metrics"]
        assert metrics.startswith("http://127.0.0.1:")
        for _ in range(20):
            health(address)
        for pid in workers_of(process):
            os.kill(pid, signal.SIGKILL)
        health(address)
        with urlopen(metrics, timeout=ANSWERS_WITHIN_S) as answer:
            lines = answer.read().decode().splitlines()
        (counted,) = [line for line in lines if line.startswith("orion_http_seconds_count")]
        assert counted == 'orion_http_seconds_count{area="health",status="2xx"} 21.0'
        assert any(line.startswith("orion_mails_queued 0") for line in lines)
        with pytest.raises(HTTPError):
            urlopen(f"{address}/metrics", timeout=ANSWERS_WITHIN_S)
        assert ended(process) == 0


@on_postgresql
def test_workers_that_die_are_replaced(office: Office) -> None:
    with serving(office, "--workers", "2") as (process, address):
        for pid in workers_of(process):
            os.kill(pid, signal.SIGKILL)
        assert health(address) == {"ok": True}
        assert ended(process) == 0


@on_postgresql
def test_workers_do_not_outlive_the_process_that_started_them(office: Office) -> None:
    with serving(office, "--workers", "2") as (process, _):
        process.kill()
        assert process.stdout is not None and process.stdout.read() == "", "its other end is open in every worker"


@on_postgresql
def test_workers_that_cannot_start_end_the_server(office: Office) -> None:
    with serving(office, "--workers", "2") as (process, _):
        office.keys.write_bytes(b"torn")
        os.kill(workers_of(process)[0], signal.SIGKILL)
        assert process.wait(ANSWERS_WITHIN_S) == 1
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["reason"] == "worker_failed"


@on_postgresql
@by_one_or_two
def test_a_request_that_waits_for_the_database_does_not_keep_it_alive(office: Office, workers: int) -> None:
    request = a_new_till().call(office.a_code(office.a_company()))
    with (
        serving(office, "--workers", str(workers)) as (process, address),
        psycopg.connect(office.url) as holder,
        psycopg.connect(office.url, autocommit=True) as watcher,  # a transaction would see a fixed list of waiters
    ):
        holder.execute("SELECT FROM companies FOR UPDATE")
        till = threading.Thread(target=_asks_in_vain, args=(Request(address + PAIR_PATH, *request),))
        till.start()
        while not watcher.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
            assert till.is_alive(), "it was to wait for the company's lock"
        assert ended(process) == 0
        till.join()


def test_commands_do_not_wait_for_the_webs_libraries(tmp_path: Path) -> None:
    code = "import sys, server.cli; print(sorted({'fastapi', 'uvicorn', 'alembic'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def _asks_in_vain(request: Request) -> None:
    with suppress(OSError):
        urlopen(request, timeout=ANSWERS_WITHIN_S)


def test_it_listens_beyond_this_machine_only_where_an_operator_says_so(bare_office: Office) -> None:
    assert bare_office.refused("serve", "--host", "0.0.0.0", "--port", "0") == "plain_http"
    with serving(bare_office, "--host", "0.0.0.0", "--plain-http") as (process, address):
        port = address.rsplit(":", 1)[1]
        assert health(f"http://127.0.0.1:{port}") == {"ok": True, "plain_http": True}
        assert ended(process) == 0
