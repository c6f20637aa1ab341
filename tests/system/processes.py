"""A company server and tills as real processes, driven like by any other program."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

SERVER = "from server.cli import main; main()"
TERMINAL = "from terminal.cli import main; main()"
PASSPHRASE = "a passphrase of the tests"
PROGRAM = {
    "kind": "hybrid",
    "stamps_target": 10,
    "stamp_reward": {"name": "Free coffee", "value_minor": 350},
    "points_per_unit": "1",
    "rewards": [{"id": "croissant", "name": "Croissant", "cost": 60}],
}
PINS = {"Lena": "4711", "Anna": "2580"}


def free_port() -> int:
    """A free port."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


class Company:
    """A company server in a folder, with its database, keys and process."""

    def __init__(self, folder: Path, *, cards: int = 50, program: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.database = folder / "server.db"
        self.port = free_port()
        self.kills = 0
        self._serving: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        rules = folder / "program.json"
        rules.write_text(json.dumps(program or PROGRAM))
        self.command("migrate")
        self.command("company", "create", "--name", "Café Aurora", "--slug", "aurora")
        self.command("program", "set", "--company", "aurora", str(rules))
        self.command("settings", "set", "--company", "aurora", "pin_required=never")
        self.command("store", "create", "--company", "aurora", "--name", "Old town")
        for name, role in (("Lena", "cashier"), ("Anna", "manager")):
            self.command("staff", "create", "--company", "aurora", "--name", name, "--role", role, "--pin", PINS[name])
        self.cards = self.command("card", "issue", "--company", "aurora", "--count", str(cards))

    def command(self, *words: str) -> list[dict[str, Any]]:
        """Runs a command of orion-server and returns its objects."""
        done = subprocess.run(
            [sys.executable, "-c", SERVER, *words, "--database", self.url, "--json"],
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{words}: {done.stdout.decode()} {done.stderr.decode()}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    def serve(self, *, log: Path | None = None, files: int | None = None) -> None:
        """Starts serving, with a limit of open *files* if given; returns when it listens."""
        words = [sys.executable, "-c", SERVER, "serve", "--port", str(self.port), "--database", self.url, "--json"]
        limited = [] if files is None else ["prlimit", f"--nofile={files}:"]
        with (log or Path(os.devnull)).open("wb") as errors:
            self._serving = subprocess.Popen([*limited, *words], stdout=subprocess.PIPE, stderr=errors)
        assert self._serving.stdout is not None
        line = self._serving.stdout.readline()
        assert b"listening" in line, f"the server said {line!r}"

    def kill(self) -> None:
        """Kills the server."""
        assert self._serving is not None
        self._serving.send_signal(signal.SIGKILL)
        self._serving.wait()
        self.kills += 1

    def stop(self) -> None:
        if self._serving is not None and self._serving.poll() is None:
            self._serving.terminate()
            self._serving.wait(10)

    def pairing_code(self, terminal: str) -> str:
        answers = self.command("terminal", "code", "--company", "aurora", "--store", "Old town", "--name", terminal)
        code: str = answers[0]["code"]
        return code


class JsonTill:
    """A counter process driven by JSON lines."""

    def __init__(self, profile: Path, *, no_sync: bool = False) -> None:
        self.profile = profile
        words = ["counter", "--profile", str(profile), *(["--no-sync"] if no_sync else [])]
        self._process = subprocess.Popen(
            [sys.executable, "-c", TERMINAL, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(profile),
        )

    @property
    def process(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, **fields: Any) -> dict[str, Any]:
        """Sends a request and returns the reply."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(fields).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the counter has ended"
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


def environment(profile: Path) -> dict[str, str]:
    """The environment of a till's process, with its keys in a file beside its profile."""
    return os.environ | {"ORION_KEYRING": f"file:{profile}-keys", "ORION_PASSPHRASE": PASSPHRASE}


def terminal(profile: Path, *words: str, check: bool = True) -> list[dict[str, Any]]:
    """Runs a command of orion-terminal and returns its objects."""
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL, *words, "--profile", str(profile), "--json"],
        capture_output=True,
        check=False,
        timeout=120,
        env=environment(profile),
    )
    assert done.returncode == 0 or not check, f"{words}: {done.stdout.decode()} {done.stderr.decode()}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def paired(profile: Path, company: Company, name: str, port: int | None = None) -> Path:
    """The profile of a till paired with *company*."""
    server = f"http://127.0.0.1:{port or company.port}"
    terminal(profile, "pair", "--server", server, "--code", company.pairing_code(name))
    return profile
