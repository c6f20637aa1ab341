"""The peer: PouchDB on LevelDB with its own server, as processes, installed from its lock file."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HOME = Path(__file__).parent / "pouchdb"
TUNED_BATCH = 5000


class PeerMissing(Exception):
    """The peer cannot run; the text says what to install."""


def _installed() -> Path:
    if missing := [program for program in ("node", "npm") if shutil.which(program) is None]:
        raise PeerMissing(f"the peer is PouchDB, which needs {' and '.join(missing)}: install Node.js with npm")
    if not (_HOME / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=_HOME, check=True, stdout=subprocess.DEVNULL)
    return _HOME


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Runs PouchDB's server on an empty folder; yields its URL."""
    home = _installed()
    folder.mkdir(parents=True)
    process = subprocess.Popen(
        ["node", "server.js", str(folder)], cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def client(folder: Path, url: str, task: str, count: int, batch: int = 0) -> dict[str, Any]:
    """Runs a task of client.js and returns its figures; *batch* 0 means the default batch size."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["node", "client.js", str(folder), url, task, str(count), str(batch)]
    done = subprocess.run(words, cwd=_HOME, check=True, capture_output=True, timeout=3600)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def drain_s(folder: Path, count: int, batch: int = 0) -> float:
    """The seconds in which a till's documents reach an empty server."""
    with server(folder / "server") as url:
        return float(client(folder / "till", url, "drain", count, batch)["seconds"])


def drain_both_ways_s(folder: Path, count: int, batch: int = 0) -> float:
    """Like `drain_s`, but the server also writes a verdict on each document and changed cards, which the till
    fetches."""
    with server(folder / "server") as url:
        return float(client(folder / "till", url, "drain-both-ways", count, batch)["seconds"])


def bootstrap_s(folder: Path, count: int, batch: int = 0) -> float:
    """The seconds in which an empty till gets this many documents."""
    with server(folder / "server") as url:
        client(folder / "filler", url, "fill", count)
        return float(client(folder / "till", url, "bootstrap", count, batch)["seconds"])


def live_s(folder: Path, count: int) -> tuple[float, float]:
    """p50 and p95 of till → server → till, with live replication."""
    with server(folder / "server") as url:
        figures = client(folder / "tills", url, "live", count)
        return float(figures["p50"]), float(figures["p95"])
