"""A practice till: an invented shop with files in a temporary folder, deleted afterwards.

It must not open a profile, keyring or connection, so that practice cannot reach a real journal.
"""

import hashlib
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
from msgspec import Raw, Struct

from loyalty.codes import make_number, make_token
from loyalty.program import Program, ProgramKind, Reward, StampReward
from loyalty.settings import Settings
from loyalty.staff import Role
from sync.exchange.ports import SyncStatus
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import Change, Cursors, ExchangeResponse, PoolBlank, Seal
from sync.protocol.rows import CardRow, CompanyRow, ProgramRow, StaffRow, StoreRow, Table, VerifierRow
from sync.protocol.sealing import encrypt, make_verifier, new_key, new_sealing_key, number_hmac, token_hash
from terminal.counter.counter import Counter
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys
from terminal.machine.clock import Clock, Hardware
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.replica import Replica

CASHIER, MANAGER = "Robin", "Alex"
PIN = "1234"  # of both, and shown on the screen
PROGRAM = Program(
    kind=ProgramKind.HYBRID,
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    max_stamps_per_visit=3,
    welcome_bonus=20,
    rewards=(
        Reward(id="croissant", name="Croissant", cost=60),
        Reward(id="cake", name="Slice of cake", cost=120),
    ),
)
OWN_BLANKS = 20
_SINCE = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Pretend:
    """A practice customer or blank. The same name always has the same codes."""

    name: str  # empty: a blank card
    stamps: int = 0
    points: int = 0

    @property
    def token(self) -> str:
        """The QR token."""
        return make_token(_chance(self.name)[:24])

    @property
    def number(self) -> str:
        """The card number."""
        return make_number(_chance(self.name)[:16])


CUSTOMERS = (
    Pretend("Mia Hansen", stamps=3, points=45),
    Pretend("Noah Weber", stamps=9, points=80),
    Pretend("Lea Martin", stamps=10, points=150),
    Pretend(""),
)


class PracticeTill:
    """An open practice till, used by one thread at a time; its files are deleted on close."""

    def __init__(self, hardware: Hardware | None = None) -> None:
        machine = hardware or Hardware()
        with ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="orion-practice-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            keys, identity = _new_keys(), _new_identity(machine.wall())
            Journal.create(folder / "journal.db", identity)
            journal = Journal(folder / "journal.db")
            stack.callback(journal.close)
            replica = Replica(folder / "replica.db", identity.journal_id)
            stack.callback(replica.close)
            clock = Clock(machine)
            reading = clock.reading()
            clock.learned(machine.wall(), reading, reading)
            replica.teach(lambda: clock.anchor)
            own = _own_blanks()
            replica.apply(_everything(identity, keys, own, machine.wall()))
            in_use = _FixedKeys(keys)
            pool = BlankPool(folder / "pool.db", journal, in_use)
            stack.callback(pool.close)
            pool.put(own)
            exchanger = _NoServer(clock, machine.wall())
            self.counter = Counter(
                journal=journal, replica=replica, keys=in_use, clock=clock, pool=pool, exchanger=exchanger
            )
            self.counter.begin()
            self._close = stack.pop_all()

    def close(self) -> None:
        """Closes the till and deletes its files."""
        self._close.close()


@dataclass(frozen=True, slots=True)
class _FixedKeys:
    """Fixed keys of a practice till."""

    now: TillKeys


class _NoServer:
    """An exchanger for a shop without a server: always reports a good connection."""

    def __init__(self, clock: Clock, at: datetime) -> None:
        self._clock, self._at = clock, at

    @property
    def status(self) -> SyncStatus:
        return SyncStatus(online=True, succeeded_s=self._clock.monotonic_s(), confirmed_at=self._at, practice=True)

    def wake(self) -> None: ...

    def sync(self, timeout_s: float) -> SyncStatus:
        return self.status


