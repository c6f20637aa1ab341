"""Reads the replica for the counter: essentials as a whole, cards and transactions one by one.

Each `look` is one consistent snapshot of the file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select

from loyalty.program import Programs
from loyalty.receipts import folded_receipt
from loyalty.settings import Settings
from sync.protocol.messages import Cursors
from sync.protocol.rows import (
    CardRow,
    CompanyRow,
    ProgramRow,
    StaffRow,
    StoreRow,
    Table,
    TerminalRow,
    TransactionRow,
    VerdictRow,
    decode_row,
)
from sync.replica import cards as replica_cards
from sync.replica.statements import Query
from sync.replica.tables import (
    NUMBER_KEY,
    TOKEN_KEY,
    cards,
    code_key,
    essentials,
    old_codes,
    state,
    transactions,
    verdicts,
)
from terminal.storage.replica_repair import health_in

NO_PROGRAMS = Programs(())


@dataclass(frozen=True, slots=True)
class Essentials:
    """Rules, staff and names, as far as received."""

    company: str | None = None
    settings: Settings = field(default_factory=Settings)
    programs: Programs = NO_PROGRAMS
    staff: tuple[StaffRow, ...] = ()
    store_names: dict[UUID, str] = field(default_factory=dict)
    terminal_names: dict[UUID, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """True if serving can begin."""
        return self.company is not None and bool(self.programs.versions) and bool(self.staff)


@dataclass(frozen=True, slots=True)
class ConfirmedCard:
    """A card's row, and the seq up to which it includes this till's entries."""

    row: CardRow
    version: int
    as_of_seq: int


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """The replica's progress."""

    acked_seq: int
    cursors: Cursors
    complete: bool
    rows: int
    rows_left: int | None
    confirmed_at: datetime | None
    compared_at: datetime | None = None  # when it was last verified against the server's sums
    differences: int = 0  # number of differences found


class ReplicaSnapshot:
    """One consistent snapshot of the replica."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def state(self) -> ReplicaState:
        (row,) = _STATE.all(self._conn)
        confirmed = None if row.confirmed_at is None else datetime.fromisoformat(row.confirmed_at)
        cursors = Cursors(row.essentials, row.bulk)
        health = health_in(row.health)
        compared = None if health.compared_at is None else datetime.fromisoformat(health.compared_at)
        return ReplicaState(
            row.acked_seq,
            cursors,
            bool(row.complete),
            row.rows,
            row.rows_left,
            confirmed,
            compared_at=compared,
            differences=health.found,
        )

    def card(self, card_id: UUID) -> ConfirmedCard | None:
        """The card with this id, or None."""
        return self._card(_CARD_BY_ID.first(self._conn, id=card_id.bytes))

    def card_by_code(self, code_hash: bytes) -> tuple[ConfirmedCard, bool] | None:
        """The card with this token or number hash, and True if the code has been replaced."""
        for row in _CARD_BY_CODE.all(self._conn, key=code_key(code_hash)):
            known = self._card(row)
            if known is not None and not known.row.retired and code_hash in (known.row.token, known.row.number):
                return known, False
        owner = _CARD_OF_OLD_CODE.first(self._conn, code=code_hash)
        replaced = None if owner is None else self.card(UUID(bytes=owner.card))
        return None if replaced is None else (replaced, True)

    def cards_by_contact(self, *, email: bytes | None = None, phone: bytes | None = None) -> list[ConfirmedCard]:
        """Cards whose customer has this contact."""
        contact = cards.c.email == email if email is not None else cards.c.phone == phone
        return [known for row in self._conn.execute(_CARD.where(contact)) if (known := self._card(row)) is not None]

    def blanks(self) -> int:
        """The number of blanks ready to be issued."""
        return self._conn.execute(select(func.count()).select_from(cards).where(cards.c.blank == 1)).scalar_one()

    def verdict(self, entry_id: UUID) -> VerdictRow | None:
        """The verdict on this till's entry, or None."""
        return self.verdicts([entry_id]).get(entry_id)

    def verdicts(self, entry_ids: list[UUID]) -> dict[UUID, VerdictRow]:
        """The verdicts on these entries received so far."""
        found: dict[UUID, VerdictRow] = {}
        for start in range(0, len(entry_ids), 500):
            part = [one.bytes for one in entry_ids[start : start + 500]]
            for row in _VERDICTS.all(self._conn, part):
                verdict = decode_row(VerdictRow, row.row)
                found[verdict.id] = verdict
        return found

    def held_ids(self) -> list[UUID]:
        """The ids of this till's held entries."""
        return [UUID(bytes=row.id) for row in _HELD.all(self._conn)]

    def differing_ids(self, limit: int, skip: int) -> list[UUID]:
        """The ids of this till's entries with a verdict other than accepted, newest first."""
        query = select(verdicts.c.id).where(verdicts.c.word != "accepted").order_by(verdicts.c.seq.desc())
        return [UUID(bytes=row.id) for row in self._conn.execute(query.limit(limit).offset(skip))]

    def ahead_of_card(self, card_id: UUID, version: int) -> list[VerdictRow]:
        """Verdicts whose effect belongs to a newer version of the card than *version*."""
        rows = _AHEAD_OF_CARD.all(self._conn, card=card_id.bytes, known=version)
        return [decode_row(VerdictRow, row.row) for row in rows]

    def counted(self, after: int, up_to: int) -> dict[int, bool]:
        """For entries in (after, up_to] with a verdict: whether their effect is included in the card's row."""
        query = (
            select(verdicts.c.seq, verdicts.c.word, verdicts.c.card_version, cards.c.version)
            .select_from(verdicts.outerjoin(cards, cards.c.id == verdicts.c.card))
            .where(verdicts.c.seq > after, verdicts.c.seq <= up_to)
        )
        return {
            row.seq: row.word == "held" or row.card_version <= (row.version or 0) for row in self._conn.execute(query)
        }

    def transaction(self, transaction_id: UUID) -> TransactionRow | None:
        """A recent transaction of this store, or None."""
        row = _TRANSACTION.first(self._conn, id=transaction_id.bytes)
        return None if row is None else decode_row(TransactionRow, row.row)

    def transactions_of(self, card_id: UUID, limit: int) -> list[TransactionRow]:
        """The card's recent transactions in this store, newest first."""
        query = select(transactions.c.row).where(transactions.c.card == card_id.bytes)
        return self._transactions(query.order_by(transactions.c.version.desc()).limit(limit))

    def transactions_with_receipt(self, receipt: str) -> list[TransactionRow]:
        """This store's earnings with this receipt."""
        return self._transactions(
            select(transactions.c.row).where(transactions.c.receipt.in_({folded_receipt(receipt), receipt}))
        )

    def transactions_correcting(self, transaction_id: UUID) -> list[TransactionRow]:
        """The corrections of this transaction, oldest first."""
        query = select(transactions.c.row).where(transactions.c.corrects == transaction_id.bytes)
        return self._transactions(query.order_by(transactions.c.version))

    def essential_rows(self) -> list[Any]:
        """The essential rows with kinds and bytes, for detecting changes."""
        return _ESSENTIALS.all(self._conn)

    def _transactions(self, query: Select[Any]) -> list[TransactionRow]:
        return [decode_row(TransactionRow, row.row) for row in self._conn.execute(query)]

    @staticmethod
    def _card(row: Row[Any] | None) -> ConfirmedCard | None:
        return None if row is None else ConfirmedCard(replica_cards.card_in(row), row.version, row.as_of_seq)


