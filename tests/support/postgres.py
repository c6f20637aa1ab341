"""A PostgreSQL server for one run, from the system's package, with empty databases on request.

Tests use it without durability, benchmarks with it. If it is missing, tests fail instead of being skipped.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

PROGRAMS = Path("/usr/lib/postgresql")  # where Debian installs each version, outside the PATH
SETTINGS = {
    "listen_addresses": "",  # a socket only, to avoid port conflicts
    "log_min_messages": "log",  # reports readiness, but not violated constraints
    "log_checkpoints": "off",
}
CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
SORTING = ("--locale=C", "--locale-provider=icu", "--icu-locale=en")  # linguistic sorting, as usual in production
READY = "ready to accept connections"


class NoPostgres(Exception):
    """PostgreSQL is not installed."""


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL with a socket in *folder*."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Creates a temporary database, as a copy of *template*; yields its URL."""
        name = f"test_{next(self._numbers)}"
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)  # twice as fast as the default
        try:
            yield self.url(name)
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)  # connections of killed servers may remain

    def run(self, statement: str, *names: str) -> None:
        """Executes a statement about databases, outside of any."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running(*, durable: bool = False, kept: Path | None = None, **more: str) -> Iterator[Cluster]:
    """Runs a cluster until the end; *durable* for default durability. *more* are PostgreSQL settings.

    Its data lie in the folder *kept*, which may have them from an earlier run, or are deleted at the end.
    """
    with tempfile.TemporaryDirectory(
        prefix="orion-postgresql-"
    ) as made:  # a short name, as socket paths are limited to 107 bytes
        folder = Path(made)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            folder.chmod(0o755)
        data = folder / "data" if kept is None else kept
        if not (data / "PG_VERSION").exists():
            _made(data)
        chosen = (SETTINGS if durable else SETTINGS | CARELESS) | more
        settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        words = command("postgres", "-D", str(data), "-k", str(folder), *settings)
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            try:
                assert process.stderr is not None
                _wait_until_ready(process.stderr)
                yield Cluster(folder)
            finally:
                process.send_signal(signal.SIGQUIT if kept is None else signal.SIGINT)  # at once, or with all on disk


def _made(data: Path) -> None:
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
    words = ("-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *SORTING)
    done = subprocess.run(command("initdb", *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPostgres(done.stderr)


def _wait_until_ready(log: IO[str]) -> None:
    said = []
    for line in log:
        if READY in line:
            threading.Thread(target=log.read, daemon=True).start()  # keeps the pipe from filling up
            return
        said.append(line)
    raise NoPostgres("".join(said))


def command(program: str, *words: str) -> list[str]:
    """The command line of *program* as the data's owner, because PostgreSQL refuses root; it ends with its parent."""
    found = sorted(PROGRAMS.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise NoPostgres(f"there is no {program}: apt-get install postgresql")
    drop = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        drop = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return ["setpriv", *drop, "--pdeathsig=QUIT", path, *words]
