"""A company on paper: rows as a server would send them, applied to a till's real replica without a server."""

from copy import copy
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import msgspec
from msgspec import Raw, Struct

from loyalty.codes import make_number, make_token
from loyalty.program import Program, ProgramKind, Reward, StampReward
from loyalty.settings import Settings
from sync.exchange.ports import SyncStatus
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import Change, Cursors, ExchangeResponse, Seal
from sync.protocol.rows import CardRow, CompanyRow, ProgramRow, StaffRow, StoreRow, Table, VerdictRow, VerifierRow
from sync.protocol.sealing import (
    encrypt,
    new_key,
    new_sealing_key,
    number_hmac,
    phone_answer,
    phone_key,
    spoken_digits,
    token_hash,
)
from terminal.counter.counter import Counter
from terminal.counter.till_status import Exchanger
from terminal.interface.asks import AnyAsk, Pin, Scan
from terminal.interface.views import Reply
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys
from terminal.machine.clock import Clock, Hardware, passed_since
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.replica import Replica
from tests.support import cheap_secrets
from tests.support.memory_folder import memory_folder

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COFFEE = Program(
    kind=ProgramKind.HYBRID,
    holds_from=NOON - timedelta(days=100),
    stamps_target=10,
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    cooldown_minutes=30,
    max_stamps_per_visit=3,
    minimum_purchase_minor=200,
    welcome_bonus=20,
    rewards=(Reward(id="croissant", name="Croissant", cost=60),),
)
PEOPLE = (("Lena", "cashier", "4711"), ("Anna", "manager", "2580"))  # name, role and PIN


_PEPPER = new_key()


@cache
def _hired(name: str, pin: str) -> tuple[UUID, VerifierRow]:
    """A person's id and verifier."""
    staff_id = uuid4()
    made = cheap_secrets.verifier(pin, staff_id, _PEPPER)
    return staff_id, msgspec.convert(made, VerifierRow, from_attributes=True)


class PaperMachine:
    """A machine whose clocks are set by the test."""

    def __init__(self, at: datetime = NOON) -> None:
        self.wall = at
        self.monotonic_ms = 1_000_000
        self.boot = uuid4()

    def hardware(self) -> Hardware:
        return Hardware(wall=lambda: self.wall, monotonic_ms=lambda: self.monotonic_ms, boot=self.boot)

    def passes(self, **time: float) -> None:
        """Advances both clocks."""
        step = timedelta(**time)
        self.wall += step
        self.monotonic_ms += int(step.total_seconds() * 1000)

    def reboots(self, after: timedelta) -> None:
        """Reboots after a time in which only the wall clock runs."""
        self.wall += after
        self.monotonic_ms, self.boot = 5_000, uuid4()


class NoExchange:
    """An exchanger without a network."""

    status = SyncStatus()

    def wake(self) -> None: ...

    def sync(self, timeout_s: float) -> SyncStatus:
        return self.status


class PaperCompany:
    """The ids, keys and rows of a company with one store and one till."""

    def __init__(
        self,
        program: Program = COFFEE,
        settings: Settings | None = None,
        *,
        people: tuple[tuple[str, str, str], ...] = PEOPLE,
        store: str = "Old town",
        terminal: str = "Till 1",
    ) -> None:
        self.server_key = new_signing_key()
        self.sealing = new_sealing_key()
        self.keys = TillKeys(
            signing=new_signing_key(),
            sealing=new_sealing_key(),
            token="token",
            lookup=new_key(),
            data=new_key(),
            pepper=_PEPPER,
            pool=new_key(),
        )
        self.identity = Identity(
            company_id=uuid4(),
            company="Café Aurora",
            store_id=uuid4(),
            store=store,
            terminal_id=uuid4(),
            terminal=terminal,
            journal_id=uuid4(),
            server="http://127.0.0.1:1",
            signing_public=self.server_key.public,
            sealing_public=self.sealing.public,
            paired_at=NOON.isoformat(),
        )
        self.version = 0
        self.acked_seq = 0
        self.changes: list[Change] = []  # changes since the last response
        self.rows: dict[tuple[str, UUID], Change] = {}
        self.tokens: dict[UUID, str] = {}
        self.numbers: dict[UUID, str] = {}
        who = self.identity
        self.says(Table.COMPANY, CompanyRow(id=who.company_id, name=who.company, settings=settings or Settings()))
        self.says(Table.PROGRAM, ProgramRow(id=uuid4(), program=program))
        self.says(Table.STORE, StoreRow(id=who.store_id, name=who.store))
        self.staff = {name: self.hires(name, role, pin) for name, role, pin in people}
        self.prepared: _Prepared | None = None

    def copied(self) -> "PaperCompany":
        """The same company, to go on from here alone."""
        other = copy(self)
        other.changes, other.rows = list(self.changes), dict(self.rows)
        other.tokens, other.numbers = dict(self.tokens), dict(self.numbers)
        return other

    def says(self, table: Table, row: Struct, at: int | None = None) -> int:
        """Adds or changes a row; returns its version."""
        self.version += 1
        row_id: UUID = row.id  # type: ignore[attr-defined]
        change = Change(table, row_id, at or self.version, Raw(msgspec.json.encode(row)))
        self.changes.append(change)
        self.rows[table, row_id] = change
        return self.version

    def repeats(self) -> None:
        """Sends all rows again, for a till whose cursors start anew."""
        self.changes = list(self.rows.values())

    def hires(self, name: str, role: str, pin: str, *, active: bool = True) -> UUID:
        staff_id, verifier = _hired(name, pin)
        self.says(Table.STAFF, StaffRow(id=staff_id, name=name, role=role, active=active, verifier=verifier))
        return staff_id

    def issues_card(
        self, name: str | None = None, *, blank: bool = False, card_id: UUID | None = None, **fields: object
    ) -> UUID:
        """Issues a card or blank; *fields* are those of `CardRow`."""
        card_id = card_id or uuid4()
        number = self.numbers.setdefault(card_id, make_number(card_id.bytes))
        token = self.tokens.setdefault(card_id, make_token(card_id.bytes + card_id.bytes[:8]))
        row = CardRow(
            id=card_id,
            token=token_hash(token),
            number=number_hmac(self.keys.lookup, number),
            number_key=self.keys.lookup.id,
            number_end=number[-4:],
            created_at=None if blank else NOON - timedelta(days=50),
            name=encrypt(self.keys.data, card_id, name) if name else None,
            name_key=self.keys.data.id if name else 0,
        )
        self.says(Table.CARD, msgspec.structs.replace(row, **fields))
        return card_id

    def answers_by_phone(self, name: str, challenge: str) -> str:
        """The answer of head office to a till's digits."""
        who, theirs = self.identity, self.keys.sealing.public
        key = phone_key(self.sealing, theirs, terminal_public=theirs, server_public=self.sealing.public)
        digits = spoken_digits(challenge)
        assert digits is not None, challenge
        return phone_answer(key, who.company_id, who.terminal_id, self.staff[name], digits)

    def judges(self, entry_id: UUID, seq: int, word: str, **fields: object) -> int:
        """Issues a verdict on an entry; returns its version."""
        row = VerdictRow(id=entry_id, journal=self.identity.journal_id, seq=seq, word=word)
        return self.says(Table.VERDICT, msgspec.structs.replace(row, **fields))

    def response(self, *, server_time: datetime, more: bool = False, rows_left: int | None = None) -> ExchangeResponse:
        """Everything changed since the last response."""
        changes, self.changes = tuple(self.changes), []
        seal = Seal(epoch=1, version=self.version, acked_seq=self.acked_seq, signature=b"")
        return ExchangeResponse(
            protocol=1,
            seal=seal,
            acked_seq=self.acked_seq,
            cursors=Cursors(self.version, self.version),
            more=more,
            server_time=server_time,
            changes=changes,
            rows_left=rows_left,
        )


