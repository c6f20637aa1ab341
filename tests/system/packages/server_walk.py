"""The life of the server's package: installed, set up, used by tills, backed up, lost and restored, updated, removed.

It starts once in a bare system, which has nothing but what the package asks for. Then systemd is added and runs the
package's units.
"""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen
from uuid import UUID

from sync.protocol.version import VERSION
from tests.system.books import Acknowledged, compare
from tests.system.packages import releases
from tests.system.packages.bare_root import BareRoot, BootedRoot, booted, depends_of, environment
from tests.system.processes import PROGRAM, JsonTill, free_port, terminal

NAME = "orion-server"
WITHIN_S = 60
CARDS = 20
SETTINGS = "etc/orion/server.env"
DATABASE = "var/lib/orion/server.db"
BACKUPS = "var/backups/orion"
OF_SYSTEMD = r"var/(log|tmp|lib/systemd)(/(?!.*orion)|$)|etc/(machine-id|systemd/system/(?!.*orion))"
CLEAN = {"ok": True, "companies": 1, "problems": 0}


def run(folder: Path) -> str:
    """Walks through it; returns what came of it."""
    package = releases.built("server", folder / "first")
    newer = releases.built("server", folder / "newer", tree=releases.next_release(folder / "next-release"))
    bare = BareRoot.made(folder / "root")
    bare.install(*depends_of(package))
    bare.install(package)
    _start_in_bare_root(bare)
    bare.said("apt-get", "purge", "--yes", NAME)
    bare.install("systemd-sysv", "dbus")
    before = bare.files()
    with booted(bare) as root:
        server = Server(root, package)
        server.start()
        server.found_company()
        with closing(Shop(folder, server)) as shop:
            backup, meanwhile = _backed_up_under_load(server, shop)
            shop.serve(CARDS)
            shop.settle()
            _practise(server, backup)
            forgotten = _lose_the_database(server, backup)
            shop.settle()  # the tills send again what the backup did not have
            shop.serve(CARDS)
            shop.settle()
            assert server.said("check") == CLEAN
            _update_under_load(server, newer, shop)
            _remove_and_come_back(server, newer, shop)
        server.stop()
        assert server.said("check") == CLEAN
        found = compare(shop.recorded, root.path / DATABASE)
        assert found.equal, found
        server.start()
        root.said("apt-get", "purge", "--yes", NAME)
        assert server.shown("ActiveState") == "inactive"
    left = {one for one in bare.files() - before if not re.match(OF_SYSTEMD, one)}
    assert all(f"{one}/".startswith(f"{BACKUPS}/") for one in left), sorted(left)
    assert sum(one.endswith("/manifest.json") for one in left) == 1
    return (
        f"package={package.name} bytes={package.stat().st_size} transactions={len(shop.recorded.entries)} "
        f"during_backup={meanwhile} forgotten_by_backup={forgotten} updated={VERSION}→{releases.NEXT_VERSION} "
        f"lost={found.lost} doubled={found.doubled} left_by_purge={BACKUPS} removed=yes"
    )


