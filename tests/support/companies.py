"""A company server for tests: its commands, run in process, and its parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import Connection
from typer.testing import CliRunner

from server import bootstrap, settings
from server.bootstrap import Server
from server.cli import app
from server.keys import Keys
from server.terminals import pairing
from server.terminals.pairing import PairingCode
from sync.exchange.access import Access, PairingCall
from sync.protocol import pairing_secret
from sync.protocol.chain import SigningKey, new_signing_key
from sync.protocol.messages import PAIR_PATH, PairRequest, PairResponse, decode, encode
from sync.protocol.sealing import SealingKey, answer_key, new_sealing_key

secret_of = cache(pairing_secret.secret_of)  # slow, and tests use the same few codes

PROGRAM = {"kind": "hybrid", "stamps_target": 10, "cooldown_minutes": 30, "points_per_unit": "1.5"}


@dataclass(frozen=True)
class Answer:
    """The output and exit code of a command."""

    code: int
    objects: list[dict[str, Any]]
    errors: str

    @property
    def only(self) -> dict[str, Any]:
        (answer,) = self.objects
        return answer


@dataclass(frozen=True)
class Office:
    """An operator with a folder for keys and files, and the address of a database."""

    folder: Path
    url: str

    @property
    def keys(self) -> Path:
        return self.folder / "server.db.keys"

    def run(self, *command: str, stdin: str | None = None) -> Answer:
        """Runs a command with `--json`, split like in a shell."""
        environment = {"ORION_DATABASE": self.url, "ORION_KEYS": str(self.keys)}
        result = CliRunner().invoke(app, [*command, "--json"], input=stdin, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(
            result.exit_code, [msgspec.json.decode(line) for line in result.stdout.splitlines()], result.stderr
        )

    def done(self, *command: str, stdin: str | None = None) -> dict[str, Any]:
        """Runs a command that must succeed; returns its only object."""
        answer = self.run(*command, stdin=stdin)
        assert answer.code == 0, (command, answer)
        return answer.only

    def refused(self, *command: str, stdin: str | None = None) -> str:
        """Runs a command that must be refused with a sentence; returns the reason."""
        answer = self.run(*command, stdin=stdin)
        assert answer.code == 1, (command, answer)
        assert answer.only["text"].endswith(".")
        return str(answer.only["reason"])

    def stored(self) -> bytes:
        """All stored bytes of the database."""
        if self.url.startswith("sqlite"):
            return b"".join(file.read_bytes() for file in self.folder.glob("server.db*") if file != self.keys)
        with psycopg.connect(self.url) as conn:
            tables = conn.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
            copies = [f"COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary)" for (table,) in tables]
            return b"".join(b"".join(_copied(conn, copy)) for copy in copies)

    def server(self) -> Server:
        return bootstrap.open_server(settings.read({"ORION_KEYS": str(self.keys)}, self.url))

    def a_company(self, name: str = "Bean Scene", *stores: str) -> str:
        """Creates a company that can serve customers; returns its slug."""
        slug = str(self.done("company", "create", "--name", name)["slug"])
        rules = self.folder / "program.json"
        rules.write_bytes(msgspec.json.encode(PROGRAM))
        self.done("program", "set", "--company", slug, str(rules))
        for store in stores or ("Main Street",):
            self.done("store", "create", "--company", slug, "--name", store)
        return slug

    def a_code(self, slug: str, terminal: str = "Till 1", store: str = "Main Street") -> str:
        """A pairing code for a till."""
        return str(self.done("terminal", "code", "--company", slug, "--store", store, "--name", terminal)["code"])


def _copied(conn: psycopg.Connection, statement: str) -> Iterator[bytes]:
    with conn.cursor().copy(statement.encode()) as copy:
        yield from map(bytes, copy)


@dataclass(frozen=True)
class NewTill:
    """The keys of a till that is still to be paired."""

    signing: SigningKey
    sealing: SealingKey

    def request(self, code: str) -> PairRequest:
        code_id, own = secret_of(code).id, self.sealing.public
        return PairRequest(id=code_id, signing_public=self.signing.public, sealing_public=own)

    def call(self, code: str) -> tuple[bytes, dict[str, str]]:
        """A request to pair as it is sent: body and headers."""
        body = encode(self.request(code))
        return body, PairingCall(secret_of(code).key, f"POST {PAIR_PATH}", body).headers

    def paired(self, conn: Connection, company_id: UUID, code: str, keys: Keys, now: datetime) -> PairResponse:
        """Pairs it in the company's database."""
        key, request = secret_of(code).key, self.request(code)
        answer = pairing.pair(conn, company_id, request, keys, now, is_proved=lambda found: found == key).answer
        return decode(PairResponse, answer)

    def access(self, url: str, paired: PairResponse) -> Access:
        """Its access to the server at *url*, once it is paired."""
        own, theirs = self.sealing, paired.sealing_public
        key = answer_key(own, theirs, terminal_public=own.public, server_public=theirs)
        return Access(url, paired.token, key, paired.signing_public)


def a_new_till() -> NewTill:
    return NewTill(new_signing_key(), new_sealing_key())


def a_pairing_code(number: int) -> PairingCode:
    """A code that is the same in every test."""
    text = f"TEST-0000-{number:04}"
    return PairingCode(text, secret_of(text))
