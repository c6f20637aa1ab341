"""A PostgreSQL of the run's own, from the system's package: started once, with an empty database for whoever asks.

A test's data does not survive a power cut; a benchmark's does. That it is missing is a failure, never a skip.
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

PROGRAMS = Path("/usr/lib/postgresql")  # Debian keeps every version apart, and none of them on the PATH
SETTINGS = {
    "listen_addresses": "",  # only its socket: no port can be taken
    "log_min_messages": "log",  # that it is ready; not every constraint that a test violates
    "log_checkpoints": "off",
}
CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
SORTING = ("--locale=C", "--locale-provider=icu", "--icu-locale=en")  # by language, as in the world; not by byte
READY = "ready to accept connections"


class NoPostgres(Exception):
    """The tests cannot say that the server runs on both databases."""


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL, at a socket in *folder*."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """How the server's settings name a database of it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, for a while; a copy of the database called *template*."""
        name = f"test_{next(self._numbers)}"
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)  # half the time of the default
        try:
            yield self.url(name)
        finally:
            self.run("DROP DATABASE {} WITH (FORCE)", name)  # a killed server's connections may still be there

    def run(self, statement: str, *names: str) -> None:
        """One statement about databases, outside of any."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running(*, durable: bool = False, **more: str) -> Iterator[Cluster]:
    """A cluster, until the run is over, however it ends; *durable*: as it comes, with what keeps its data.

    *more* are settings of PostgreSQL's.
    """
    with tempfile.TemporaryDirectory(prefix="orion-postgresql-") as made:  # a short name: sockets have 107 bytes
        folder = Path(made)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            folder.chmod(0o755)
        data = folder / "data"
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
                process.send_signal(signal.SIGQUIT)  # at once: nobody needs the data


def _made(data: Path) -> None:
    words = ("-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *SORTING)
    done = subprocess.run(command("initdb", *words), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPostgres(done.stderr)


def _wait_until_ready(log: IO[str]) -> None:
    said = []
    for line in log:
        if READY in line:
            threading.Thread(target=log.read, daemon=True).start()  # a full pipe would stop it
            return
        said.append(line)
    raise NoPostgres("".join(said))


def command(program: str, *words: str) -> list[str]:
    """*program* as the user that owns the data: PostgreSQL refuses root. It ends with whoever started it."""
    found = sorted(PROGRAMS.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise NoPostgres(f"there is no {program}: apt-get install postgresql")
    drop = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        drop = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return ["setpriv", *drop, "--pdeathsig=QUIT", path, *words]