def _start_in_bare_root(root: BareRoot) -> None:
    """Does what the unit does, without systemd: its commands, as its user, with the settings of its file."""
    root.verify(NAME)
    assert root.said("stat", "--format=%U:%G %a", f"/{SETTINGS}") == "root:orion 640"
    assert root.said("stat", "--format=%U %a", "/var/lib/orion", f"/{BACKUPS}") == "orion 700\norion 700"
    unit = (root.path / "usr/lib/systemd/system/orion-server.service").read_text()
    commands = dict(re.findall(r"^(ExecStartPre|ExecStart)=(.*)$", unit, re.MULTILINE))
    assert re.search(r"^User=orion$", unit, re.MULTILINE)
    settings = dict(re.findall(r"^(ORION_\w+)=(.*)$", (root.path / SETTINGS).read_text(), re.MULTILINE))
    root.said(*commands["ExecStartPre"].split(), user="orion", settings=settings)
    words = commands["ExecStart"].replace("$ORION_SERVE", f"--port {free_port()} --json").split()
    command = root.command(*words, user="orion")
    with subprocess.Popen(command, env=environment(settings), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            _wait_until_ready(json.loads(process.stdout.readline())["listening"])
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()


class Server:
    """The installed server, run by systemd."""

    def __init__(self, root: BootedRoot, package: Path) -> None:
        self.root = root
        port, metrics = free_port(), free_port()
        self.address, self._metrics = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics}/metrics"
        root.install(package)
        assert root.said("systemctl", "is-enabled", "orion-server", code=1) == "disabled"  # settings come first
        file = root.path / SETTINGS
        options = f"ORION_SERVE=--port {port} --metrics --metrics-port {metrics}"
        text, count = re.subn(r"^ORION_SERVE=.*$", options, file.read_text(), flags=re.MULTILINE)
        assert count == 1
        file.write_text(text)

    def said(self, *words: str) -> Any:
        """The last object that a command prints. An operator gives it, as root, without naming database or user."""
        lines = self.root.said(NAME, *words, "--json").splitlines()
        return json.loads(lines[-1])

    def start(self) -> None:
        """Starts server and timer as operators are told to, and waits until the server is ready."""
        self.root.said("systemctl", "enable", "--now", "orion-server", "orion-backup.timer")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Waits until it answers, and has numbers for Prometheus."""
        _wait_until_ready(self.address)
        with urlopen(self._metrics, timeout=WITHIN_S) as answer:
            assert b"orion_http_seconds" in answer.read()

    def stop(self) -> None:
        """Stops it, which it does by itself before systemd kills it."""
        self.root.said("systemctl", "stop", "orion-server")
        assert self.shown("Result") == "success"

    def shown(self, name: str) -> str:
        """What systemd says of the unit."""
        return self.root.said("systemctl", "show", "--value", f"--property={name}", "orion-server")

    def found_company(self) -> None:
        """A company with a program, a store, and people."""
        (self.root.path / "srv/program.json").write_text(json.dumps(PROGRAM))
        self.said("company", "create", "--name", "Café Aurora", "--slug", "aurora")
        self.said("program", "set", "--company", "aurora", "/srv/program.json")
        self.said("settings", "set", "--company", "aurora", "pin_required=never")
        self.said("store", "create", "--company", "aurora", "--name", "Old town")
        self.said("staff", "create", "--company", "aurora", "--name", "Anna", "--role", "manager", "--pin", "2580")


class Shop:
    """Two tills that serve a shop's customers, each a process."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.recorded = Acknowledged()
        lines = server.root.said(NAME, "card", "issue", "--company", "aurora", "--count", str(CARDS), "--json")
        codes = [json.loads(line)["qr_code"] for line in lines.splitlines()]
        self._tills = []
        for name in ("Till 1", "Till 2"):
            code = server.said("terminal", "code", "--company", "aurora", "--store", "Old town", "--name", name)["code"]
            profile = folder / name
            terminal(profile, "pair", "--server", server.address, "--code", code)
            self._tills.append(JsonTill(profile))
        self.settle()
        self._cards = [(code, self._enrolled(code)) for code in codes]
        self.settle()

    def serve(self, customers: int) -> None:
        """Each till gives stamps to some customers, and exchanges after each."""
        for number in range(customers):
            code, card = self._cards[number % len(self._cards)]
            till = self._tills[number % 2]
            assert till.ask(id=1, do="scan", code=code)["ok"]
            reply = till.ask(id=2, do="stamp")
            assert reply["ok"], reply
            self.recorded.entries.append(UUID(reply["entry"]["id"]))
            self.recorded.stamps[card] += 1
            till.ask(id=3, do="sync", timeout_s=WITHIN_S)

    def settle(self) -> None:
        """Exchanges until both tills and the server know the same."""
        for till in (*self._tills, *self._tills):
            status = till.ask(id=9, do="sync", timeout_s=WITHIN_S)["status"]
            assert status["waiting"] == 0 and status["acked_seq"] == status["last_seq"], status

    def close(self) -> None:
        for till in self._tills:
            till.close()

    def _enrolled(self, code: str) -> UUID:
        reply = self._tills[0].ask(id=0, do="enrol", code=code)
        assert reply["ok"], reply
        self.recorded.entries.append(UUID(reply["entry"]["id"]))
        return UUID(reply["card"]["id"])


