"""A company with a server process and tills, set up in a folder for one benchmark."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from benchmarks.setups.till_load import LoadTill
from loyalty.program import Program, ProgramKind, Reward, StampReward
from loyalty.staff import Role
from server import bootstrap, settings
from server.bootstrap import Server
from server.companies import companies, programs, staff, stores
from server.db.units import next_version
from server.keys import CompanyKeys
from server.ledger.rows import cards
from server.ledger.rows.cards import Codes, NewCard
from server.terminals import pairing
from server.terminals.pairing import PairingCode
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import PairRequest, PairResponse, decode
from sync.protocol.sealing import encrypt, new_sealing_key, number_hmac, token_hash
from terminal.bootstrap import Till, open_till, pair_till

PASSPHRASE = "benchmarks"  # noqa: S105 - of temporary keys
PROGRAM = Program(
    kind=ProgramKind.HYBRID,
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    rewards=(Reward(id="croissant", name="Croissant", cost=60),),
)
STORE = "Old town"
_CARDS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Shop:
    """A company with one store."""

    folder: Path
    server: Server
    company: companies.Company
    store_id: UUID
    url: str

    def pair(self, name: str) -> Path:
        """Pairs a till; returns its profile's folder."""
        code, now, platform = PairingCode.random(), self.server.now(), self.server.keys.platform
        with self.server.units.write(self.company.id) as conn:
            store = stores.by_name(conn, self.company.id, STORE)
            pairing.open_code(conn, self.company.id, store, name, code, platform=platform, now=now)
        folder = self.folder / name
        keys_in_a_file(folder)
        pair_till(folder, self.url, code.text)
        return folder

    def open(self, folder: Path, *, exchanging: bool = False) -> Till:
        """Opens a till that exchanges only on request, or continuously."""
        keys_in_a_file(folder)
        return open_till(folder, exchanging=exchanging)


def card_id(number: int) -> UUID:
    """The id of a benchmark card."""
    return UUID(int=0x0192 << 112 | 7 << 76 | 2 << 62 | number)


def token(number: int) -> str:
    """The token of a benchmark card."""
    return f"{number:032d}"


@contextmanager
def shop(folder: Path, *, cards: int, database: str | None = None) -> Iterator[Shop]:
    """Runs a company with *cards* customers and a listening server, on SQLite by default."""
    folder.mkdir(parents=True, exist_ok=True)
    url = database or f"sqlite:///{folder / 'server.db'}"
    environment = {**os.environ, "ORION_DATABASE": url, "ORION_KEYS": str(folder / "server.keys")}
    server = bootstrap.prepare(settings.read(environment))
    company, store_id = company_of(server)
    fill(server, company, cards)
    words = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0", "--json"]
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        address = msgspec.json.decode(process.stdout.readline())["listening"]
        yield Shop(folder, server, company, store_id, address)
    finally:
        process.terminate()
        process.wait()


def company_of(server: Server, slug: str = "aurora") -> tuple[companies.Company, UUID]:
    """Creates a company with a store and a member of staff."""
    now = datetime.now(UTC)
    company_id = uuid.uuid4()
    keys = server.keys.add_company(company_id)
    with server.units.platform_write() as conn:
        company = companies.create(
            conn, company_id, name="Café Aurora", slug=slug, choices={"pin_required": "never"}, now=now
        )
        programs.put(conn, company_id, PROGRAM, now, now)
        store = stores.create(conn, company_id, STORE, now)
        person = staff.newcomer("Lena", Role.CASHIER, "4711", company.settings, keys.pepper)
        staff.create(conn, company_id, person, [], now)
    return company, store.id


def fill(server: Server, company: companies.Company, count: int) -> None:
    """Creates *count* customers."""
    now, keys = datetime.now(UTC), server.keys.company(company.id)
    codes = encrypt(keys.data, company.id, "a benchmark's cards are never printed")
    with server.units.write(company.id) as conn:
        first = next_version(conn, company.id, count)
        for start in range(0, count, _CARDS_AT_ONCE):
            numbers = range(start, min(start + _CARDS_AT_ONCE, count))
            new = [NewCard(card_id(number), _codes(number, keys, codes), first + number, now) for number in numbers]
            cards.add(conn, company.id, new, now)


def load_till(server: Server, company: companies.Company, name: str, cards: tuple[UUID, ...]) -> LoadTill:
    """Pairs a till of a load, which gives points to these cards."""
    signing, now, code = new_signing_key(), server.now(), PairingCode.random()
    with server.units.write(company.id) as conn:
        store = stores.by_name(conn, company.id, STORE)
        pairing.open_code(conn, company.id, store, name, code, platform=server.keys.platform, now=now)
        public = new_sealing_key().public
        asked = PairRequest(id=code.secret.id, signing_public=signing.public, sealing_public=public)
        said = pairing.pair(conn, company.id, asked, server.keys, now, is_proved=lambda _key: True)
    answer = decode(PairResponse, said.answer)
    return LoadTill(company.id, answer.terminal_id, answer.token, signing.secret, cards)


def _codes(number: int, keys: CompanyKeys, sealed: bytes) -> Codes:
    return Codes(
        token_hash=token_hash(token(number)),
        number_hmac=number_hmac(keys.lookup, f"{number:012d}"),
        number_key=keys.lookup.id,
        number_end=f"{number % 10_000:04d}",
        sealed=sealed,
        sealed_key=keys.data.id,
    )


def keys_in_a_file(folder: Path) -> None:
    """Sets the key store of a till, for this process and those it starts."""
    os.environ["ORION_KEYRING"] = f"file:{folder}-keys"
    os.environ["ORION_PASSPHRASE"] = PASSPHRASE