def _chance(seed: str) -> bytes:
    """Reproducible pseudo-random bytes."""
    return hashlib.sha256(b"orion-practice" + seed.encode()).digest()


def _new_keys() -> TillKeys:
    return TillKeys(
        signing=new_signing_key(),
        sealing=new_sealing_key(),
        token="",
        lookup=new_key(),
        data=new_key(),
        pepper=new_key(),
        pool=new_key(),
    )


def _new_identity(now: datetime) -> Identity:
    return Identity(
        company_id=uuid4(),
        company="Practice café",
        store_id=uuid4(),
        store="Practice",
        terminal_id=uuid4(),
        terminal="Practice",
        journal_id=uuid4(),
        server="",
        signing_public=b"",
        sealing_public=new_sealing_key().public,  # of a server that is not there
        paired_at=now.isoformat(),
    )


def _own_blanks() -> tuple[PoolBlank, ...]:
    """Blanks for practising phone cards."""
    codes = [(make_number(secrets.token_bytes(16)), make_token(secrets.token_bytes(24))) for _ in range(OWN_BLANKS)]
    return tuple(PoolBlank(card=uuid4(), number=number, token=token) for number, token in codes)


def _everything(who: Identity, keys: TillKeys, own: tuple[PoolBlank, ...], now: datetime) -> ExchangeResponse:
    """The one response that fills the replica of the practice shop."""
    program = replace(PROGRAM, holds_from=now - _SINCE)
    rows: list[tuple[Table, UUID, Struct]] = [
        (Table.COMPANY, who.company_id, CompanyRow(id=who.company_id, name=who.company, settings=Settings())),
        (Table.STORE, who.store_id, StoreRow(id=who.store_id, name=who.store)),
        (Table.PROGRAM, (program_id := uuid4()), ProgramRow(id=program_id, program=program)),
    ]
    for name, role in ((CASHIER, Role.CASHIER), (MANAGER, Role.MANAGER)):
        person = _person(name, role, keys)
        rows.append((Table.STAFF, person.id, person))
    for customer in CUSTOMERS:
        card = _card(customer, keys, now)
        rows.append((Table.CARD, card.id, card))
    for one in own:
        rows.append((Table.CARD, one.card, _blank(one.card, one.token, one.number, keys, pooled=True)))
    changes = tuple(
        Change(table, row_id, version, Raw(msgspec.json.encode(row)))
        for version, (table, row_id, row) in enumerate(rows, start=1)
    )
    return ExchangeResponse(
        protocol=1,
        seal=Seal(epoch=1, version=len(changes), acked_seq=0, signature=b""),
        acked_seq=0,
        cursors=Cursors(len(changes), len(changes)),
        more=False,
        server_time=now,
        changes=changes,
    )


def _person(name: str, role: Role, keys: TillKeys) -> StaffRow:
    staff_id = uuid4()
    made = make_verifier(PIN, staff_id, keys.pepper)
    verifier = msgspec.convert(made, VerifierRow, from_attributes=True)
    return StaffRow(id=staff_id, name=name, role=str(role), active=True, verifier=verifier)


def _blank(card_id: UUID, token: str, number: str, keys: TillKeys, *, pooled: bool = False) -> CardRow:
    return CardRow(
        id=card_id,
        token=token_hash(token),
        number=number_hmac(keys.lookup, number),
        number_key=keys.lookup.id,
        number_end=number[-4:],
        pooled=pooled,
    )


def _card(customer: Pretend, keys: TillKeys, now: datetime) -> CardRow:
    card_id = uuid4()
    row = _blank(card_id, customer.token, customer.number, keys)
    if not customer.name:
        return row
    return msgspec.structs.replace(
        row,
        name=encrypt(keys.data, card_id, customer.name),
        name_key=keys.data.id,
        created_at=now - _SINCE,
        stamp_count=customer.stamps,
        total_stamps_earned=customer.stamps,
        points_balance=customer.points,
        total_points_earned=customer.points,
    )
