"""The life of the till's package: installed, paired, its window opened and closed without and with a display, removed.

Beside root and `debootstrap` it needs `Xvfb`, on which the window opens as it does in a shop.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.system.packages import releases
from tests.system.packages.bare_root import BareRoot, depends_of, environment
from tests.system.processes import Company

NAME = "orion-terminal"
WITHIN_S = 60
ENTRY = "usr/share/applications/orion-terminal.desktop"
RULES = "usr/lib/udev/rules.d/60-orion-printers.rules"
HOME = "/srv/till"
OWN = {"HOME": HOME, "ORION_PASSPHRASE": "of a test", "ORION_KEYRING": f"file:{HOME}/keys"}


def run(folder: Path) -> str:
    """Walks through it; returns what came of it."""
    package = releases.built("till", folder)
    root = BareRoot.made(folder / "root")
    root.said("useradd", "--create-home", "--home-dir", HOME, "till")
    root.install(*depends_of(package))
    before = root.files()
    root.install(package)
    root.verify(NAME)

    company = Company(folder / "company", cards=3)
    company.serve()
    try:
        _pair(root, company)
        _open_and_close(root, company, {"QT_QPA_PLATFORM": "offscreen"})
        with _display() as display:
            _open_and_close(root, company, {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display})
    finally:
        company.stop()
    root.install(package)  # an update keeps the till
    assert _said(root, "status")["terminal"]

    root.said("apt-get", "purge", "--yes", NAME)
    left = root.files() - before
    assert not left, sorted(left)
    root.install(package)
    _validate(root)
    return (
        f"package={package.name} bytes={package.stat().st_size} opened=offscreen,x11 entry=valid icon=there "
        "rules=read left_by_purge=nothing removed=yes"
    )


def _pair(root: BareRoot, company: Company) -> None:
    assert _said(root, "status", code=1)["problem"]["kind"] == "not_paired"
    server = f"http://127.0.0.1:{company.port}"
    _said(root, "pair", "--server", server, "--code", company.pairing_code("Till 1"))


def _said(root: BareRoot, *words: str, code: int = 0) -> Any:
    """What a command of the till says, given by somebody who is not root."""
    command = (NAME, *words, "--profile", f"{HOME}/profile", "--json")
    return json.loads(root.said(*command, user="till", code=code, settings=OWN))


def _open_and_close(root: BareRoot, company: Company, screen: dict[str, str]) -> None:
    """Opens the window until its till was in contact with the company, and ends it as a logout does."""
    before = _seen(company)
    command = root.command(NAME, "--profile", f"{HOME}/profile", user="till")
    with (root.path / "srv/window.log").open("w+") as log:
        window = subprocess.Popen(command, env=environment(OWN | screen), stderr=subprocess.STDOUT, stdout=log)
        try:
            until = time.monotonic() + WITHIN_S
            while window.poll() is None and _seen(company) == before and time.monotonic() < until:
                with suppress(subprocess.TimeoutExpired):
                    window.wait(0.1)
            log.seek(0)
            assert window.poll() is None and _seen(company) != before, log.read()
            window.terminate()
            assert window.wait(WITHIN_S) == 0, log.read()
        finally:
            window.kill()
            window.wait()


def _seen(company: Company) -> str | None:
    """When the company's server heard the till last."""
    (known,) = company.command("terminal", "list", "--company", "aurora")
    seen: str | None = known["last_seen_at"]
    return seen


@contextmanager
def _display() -> Iterator[str]:
    """A display without a monitor; the bare system reaches it by its abstract address."""
    words = ["Xvfb", "-displayfd", "1", "-ac", "-screen", "0", "1366x768x24"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def _validate(root: BareRoot) -> None:
    """Entry and icon are what desktops read, and udev reads the rule; with tools that no till needs."""
    root.install("desktop-file-utils", "udev")
    assert root.said("desktop-file-validate", f"/{ENTRY}") == ""
    entry = ConfigParser(interpolation=None)
    entry.read(root.path / ENTRY, "utf-8")
    main = entry["Desktop Entry"]
    assert root.said("sh", "-c", f"command -v {main['Exec']}") == f"/usr/bin/{NAME}"
    icon = root.path / "usr/share/icons/hicolor/scalable/apps" / f"{main['Icon']}.svg"
    assert ElementTree.parse(icon).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert _udev_says_of(root, RULES) == []
    wrong = "etc/udev/rules.d/61-wrong.rules"
    (root.path / wrong).write_text('SUBSYSTEM=="usb", NO_SUCH_KEY="1"\n')
    assert _udev_says_of(root, wrong), "udev reads rules without a word, so that it proves nothing"


def _udev_says_of(root: BareRoot, rules: str) -> list[str]:
    """What udev finds wrong with a file of rules."""
    command = root.command("udevadm", "test", "/class/net/lo")
    plain = environment({"SYSTEMD_LOG_LEVEL": "debug"})
    done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if rules in line]
    read = [line for line in lines if "Reading rules file" in line]
    assert len(read) == 1, done.stderr[-2000:]
    return [line for line in lines if line not in read]
