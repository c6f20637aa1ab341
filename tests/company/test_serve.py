"""`orion-server serve` as a real process: it says where it listens, and ends when it is told to."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.companies import Office

COMMAND = (sys.executable, "-c", "from server.cli import main; main()")
STOPS_WITHIN_S = 3  # it takes a third of a second; a machine that runs other tests beside it takes longer
pytestmark = pytest.mark.slow


@contextmanager
def serving(office: Office, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that listens, and its address."""
    words = [*COMMAND, "serve", "--port", "0", "--database", office.url, "--json", *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())["listening"]
        finally:
            process.kill()


def test_it_makes_a_database_listens_and_ends_when_it_is_told(office: Office) -> None:
    with serving(office) as (process, address):
        with urlopen(f"{address}/health") as answer:
            assert json.load(answer) == {"ok": True}
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPS_WITHIN_S) == 0
    assert office.keys.exists()


def test_an_idle_connection_does_not_keep_it_alive(office: Office) -> None:
    with serving(office) as (process, address), urlopen(f"{address}/health") as answer:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPS_WITHIN_S) == 0
        assert answer.status == 200


def test_a_taken_port_is_said_in_one_sentence(office: Office) -> None:
    with serving(office) as (_, address):
        port = address.rsplit(":", 1)[1]
        words = [*COMMAND, "serve", "--port", port, "--database", office.url, "--json"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, json.loads(done.stdout)["reason"]) == (1, "address_taken")


def test_several_workers_need_postgresql(office: Office) -> None:
    assert office.refused("serve", "--workers", "2") == "workers_need_postgresql"


def test_commands_do_not_wait_for_the_webs_libraries(tmp_path: Path) -> None:
    code = "import sys, server.cli; print(sorted({'fastapi', 'uvicorn', 'alembic'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
