"""Installs, starts and removes a package in a bare Debian: `python -m tests.system package server` or `till`.

It is run as root, and fetches Debian's base system and what the package depends on with `debootstrap`, which takes a
minute. systemd does not run there, so the commands of the server's unit are run as its user with its settings.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.support.tree import ROOT
from tests.system.processes import free_port

SUITE = "bookworm"
WITHIN_S = 60
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def run(folder: Path, which: str) -> str:
    """Walks through the life of the package of server or till; returns what came of it."""
    words = [sys.executable, "-m", "installers", which, "--out", str(folder)]
    done = subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=900)
    package = Path(done.stdout.strip())
    root = _bare(folder, package)
    (root / "tmp" / package.name).write_bytes(package.read_bytes())
    within(root, "dpkg", "--install", f"/tmp/{package.name}")
    assert within(root, "dpkg", "--verify", f"orion-{'server' if which == 'server' else 'terminal'}") == ""
    walked = _server(root, package) if which == "server" else _till(root)
    return f"package={package.name} bytes={package.stat().st_size} {walked} removed=yes"


def _till(root: Path) -> str:
    """The till's commands and its window work for somebody who is not root."""
    within(root, "useradd", "--create-home", "--home-dir", "/srv/till", "till")
    own = ["env", "HOME=/srv/till", "QT_QPA_PLATFORM=offscreen"]
    own += ["ORION_PASSPHRASE=of a test", "ORION_KEYRING=file:/srv/till/keys"]
    said = within(root, *own, "orion-terminal", "status", "--json", "--profile", "/srv/till/none", user="till", code=1)
    assert json.loads(said)["problem"]["kind"] == "not_paired"
    command = ["chroot", "--userspec=till:till", str(root), *own, "orion-terminal", "--profile", "/srv/till/p"]
    with subprocess.Popen(command, env={"PATH": PATH}, stderr=subprocess.STDOUT, stdout=subprocess.PIPE) as window:
        until = time.monotonic() + WITHIN_S
        while not (root / "srv/till/p/in-use").exists() and time.monotonic() < until and window.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                window.wait(0.05)
        window.kill()
        assert window.stdout is not None
        said = window.stdout.read().decode()
    assert (root / "srv/till/p/in-use").exists(), f"the window never opened its till: {said}"
    for name in ("share/applications/orion-terminal.desktop", "lib/udev/rules.d/60-orion-printers.rules"):
        assert (root / "usr" / name).exists()
    within(root, "dpkg", "--purge", "orion-terminal")
    assert not (root / "usr/lib/orion-terminal").exists() and not (root / "usr/bin/orion-terminal").is_symlink()
    return "ready=yes stopped=yes"


def _server(root: Path, package: Path) -> str:
    assert within(root, "stat", "--format=%U:%G %a", "/etc/orion/server.env") == "root:orion 640"
    assert within(root, "stat", "--format=%U %a", "/var/lib/orion", "/var/backups/orion") == "orion 700\norion 700"
    served = _serve(root)
    within(root, "dpkg", "--install", f"/tmp/{package.name}")  # an update keeps settings and data
    assert as_server(root, "check", "--json").startswith('{"ok":true,"companies":1')
    within(root, "dpkg", "--remove", "orion-server")
    assert not (root / "usr/lib/orion-server").exists() and not (root / "usr/bin/orion-server").is_symlink()
    assert (root / "etc/orion/server.env").exists()
    within(root, "dpkg", "--purge", "orion-server")
    assert not (root / "etc/orion").exists()
    left = {path.name for path in (root / "var/lib/orion").iterdir()}
    assert left >= {"server.db", "server.keys"}, "the company's books stay"
    return served


def _bare(folder: Path, package: Path) -> Path:
    """A new bare system with what the package says that it depends on, and nothing else."""
    root = folder / "root"
    asked = subprocess.run(["dpkg-deb", "--field", str(package), "Depends"], check=True, capture_output=True, text=True)
    names = ",".join(re.split(r"\s*,\s*", asked.stdout.strip()))
    unsynced = root / "etc/dpkg/dpkg.cfg.d/unsynced"  # what is lost in a power cut is made again
    unsynced.parent.mkdir(parents=True)
    unsynced.write_text("force-unsafe-io\n")
    words = ["debootstrap", "--variant=minbase", f"--include={names}", SUITE, str(root)]
    done = subprocess.run([*words, *_mirror()], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return root


def _mirror() -> list[str]:
    """Where this machine gets its packages, as somewhere else may be out of reach."""
    lists = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    text = "\n".join(path.read_text() for path in lists if path.is_file())
    found = re.search(r"^(?:deb\s+(?:\[.*?\]\s+)?|URIs:\s*)(http\S+/debian)/?(?=\s)", text, re.MULTILINE)
    return [] if found is None else [found[1]]


def within(root: Path, *words: str, user: str = "root", code: int = 0) -> str:
    """Runs a command in the bare system, which must end with *code*; returns what it prints."""
    plain = {"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    command = ["chroot", f"--userspec={user}:{user}", str(root), *words]
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    assert done.returncode == code, f"{words}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
    return done.stdout.strip()


def as_server(root: Path, *words: str) -> str:
    """Runs a command of the server as the unit would: its user, and its settings."""
    named = [f"{name}={value}" for name, value in _settings(root).items()]
    return within(root, "env", *named, "/usr/bin/orion-server", *words, user="orion")


def _settings(root: Path) -> dict[str, str]:
    text = (root / "etc/orion/server.env").read_text()
    return dict(re.findall(r"^(ORION_\w+)=(.*)$", text, re.MULTILINE))


def _serve(root: Path) -> str:
    """Runs what the unit runs, asks the server whether it is ready, and stops it."""
    unit = (root / "usr/lib/systemd/system/orion-server.service").read_text()
    commands = dict(re.findall(r"^(ExecStartPre|ExecStart)=/usr/bin/orion-server (.*)$", unit, re.MULTILINE))
    assert re.search(r"^User=orion$", unit, re.MULTILINE)
    as_server(root, *commands["ExecStartPre"].split())
    as_server(root, "company", "create", "--name", "Café Aurora")
    as_server(root, "backup", "/var/backups/orion/first")
    port = free_port()
    options = commands["ExecStart"].replace("$ORION_SERVE", f"--port {port} --metrics --metrics-port 0").split()
    with _started(root, *options) as (process, said):
        ready: dict[str, bool] = {}
        while not ready.get("jobs"):  # they begin a moment after it listens
            assert process.poll() is None
            with urlopen(f"{said['listening']}/health", timeout=WITHIN_S) as answer:
                assert json.load(answer)["ok"]
            ready = _ready(said["listening"])
        with urlopen(said["metrics"], timeout=WITHIN_S) as answer:
            assert b"orion_http_seconds" in answer.read()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    return f"ready={'yes' if all(ready.values()) else 'no'} stopped=yes"


def _ready(address: str) -> dict[str, bool]:
    try:
        with urlopen(f"{address}/ready", timeout=WITHIN_S) as answer:
            found: dict[str, bool] = json.load(answer)
    except HTTPError as error:
        found = json.load(error)
    return found


@contextmanager
def _started(root: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    plain = os.environ | _settings(root) | {"PATH": PATH, "HOME": "/var/lib/orion"}
    command = ["chroot", "--userspec=orion:orion", str(root), "/usr/bin/orion-server", *words, "--json"]
    with subprocess.Popen(command, env=plain, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()
