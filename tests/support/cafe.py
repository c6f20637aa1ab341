"""The café of the screens' tests: its people, its cards and the hour it is, on a till with the real counter.

A profile is made once for each kind of café and copied for each test, in memory where there is such a place.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec

from loyalty.program import Program, ProgramKind, Reward, StampReward
from loyalty.settings import Settings
from sync.exchange.ports import SyncStatus
from sync.protocol.messages import PoolBlank
from sync.protocol.rows import CardRow, Table, decode_row
from sync.protocol.sealing import email_hmac, old_code_hmac
from terminal.interface.asks import Pin
from terminal.interface.views import EntryView
from tests.support.memory_folder import memory_folder
from tests.support.paper_company import PaperCompany, PaperMachine, PaperTill
from tests.support.recorded_counter import RecordedCounter

NOON = datetime(2026, 5, 12, 14, 2, tzinfo=UTC)
PEOPLE = (
    ("Lena Moreau", "cashier", "4711"),
    ("Tim Bakker", "cashier", "2580"),
    ("Anna Rossi", "manager", "7391"),
    ("Daniel Kim", "owner", "9052"),
    ("Sara Blom", "cashier", "6174"),  # locked out for 12 more minutes
)
HYBRID = Program(
    kind=ProgramKind.HYBRID,
    holds_from=NOON - timedelta(days=100),
    stamps_target=10,
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    cooldown_minutes=30,
    max_stamps_per_visit=3,
    minimum_purchase_minor=200,
    welcome_bonus=20,
    rewards=(Reward(id="croissant", name="Croissant", cost=150), Reward(id="bag", name="Tote bag", cost=500)),
)
SETTINGS = Settings(time_zone="UTC")
BLANKS = 135  # printed blanks
PHONE_CARDS = 48
_TRIED = timedelta(minutes=3)  # time since Sara's wrong PINs

History = Callable[["PaperTill"], None]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with a card, or a blank."""

    id: UUID
    token: str
    number: str
    name: str = ""
    stamps: int = 0
    points: int = 0


def token(seed: str) -> str:
    """A QR token that contains the name."""
    return (seed + "-" * 32)[:32]


OLD_CODE = "4821007"  # Marie's, of another program
MARIE = Customer(UUID(int=1), token("marie"), "509311764821", "Marie Keller", stamps=7, points=264)
PAUL = Customer(UUID(int=2), token("paul"), "509311760042", "Paul Dumont", stamps=9, points=12)
INES = Customer(UUID(int=3), token("ines"), "509311761111", "Ines Vieira", stamps=2, points=590)
BLANK = Customer(UUID(int=4), token("blank"), "509311767730")


