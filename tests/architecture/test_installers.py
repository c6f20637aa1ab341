"""Units, settings and containers name what the server has: its variables, its options, and the libraries it needs."""

import os
import re
import runpy
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from installers.server_package import needed
from installers.till_package import icon
from server import settings
from server.cli import app
from tests.support.tree import ROOT

FOLDER = ROOT / "installers"
COMPOSE = (FOLDER / "container" / "compose.yaml").read_text("utf-8")
OF_UNITS = {"ORION_SERVE", "ORION_BACKUPS", "ORION_BACKUPS_DAYS"}  # used in the units themselves


def environment(*, all_of_it: bool) -> dict[str, str]:
    """The settings of the server's package; *all_of_it* with those that are only suggested."""
    text = (FOLDER / "server" / "server.env").read_text("utf-8")
    found = re.findall(r"^(#?)(ORION_\w+)=(.*)$", text, re.MULTILINE)
    return {name: value for off, name, value in found if all_of_it or not off}


def composed() -> dict[str, Any]:
    """The services of the compose file, with a host and a password."""
    found: dict[str, Any] = yaml.safe_load(
        COMPOSE.replace("${POSTGRES_PASSWORD:?}", "pw").replace("${ORION_HOST:?}", "x.example")
    )
    return found


def unit(name: str) -> dict[str, list[str]]:
    """What a unit of systemd sets."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / "server" / name).read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key, []).append(value)
    return found


def commands() -> Iterator[list[str]]:
    """Every command of the server that a unit or a container runs."""
    own = environment(all_of_it=False)
    for name in ("orion-server.service", "orion-backup.service"):
        service = unit(name)
        for line in (*service.get("ExecStartPre", []), *service["ExecStart"]):
            said = re.sub(r"\$(ORION_\w+)", lambda found: own[found[1]], line)
            if found := re.search(r"/usr/bin/orion-server (.*?)'?$", said):
                yield shlex.split(re.sub(r"\$\(.*?\)", "now", found[1]))
    for service in composed()["services"].values():
        if service.get("image") == "orion-server":
            yield service["command"]


def test_every_command_is_one_that_the_server_takes() -> None:
    group: Any = typer.main.get_command(app)
    taken = []
    for name, *words in commands():
        group.commands[name].make_context(name, words)  # raises for an option that is not there
        taken.append(name)
    assert sorted(set(taken)) == ["backup", "migrate", "serve"]


def test_every_variable_is_one_that_the_server_reads() -> None:
    read = set(re.findall(r"ORION_\w+", (ROOT / "server" / "settings.py").read_text("utf-8")))
    assert set(environment(all_of_it=True)) - OF_UNITS <= read
    assert set(composed()["x-settings"]) <= read


def test_the_settings_can_be_read() -> None:
    chosen = settings.read(environment(all_of_it=False))
    assert (chosen.file, chosen.keys) == (Path("/var/lib/orion/server.db"), Path("/var/lib/orion/server.keys"))
    suggested = settings.read(environment(all_of_it=True))
    assert suggested.smtp is not None and suggested.url == "https://loyalty.example"
    container = {name: value for name, value in composed()["x-settings"].items() if not value.startswith("${")}
    assert not settings.read(container).is_sqlite


def test_a_command_takes_the_settings_that_nobody_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = runpy.run_path(str(FOLDER / "server" / "orion-server"))
    assert unit("orion-server.service")["EnvironmentFile"] == [start["SETTINGS"]]
    assert unit("orion-server.service")["User"] == [start["USER"]]
    file = tmp_path / "server.env"
    file.write_text(
        "# A word.\nORION_KEYS=/a/file \n#ORION_SMTP=smtp://x\nORION_URL='https://a.example'\nORION_SERVE=--port 1\n"
    )
    named = {"ORION_KEYS": "/named"}
    monkeypatch.setattr(os, "environ", named)
    start["take_settings"].__globals__["SETTINGS"] = str(file)
    start["take_settings"]()
    assert named == {"ORION_KEYS": "/named", "ORION_URL": "https://a.example", "ORION_SERVE": "--port 1"}
    start["take_settings"].__globals__["SETTINGS"] = str(tmp_path / "none")
    start["take_settings"]()


@pytest.mark.parametrize("name", ["server/postinst", "server/prerm", "server/postrm", "till/postinst"])
def test_the_scripts_are_shell(name: str) -> None:
    subprocess.run(["sh", "-n", str(FOLDER / name)], check=True, timeout=10)


@pytest.mark.slow
def test_the_servers_package_has_its_libraries_and_none_of_the_tills() -> None:
    names = {one.metadata["Name"].lower().replace("_", "-") for one in needed("orion-terminal", "server")}
    assert names >= {"fastapi", "uvicorn", "psycopg", "psycopg-binary", "sqlalchemy", "alembic", "fpdf2", "starlette"}
    assert not names & {"pyside6-essentials", "opencv-python-headless", "numpy", "pytest", "keyring", "uv"}


def test_the_icon_is_a_picture_without_a_part_outside() -> None:
    drawn = icon()
    assert drawn.startswith("<svg") and drawn.count("<circle") == 8
    assert all(0 <= float(number) <= 256 for number in re.findall(r'c[xy]="([\d.]+)"', drawn))