def essentials_in(kept: Iterable[Any]) -> Essentials:
    """Decodes the rows of `ReplicaSnapshot.essential_rows`."""
    rows: dict[str, list[bytes]] = {}
    for row in kept:
        rows.setdefault(row.kind, []).append(row.row)
    company = next((decode_row(CompanyRow, one) for one in rows.get(Table.COMPANY, ())), None)
    programs = [decode_row(ProgramRow, one).program for one in rows.get(Table.PROGRAM, ())]
    staff = sorted((decode_row(StaffRow, one) for one in rows.get(Table.STAFF, ())), key=lambda one: one.name)
    stores = [decode_row(StoreRow, one) for one in rows.get(Table.STORE, ())]
    terminals = [decode_row(TerminalRow, one) for one in rows.get(Table.TERMINAL, ())]
    return Essentials(
        company=company.name if company else None,
        settings=company.settings if company else Settings(),
        programs=Programs.of(programs),
        staff=tuple(staff),
        store_names={store.id: store.name for store in stores},
        terminal_names={terminal.id: terminal.name for terminal in terminals},
    )


_AS_OF = func.coalesce(cards.c.as_of_seq, select(state.c.base_seq).scalar_subquery())
_CARD: Select[Any] = select(*replica_cards.COLUMNS, cards.c.version, _AS_OF.label("as_of_seq"))

# Statements of every scan.
_CARD_BY_ID = Query(_CARD.where(cards.c.id == bindparam("id")))
_CARD_BY_CODE = Query(_CARD.where(or_(bindparam("key") == TOKEN_KEY, bindparam("key") == NUMBER_KEY)))
_CARD_OF_OLD_CODE = Query(select(old_codes.c.card).where(old_codes.c.hash == bindparam("code")))
_STATE = Query(select(state))
_ESSENTIALS = Query(select(essentials.c.kind, essentials.c.row))
_HELD = Query(select(verdicts.c.id).where(verdicts.c.word == "held"))
_VERDICTS = Query(select(verdicts.c.row).where(verdicts.c.id.in_(bindparam("wanted", expanding=True))))
_AHEAD_OF_CARD = Query(
    select(verdicts.c.row).where(verdicts.c.card == bindparam("card"), verdicts.c.card_version > bindparam("known"))
)
_TRANSACTION = Query(select(transactions.c.row).where(transactions.c.id == bindparam("id")))