@contextmanager
def _under_load(shop: Shop) -> Iterator[None]:
    """The tills serve meanwhile."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            shop.serve(2)

    tills = threading.Thread(target=work, daemon=True)
    tills.start()
    try:
        yield
    finally:
        over.set()
        tills.join(WITHIN_S)


def _backed_up_under_load(server: Server, shop: Shop) -> tuple[str, int]:
    """Runs the backup's unit while the tills serve; returns the backup's path, and how many customers they served."""
    before = len(shop.recorded.entries)
    with _under_load(shop):
        server.root.said("systemctl", "start", "orion-backup.service")
        during = len(shop.recorded.entries) - before
    shop.settle()
    (made,) = (server.root.path / BACKUPS).iterdir()
    manifest = json.loads((made / "manifest.json").read_text())
    assert during > 0, "no till served anybody meanwhile"
    assert before <= manifest["rows"]["transactions"] <= before + during + 2
    assert server.root.said("stat", "--format=%U %a", f"/{BACKUPS}/{made.name}") == "orion 700"
    return f"{BACKUPS}/{made.name}", during


def _practise(server: Server, backup: str) -> None:
    """Restores the backup beside the server, as operators are told to do each quarter."""
    place = ("--database", "sqlite:////var/lib/orion/practice.db")
    server.said("restore", f"/{backup}", *place)
    assert server.said("check", *place) == CLEAN
    for file in (server.root.path / "var/lib/orion").glob("practice.db*"):
        file.unlink()


def _lose_the_database(server: Server, backup: str) -> int:
    """Deletes the database and restores the backup; returns how many transactions are missing then."""
    server.stop()
    file = server.root.path / DATABASE
    before = _transactions(file)
    for one in file.parent.glob("server.db*"):
        one.unlink() if one.is_file() else shutil.rmtree(one)
    server.said("restore", f"/{backup}")
    assert server.said("check") == CLEAN
    missing = before - _transactions(file)
    assert missing > 0, "the backup lacks nothing, so that it proves nothing"
    server.start()
    return missing


def _update_under_load(server: Server, newer: Path, shop: Shop) -> None:
    """Installs the newer package while the tills serve: it restarts the server, which migrates the database."""
    before, settings = server.shown("MainPID"), (server.root.path / SETTINGS).read_text()
    with _under_load(shop):
        server.root.install(newer)
        server.wait_until_ready()
    server.root.verify(NAME)
    assert server.shown("MainPID") not in (before, "0")
    assert (server.root.path / SETTINGS).read_text() == settings
    shop.settle()
    with closing(sqlite3.connect(f"file:{server.root.path / DATABASE}?mode=ro", uri=True)) as books:
        assert books.execute(f"SELECT count(*) FROM {releases.NEXT_TABLE}").fetchone() == (0,)
    installed = server.root.said("dpkg-query", "--show", "--showformat=${Version}", NAME)
    assert installed == releases.NEXT_VERSION


def _remove_and_come_back(server: Server, package: Path, shop: Shop) -> None:
    """Removed, the package leaves settings and data; installed again, it goes on with them."""
    path = server.root.path
    server.root.said("apt-get", "remove", "--yes", NAME)
    assert server.shown("ActiveState") == "inactive" and server.shown("LoadState") == "not-found"
    assert not (path / "usr/lib/orion-server").exists() and not (path / "usr/bin/orion-server").is_symlink()
    assert all((path / one).exists() for one in (SETTINGS, DATABASE, "var/lib/orion/server.keys"))
    server.root.install(package)
    server.start()
    shop.serve(CARDS)
    shop.settle()


def _transactions(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as books:
        (count,) = books.execute("SELECT count(*) FROM transactions").fetchone()
    return int(count)


def _wait_until_ready(address: str) -> None:
    until, said = time.monotonic() + WITHIN_S, "nothing"
    while time.monotonic() < until:
        try:
            with urlopen(f"{address}/ready", timeout=WITHIN_S) as answer:
                assert set(json.load(answer).values()) == {True}
                return
        except HTTPError as error:  # it looks for jobs a moment after it listens
            said = error.read().decode()
        except URLError as error:
            said = str(error.reason)
    raise AssertionError(f"the server is not ready: {said}")
