"""Reads the replica for the counter: essentials as a whole, cards and transactions one by one.

Each `look` is one consistent snapshot of the file.
"""

import functools
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, func, literal, or_, select
from sqlalchemy.exc import DBAPIError

from loyalty.program import Programs
from loyalty.receipts import folded_receipt
from loyalty.settings import Settings
from sync.protocol.digests import row_hash
from sync.protocol.messages import Cursors
from sync.protocol.rows import (
    CardRow,
    CaseRow,
    CompanyRow,
    ErasedRow,
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
    cases,
    code_key,
    essentials,
    old_codes,
    state,
    transactions,
    verdicts,
)
from terminal.storage.replica_repair import health_in

NO_PROGRAMS = Programs(())

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Essentials:
    """Rules, staff and names, as far as received."""

    company: str | None = None
    settings: Settings = field(default_factory=Settings)
    programs: Programs = NO_PROGRAMS
    staff: tuple[StaffRow, ...] = ()
    store_names: dict[UUID, str] = field(default_factory=dict)
    terminal_names: dict[UUID, str] = field(default_factory=dict)
    erased: tuple[ErasedRow, ...] = ()  # cards whose customers were erased
    cases: tuple[CaseRow, ...] = ()  # of the store, of the last 60 days

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
    restored_at: datetime | None = None  # when the server was first met after it was restored from a backup


class Unreadable(Exception):
    """Whatever reading from a damaged file raised: an error of the whole file, or of rows."""

    def __init__(self, error: Exception, *, of_the_file: bool) -> None:
        super().__init__(str(error))
        self.error = error
        self.of_the_file = of_the_file


def _guarded(method: Callable[P, R]) -> Callable[P, R]:
    """Raises `Unreadable` for any error of *method*: flipped bits can raise anything where a row is read."""

    @functools.wraps(method)
    def read(*given: P.args, **named: P.kwargs) -> R:
        try:
            return method(*given, **named)
        except Unreadable:
            raise
        except Exception as error:
            of_the_file = isinstance(error, DBAPIError | sqlite3.Error | MemoryError)
            raise Unreadable(error, of_the_file=of_the_file) from error

    return read