@dataclass(frozen=True)
class FixedKeys:
    """Keys that do not change."""

    now: TillKeys


@dataclass(frozen=True)
class _Prepared:
    """The files of a till that has heard of its company's beginnings, and its machine."""

    kept: TemporaryDirectory[str]
    machine: PaperMachine


def a_company(program: Program = COFFEE, settings: Settings | None = None) -> PaperCompany:
    """A company whose first till is not set up anew for each test: its files are copied, which takes half as long."""
    return _begun(program, settings).copied()


@cache
def _begun(program: Program, settings: Settings | None) -> PaperCompany:
    company, kept, machine = PaperCompany(program, settings), memory_folder(), PaperMachine()
    PaperTill(Path(kept.name), company, machine).stop()
    company.prepared = _Prepared(kept, machine)
    return company


class PaperTill:
    """A real counter on real files, with a simulated machine and company."""

    def __init__(
        self,
        folder: Path,
        company: PaperCompany,
        machine: PaperMachine | None = None,
        *,
        exchanger: Exchanger | None = None,
        online: bool = True,
    ) -> None:
        self.folder = folder
        self.company = company
        self.exchanger = exchanger or NoExchange()
        if not (folder / "journal.db").exists():
            if company.prepared is not None and machine is None and online:
                machine = copy(company.prepared.machine)
                copytree(company.prepared.kept.name, folder, dirs_exist_ok=True)
            else:
                Journal.create(folder / "journal.db", company.identity)
        self.machine = machine or PaperMachine()
        self.start(online=online)

    def start(self, *, online: bool = True) -> None:
        """Opens the files, like a start of the program; *online*: with a response of the company at once."""
        self.journal = Journal(self.folder / "journal.db")
        self.replica = Replica(self.folder / "replica.db", self.company.identity.journal_id)
        last = self.journal.last
        hardware = self.machine.hardware()
        self.clock = Clock(hardware, self.replica.anchor(), passed_since(last, hardware))
        self.replica.teach(lambda: self.clock.anchor)
        keys = FixedKeys(self.company.keys)
        self.pool = BlankPool(self.folder / "pool.db", self.journal, keys)
        self.counter = Counter(
            journal=self.journal,
            replica=self.replica,
            keys=keys,
            clock=self.clock,
            pool=self.pool,
            exchanger=self.exchanger,
        )
        self.counter.begin()
        if online:
            self.hears()

    def stop(self) -> None:
        self.journal.close()
        self.replica.close()
        self.pool.close()

    def hears(self, *, more: bool = False, rows_left: int | None = None) -> None:
        """Delivers the company's changes."""
        reading = self.clock.reading()
        self.clock.learned(self.machine.wall, reading, reading)
        self.replica.apply(self.company.response(server_time=self.machine.wall, more=more, rows_left=rows_left))

    def asks(self, ask: AnyAsk) -> Reply:
        return self.counter.handle(ask)

    def serves(self, card: UUID, *, staff: str = "Lena", pin: str = "4711") -> Reply:
        """Signs in and scans the card."""
        assert self.asks(Pin(staff, pin)).ok
        return self.asks(Scan(self.company.tokens[card]))


def with_rules(**changes: object) -> Program:
    """The coffee shop's program with other rules."""
    return replaced(COFFEE, **changes)  # type: ignore[arg-type]