def rules(kind: str = "hybrid", **changes: object) -> Program:
    """The café's program, with another kind or changed rules."""
    return replace(HYBRID, kind=ProgramKind(kind), **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What equal cafés share."""

    program: Program
    settings: Settings
    phone_cards: int
    begins: timedelta
    offline: timedelta | None
    history: History | None


class Line:
    """A simulated connection to the company. It sends nothing; tests set its status."""

    def __init__(self, machine: PaperMachine, now: SyncStatus) -> None:
        self._machine, self.now = machine, now

    @property
    def status(self) -> SyncStatus:
        return replace(self.now, succeeded_s=self._machine.monotonic_ms / 1000 if self.now.online else None)

    def wake(self) -> None: ...

    def sync(self, timeout_s: float) -> SyncStatus:
        return self.status

    def stands(self, **changes: object) -> None:
        """Changes the status."""
        self.now = replace(self.now, **changes)  # type: ignore[arg-type]


class Cafe:
    """A café with one till at noon; *offline* is the time without contact, *history* what happened before."""

    def __init__(
        self,
        program: Program = HYBRID,
        settings: Settings = SETTINGS,
        *,
        phone_cards: int = PHONE_CARDS,
        offline: timedelta | None = None,
        begins: timedelta = _TRIED,
        history: History | None = None,
        heard: bool = True,
    ) -> None:
        if offline is not None:
            begins = max(begins, offline + timedelta(minutes=2))
        made = _made(_Kind(program, settings, phone_cards, begins, offline, history))
        self._folder = memory_folder()
        self.folder = Path(self._folder.name)
        self.company, self.machine = made.company.copied(), copy(made.machine)
        if heard:
            shutil.copytree(made.folder, self.folder, dirs_exist_ok=True)
        else:
            self.company.repeats()
        since = None if offline is None else NOON - offline
        self.line = Line(self.machine, SyncStatus(online=offline is None, offline_since=since))
        self.counter = RecordedCounter(self.till, {name: pin for name, _, pin in PEOPLE})

    def staff_id(self, name: str) -> str:
        """A person's id, by which the window names them in requests."""
        return str(self.company.staff[name])

    def till(self) -> PaperTill:
        """The till, opened on the thread that uses it."""
        return PaperTill(self.folder, self.company, self.machine, exchanger=self.line, online=False)

    @contextmanager
    def before(self) -> Iterator[PaperTill]:
        """The till before the window is opened, to write entries."""
        till = self.till()
        yield till
        till.stop()

    def close(self) -> None:
        """Deletes the files."""
        self._folder.cleanup()

    def changes(self, customer: Customer, **fields: object) -> int:
        """Changes a card at the company; returns its version."""
        row = decode_row(CardRow, bytes(self.company.rows[Table.CARD, customer.id].row))
        return self.company.says(Table.CARD, msgspec.structs.replace(row, **fields))

    def decides(
        self,
        customer: Customer,
        entry: EntryView,
        word: str = "accepted",
        *,
        stamps: int = 0,
        points: int = 0,
        **said: object,
    ) -> None:
        """Issues the company's verdict on an entry, with its effect on the card's row."""
        row = decode_row(CardRow, bytes(self.company.rows[Table.CARD, customer.id].row))
        balances = {"stamp_count": row.stamp_count + stamps, "points_balance": row.points_balance + points}
        version = self.changes(customer, **balances)
        self.company.acked_seq = max(self.company.acked_seq, entry.seq)
        self.company.judges(
            entry.id, entry.seq, word, card=customer.id, card_version=version, stamps=stamps, points=points, **said
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A profile to copy, with the state of company and machine when it was made."""

    kept: TemporaryDirectory[str]
    folder: Path
    company: PaperCompany
    machine: PaperMachine


@cache
def _made(kind: _Kind) -> _Made:
    kept = memory_folder()
    folder = Path(kept.name)
    company = PaperCompany(kind.program, kind.settings, people=PEOPLE, store="Old Town", terminal="Till 2")
    for customer in (MARIE, PAUL, INES, BLANK):
        _issue(company, customer)
    for index in range(BLANKS - 1):
        company.issues_card(blank=True, card_id=UUID(int=100 + index))
    own = [_own_blank(left) for left in reversed(range(kind.phone_cards))]
    for one in own:
        company.tokens[one.card], company.numbers[one.card] = one.token, one.number
        company.issues_card(blank=True, card_id=one.card, pooled=True)
    machine = PaperMachine(NOON - kind.begins)
    till = PaperTill(folder, company, machine)
    till.pool.put(own)
    if kind.history is not None:
        kind.history(till)
    _until(machine, NOON - _TRIED)
    if kind.offline is None:
        till.hears()  # so that the wrong PINs are no trace of hours out of contact
    for _ in range(kind.settings.pin_attempts):
        till.asks(Pin("Sara Blom", "0000"))
    _until(machine, NOON)
    if kind.offline is None:
        till.hears()
    till.stop()
    return _Made(kept, folder, company, machine)


def _until(machine: PaperMachine, moment: datetime) -> None:
    assert machine.wall <= moment, "a history ends before noon"
    machine.passes(seconds=(moment - machine.wall).total_seconds())


def _issue(company: PaperCompany, customer: Customer) -> None:
    company.tokens[customer.id], company.numbers[customer.id] = customer.token, customer.number
    if not customer.name:
        company.issues_card(blank=True, card_id=customer.id)
        return
    old_code = old_code_hmac(company.keys.lookup, OLD_CODE)
    company.issues_card(
        customer.name,
        card_id=customer.id,
        created_at=NOON - timedelta(days=50),
        stamp_count=customer.stamps,
        total_stamps_earned=customer.stamps,
        points_balance=customer.points,
        total_points_earned=customer.points,
        email=email_hmac(company.keys.lookup, f"{customer.name.split()[0].lower()}@example.com"),
        old_codes=(old_code,) if customer is MARIE and old_code is not None else (),
    )


def _own_blank(left: int) -> PoolBlank:
    number = f"5093117622{left:02}"
    return PoolBlank(card=UUID(int=500 + left), number=number, token=token(f"phone-{left}"))