class ReplicaSnapshot:
    """One consistent snapshot of the replica. Every method raises `Unreadable` if the file is damaged."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    @_guarded
    def state(self) -> ReplicaState:
        (row,) = _STATE.all(self._conn)
        confirmed = None if row.confirmed_at is None else datetime.fromisoformat(row.confirmed_at)
        cursors = Cursors(row.essentials, row.bulk)
        health = health_in(row.health)
        compared = None if health.compared_at is None else datetime.fromisoformat(health.compared_at)
        restored = None if health.restored_at is None else datetime.fromisoformat(health.restored_at)
        return ReplicaState(
            row.acked_seq,
            cursors,
            bool(row.complete),
            row.rows,
            row.rows_left,
            confirmed,
            compared_at=compared,
            differences=health.found,
            restored_at=restored,
        )

    @_guarded
    def card(self, card_id: UUID) -> ConfirmedCard | None:
        """The card with this id, or None."""
        return self._card(_CARD_BY_ID.first(self._conn, id=card_id.bytes))

    @_guarded
    def card_by_code(self, code_hash: bytes) -> tuple[ConfirmedCard, bool] | None:
        """The card that this token's or number's hash leads to, and True if the code has been replaced."""
        for row in _CARD_BY_CODE.all(self._conn, key=code_key(code_hash)):
            known = self._found(row)
            if known is not None and code_hash in (known.row.token, known.row.number):
                if not known.row.retired:
                    return known, False
                if known.row.merged_into is not None and (stays := self.leading(known)) is not None:
                    return stays, code_hash in (*stays.row.old_tokens, *stays.row.old_numbers)
        owner = _CARD_OF_OLD_CODE.first(self._conn, code=code_hash)
        replaced = None if owner is None else self.card(UUID(bytes=owner.card))
        leading = None if replaced is None else self.leading(replaced)
        return None if leading is None else (leading, True)

    @_guarded
    def leading(self, known: ConfirmedCard) -> ConfirmedCard | None:
        """The card that is served in place of this one: itself, or the one that it was merged into.

        None until the row of that one has come in which both are together.
        """
        last: ConfirmedCard | None = known
        while last is not None and last.row.merged_into is not None:
            last = self.card(last.row.merged_into)
        return last if last is known or (last is not None and known.row.id in last.row.merged) else None

    @_guarded
    def card_by_old_code(self, code_hash: bytes) -> ConfirmedCard | None:
        """The card to which another program's code with this hash leads, or None."""
        owner = _CARD_OF_OLD_CODE.first(self._conn, code=code_hash)
        known = None if owner is None else self.card(UUID(bytes=owner.card))
        return known if known is not None and code_hash in known.row.old_codes else None

    @_guarded
    def withdrawn(self, code_hash: bytes) -> ConfirmedCard | None:
        """The blank with this code that the company has withdrawn, or None.

        A blank that gave its code to a card looks alike until the card's row is here, so none is found while more rows
        are to come.
        """
        state = self.state()
        if not state.complete or state.rows_left or self.card_by_code(code_hash) is not None:
            return None
        found = [known for row in _CARD_BY_CODE.all(self._conn, key=code_key(code_hash)) if (known := self._card(row))]
        blanks = (known for known in found if known.row.merged_into is None)
        return next((known for known in blanks if code_hash in (known.row.token, known.row.number)), None)

    @_guarded
    def cards_by_contact(self, *, email: bytes | None = None, phone: bytes | None = None) -> list[ConfirmedCard]:
        """Cards whose customer has this contact."""
        contact = cards.c.email == email if email is not None else cards.c.phone == phone
        return [known for row in self._conn.execute(_CARD.where(contact)) if (known := self._found(row)) is not None]

    @_guarded
    def blanks(self) -> int:
        """The number of blanks ready to be issued."""
        return self._conn.execute(select(func.count()).select_from(cards).where(cards.c.blank == 1)).scalar_one()

    @_guarded
    def verdict(self, entry_id: UUID) -> VerdictRow | None:
        """The verdict on this till's entry, or None."""
        return self.verdicts([entry_id]).get(entry_id)

    @_guarded
    def verdicts(self, entry_ids: list[UUID]) -> dict[UUID, VerdictRow]:
        """The verdicts on these entries received so far."""
        found: dict[UUID, VerdictRow] = {}
        for start in range(0, len(entry_ids), 500):
            part = [one.bytes for one in entry_ids[start : start + 500]]
            for row in _VERDICTS.all(self._conn, part):
                verdict = decode_row(VerdictRow, _as_sent(Table.VERDICT, row))
                found[verdict.id] = verdict
        return found

    @_guarded
    def held_ids(self) -> list[UUID]:
        """The ids of this till's held entries."""
        return [UUID(bytes=row.id) for row in _HELD.all(self._conn)]

    @_guarded
    def differing_ids(self, limit: int, skip: int) -> list[UUID]:
        """The ids of this till's entries with a verdict other than accepted, newest first."""
        query = select(verdicts.c.id).where(verdicts.c.word != "accepted").order_by(verdicts.c.seq.desc())
        return [UUID(bytes=row.id) for row in self._conn.execute(query.limit(limit).offset(skip))]

    @_guarded
    def ahead_of_card(self, card_id: UUID, version: int) -> list[VerdictRow]:
        """Verdicts whose effect belongs to a newer version of the card than *version*."""
        rows = _AHEAD_OF_CARD.all(self._conn, card=card_id.bytes, known=version)
        return [decode_row(VerdictRow, _as_sent(Table.VERDICT, row)) for row in rows]

    @_guarded
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

    @_guarded
    def transaction(self, transaction_id: UUID) -> TransactionRow | None:
        """A recent transaction of this store, or None."""
        row = _TRANSACTION.first(self._conn, id=transaction_id.bytes)
        return None if row is None else decode_row(TransactionRow, _as_sent(Table.TRANSACTION, row))

    @_guarded
    def transactions_between(self, first: UUID, beyond: UUID) -> list[TransactionRow]:
        """This store's recent transactions with an id from *first* to before *beyond*."""
        ids = transactions.c.id
        return self._transactions(_TRANSACTIONS.where(ids >= first.bytes, ids < beyond.bytes))

    @_guarded
    def transactions_of(self, known: ConfirmedCard, limit: int) -> list[TransactionRow]:
        """Recent transactions in this store of the card and of those that were merged into it, newest first."""
        together = [card_id.bytes for card_id in (known.row.id, *known.row.merged)]
        query = _TRANSACTIONS.where(transactions.c.card.in_(together))
        return self._transactions(query.order_by(transactions.c.version.desc()).limit(limit))

    @_guarded
    def transactions_with_receipt(self, receipt: str) -> list[TransactionRow]:
        """This store's earnings with this receipt, however its letters were written."""
        wanted = (folded_receipt(receipt), receipt)  # rows of an older program hold the receipt as it was typed
        return self._transactions(_TRANSACTIONS.where(transactions.c.receipt.in_(wanted)))

    @_guarded
    def transactions_correcting(self, transaction_id: UUID) -> list[TransactionRow]:
        """The corrections of this transaction, oldest first."""
        query = _TRANSACTIONS.where(transactions.c.corrects == transaction_id.bytes)
        return self._transactions(query.order_by(transactions.c.version))

    @_guarded
    def essential_rows(self) -> list[Any]:
        """The essential rows with kinds and bytes, for detecting changes."""
        rows = [*_ESSENTIALS.all(self._conn), *_CASES.all(self._conn)]
        for row in rows:
            _as_sent(row.kind, row)
        return rows

    def _transactions(self, query: Select[Any]) -> list[TransactionRow]:
        return [decode_row(TransactionRow, _as_sent(Table.TRANSACTION, row)) for row in self._conn.execute(query)]

    def _found(self, row: Row[Any]) -> ConfirmedCard | None:
        """The card of a row that another index led to. Whatever is done with the card needs its id to lead to it."""
        known = self._card(row)
        if known is not None and _HAS_CARD.first(self._conn, id=known.row.id.bytes) is None:
            raise ValueError("a card is not found by its id")
        return known

    @staticmethod
    def _card(row: Row[Any] | None) -> ConfirmedCard | None:
        if row is None:
            return None
        _check(Table.CARD, row, replica_cards.as_sent(row))
        return ConfirmedCard(replica_cards.card_in(row), row.version, row.as_of_seq)


