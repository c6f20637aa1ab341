"""The rows of the feed: what a till knows of its company, in one definition for both ends.

Tills store the bytes of a row as sent; unknown fields of a newer server are kept and ignored.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from loyalty.card import Card, StampMark
from loyalty.program import Program
from loyalty.settings import Settings
from loyalty.transactions import BODY_OF, Body, CaseDecided, Context, Effect, Kind, Transaction

R = TypeVar("R", bound=Struct)


class Table(StrEnum):
    """The kinds of rows."""

    COMPANY = "company"  # its name and settings
    PROGRAM = "program"
    STORE = "store"
    STAFF = "staff"
    TERMINAL = "terminal"
    ERASED = "erased"
    CASE = "case"
    VERDICT = "verdict"
    CARD = "card"
    TRANSACTION = "transaction"


ESSENTIALS = (
    Table.COMPANY,
    Table.PROGRAM,
    Table.STORE,
    Table.STAFF,
    Table.TERMINAL,
    Table.ERASED,
    Table.CASE,
    Table.VERDICT,
)
BULK = (Table.CARD, Table.TRANSACTION)
LATER = (Table.CASE,)  # came after the first tills: sent only to those that say that they know them


class CompanyRow(Struct, frozen=True, kw_only=True):
    """The company with its settings in force."""

    id: UUID
    name: str
    settings: Settings


class ProgramRow(Struct, frozen=True, kw_only=True):
    """One version of the program."""

    id: UUID
    program: Program


class StoreRow(Struct, frozen=True, kw_only=True):
    """A store of the company."""

    id: UUID
    name: str


class VerifierRow(Struct, frozen=True, kw_only=True):
    """A PIN verifier; see `sync.protocol.sealing`."""

    salt: bytes
    memory_kib: int
    time_cost: int
    parallelism: int
    pepper_id: int
    nonce: bytes
    ciphertext: bytes


class StaffRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member of staff, who may work in the listed stores, or in all if `stores` is None."""

    id: UUID
    name: str
    role: str
    active: bool
    verifier: VerifierRow
    stores: tuple[UUID, ...] | None = None


class TerminalRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paired till."""

    id: UUID
    name: str
    store: UUID
    revoked: bool = False


class ErasedRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card whose customer was erased: a till that wrote one of these entries deletes its side row."""

    id: UUID  # the card's
    entries: tuple[UUID, ...] = ()


class CaseRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A case of the till's own store that was opened or changed in the last 60 days."""

    id: UUID
    number: int  # for people
    kind: str
    state: str  # open, waiting, decided, settled
    occurred_at: datetime
    opened_at: datetime
    changed_at: datetime  # when this state began: its day is the row's bucket
    card: UUID | None = None
    other_card: UUID | None = None
    entry: UUID | None = None
    other_entry: UUID | None = None  # a transaction of before that it is also about
    terminal: UUID | None = None
    staff: UUID | None = None  # who did it
    unit: str | None = None  # stamps, points
    amount: int = 0  # how many are in question
    stake_minor: int | None = None  # absent: not known
    choice: str | None = None
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    settled_by: str | None = None  # why it went away by itself

    @property
    def is_undecided(self) -> bool:
        """True while somebody has to decide it."""
        return self.state in ("open", "waiting")


class Follow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transaction that results from an entry's own."""

    id: UUID
    kind: str
    stamps: int = 0
    points: int = 0


class VerdictRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The company's verdict on one entry of this terminal."""

    id: UUID  # the entry's
    journal: UUID
    seq: int
    word: str  # accepted, adjusted, rejected, held
    card: UUID | None = None
    card_version: int = 0  # the card version that includes its effect
    stamps: int = 0
    points: int = 0
    shortfall: int = 0
    notes: tuple[str, ...] = ()
    reason: str | None = None  # of a rejection
    waits_for: str | None = None  # a card's or an entry's id, a code's hash, `program`, `update`, `manager`
    follows: tuple[Follow, ...] = ()


class CardRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card or blank. Codes are hashed, the name is encrypted under the company's data key."""

    id: UUID
    token: bytes
    number: bytes
    number_key: int
    number_end: str
    old_tokens: tuple[bytes, ...] = ()  # replaced codes that still lead to this card
    old_numbers: tuple[bytes, ...] = ()
    old_codes: tuple[bytes, ...] = ()  # look-up hashes of another program's codes that lead to this card
    retired: bool = False  # a blank that gave its codes to another card, or was withdrawn; a card merged into another
    erased: bool = False  # its customer was erased: it stays switched off
    pooled: bool = False  # a blank of a till's pool, shown on its screen instead of printed
    name: bytes | None = None
    name_key: int = 0
    email: bytes | None = None
    phone: bytes | None = None
    created_at: datetime | None = None
    is_active: bool = True
    stamp_count: int = 0
    total_stamps_earned: int = 0
    stamps_redeemed: int = 0
    points_balance: int = 0
    total_points_earned: int = 0
    points_redeemed: int = 0
    welcome_given: bool = False
    last_points_at: datetime | None = None
    last_redemption_at: datetime | None = None
    last_activity_at: datetime | None = None
    enrolled_at_store: UUID | None = None
    marks: tuple[StampMark, ...] = ()
    merged: tuple[UUID, ...] = ()  # cards whose ledgers go on in this one
    merged_into: UUID | None = None  # the card in which this one's ledger goes on; such a card is retired


class TransactionRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A recent transaction of the till's own store."""

    id: UUID
    card: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    store: UUID
    program_version: int
    stamps: int = 0
    points: int = 0
    shortfall: int = 0
    terminal: UUID | None = None
    staff: UUID | None = None
    override: UUID | None = None
    corrects: UUID | None = None
    amount_minor: int | None = None
    receipt: str | None = None
    reward: str | None = None
    follows: UUID | None = None
    case: UUID | None = None  # that was decided
    choice: str | None = None


ROW_OF: dict[Table, type[Struct]] = {
    Table.COMPANY: CompanyRow,
    Table.PROGRAM: ProgramRow,
    Table.STORE: StoreRow,
    Table.STAFF: StaffRow,
    Table.TERMINAL: TerminalRow,
    Table.ERASED: ErasedRow,
    Table.CASE: CaseRow,
    Table.VERDICT: VerdictRow,
    Table.CARD: CardRow,
    Table.TRANSACTION: TransactionRow,
}


_decoders: dict[
    type[Struct], msgspec.json.Decoder[Any]
] = {  # created at import, as explained in sync/protocol/messages.py
    row_type: msgspec.json.Decoder(row_type) for row_type in ROW_OF.values()
}


def decode_row(row_type: type[R], data: bytes) -> R:
    """Decodes a row; raises `msgspec.ValidationError` or `DecodeError`."""
    row: R = _decoders[row_type].decode(data)
    return row


def former_codes(row: CardRow) -> tuple[bytes, ...]:
    """The hashes of all codes that lead to the card, beside those that are printed on it now."""
    return (*row.old_tokens, *row.old_numbers, *row.old_codes)


def card_of(row: CardRow) -> Card:
    """The card of a row, as the rules need it."""
    return Card(
        id=row.id,
        created_at=row.created_at,
        is_active=row.is_active,
        stamp_count=row.stamp_count,
        total_stamps_earned=row.total_stamps_earned,
        stamps_redeemed=row.stamps_redeemed,
        points_balance=row.points_balance,
        total_points_earned=row.total_points_earned,
        points_redeemed=row.points_redeemed,
        welcome_given=row.welcome_given,
        last_points_at=row.last_points_at,
        last_redemption_at=row.last_redemption_at,
        last_activity_at=row.last_activity_at,
        enrolled_at_store=row.enrolled_at_store,
        marks=row.marks,
        merged=row.merged,
        merged_into=row.merged_into,
    )


def transaction_of(row: TransactionRow, reason: str = "") -> Transaction:
    """The transaction of a row; raises `ValueError` for an unknown kind. No till is told a *reason*."""
    return Transaction(
        id=row.id,
        card_id=row.card,
        body=body_of(row, reason),
        effect=Effect(row.stamps, row.points, row.shortfall),
        context=Context(
            occurred_at=row.occurred_at,
            program_version=row.program_version,
            store_id=row.store,
            terminal_id=row.terminal,
            staff_id=row.staff,
            override_id=row.override,
        ),
        follows=row.follows,
    )


def body_of(row: TransactionRow, reason: str = "") -> Body:
    """The body of a row's transaction."""
    kind = Kind(row.kind)
    if kind is Kind.CASE_DECIDED:
        if row.case is None or row.choice is None:
            raise ValueError("a decision names its case and choice")
        return CaseDecided(case=row.case, choice=row.choice)  # what else was typed lies with the case
    given: dict[str, object] = {
        "count": row.stamps,
        "corrects": row.corrects,
        "amount_minor": row.amount_minor,
        "receipt": row.receipt,
        "reward": row.reward,
        "reason": reason,
        "points": row.points,
        "stamps": row.stamps,
        "blank": row.corrects,
        "merged": row.corrects,
    }
    body = BODY_OF[kind]
    return msgspec.convert({name: given[name] for name in body.__dataclass_fields__}, body)