def _as_sent(kind: str, row: Any) -> bytes:
    """The bytes of a row, checked against its hash; raises `ValueError` if they are not what the server sent."""
    data: bytes = row.row
    _check(kind, row, data)
    return data


def _check(kind: str, row: Any, data: bytes) -> None:
    if row.hash != row_hash(kind, row.id, row.version, data):
        raise ValueError(f"a row of {kind} is not what the server sent")


@_guarded
def essentials_in(kept: Iterable[Any]) -> Essentials:
    """Decodes the rows of `ReplicaSnapshot.essential_rows`; raises `Unreadable` if one is damaged."""
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
        erased=tuple(decode_row(ErasedRow, one) for one in rows.get(Table.ERASED, ())),
        cases=tuple(decode_row(CaseRow, one) for one in rows.get(Table.CASE, ())),
    )


_AS_OF = func.coalesce(cards.c.as_of_seq, select(state.c.base_seq).scalar_subquery())
_CARD: Select[Any] = select(*replica_cards.COLUMNS, cards.c.version, _AS_OF.label("as_of_seq"))

# Statements of every scan.
_CARD_BY_ID = Query(_CARD.where(cards.c.id == bindparam("id")))
_HAS_CARD = Query(select(cards.c.id).where(cards.c.id == bindparam("id")))
_CARD_BY_CODE = Query(_CARD.where(or_(bindparam("key") == TOKEN_KEY, bindparam("key") == NUMBER_KEY)))
_CARD_OF_OLD_CODE = Query(select(old_codes.c.card).where(old_codes.c.hash == bindparam("code")))
_STATE = Query(select(state))
_ESSENTIALS = Query(
    select(essentials.c.kind, essentials.c.row, essentials.c.id, essentials.c.version, essentials.c.hash)
)
_CASES = Query(select(literal(Table.CASE.value).label("kind"), cases.c.row, cases.c.id, cases.c.version, cases.c.hash))
_HELD = Query(select(verdicts.c.id).where(verdicts.c.word == "held"))
_VERDICT_BYTES = (verdicts.c.row, verdicts.c.id, verdicts.c.version, verdicts.c.hash)
_VERDICTS = Query(select(*_VERDICT_BYTES).where(verdicts.c.id.in_(bindparam("wanted", expanding=True))))
_AHEAD_OF_CARD = Query(
    select(*_VERDICT_BYTES).where(verdicts.c.card == bindparam("card"), verdicts.c.card_version > bindparam("known"))
)
_TRANSACTIONS = select(transactions.c.row, transactions.c.id, transactions.c.version, transactions.c.hash)
_TRANSACTION = Query(_TRANSACTIONS.where(transactions.c.id == bindparam("id")))
