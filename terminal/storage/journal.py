"""The journal: all facts of this till, appended durably. Rows must not be changed or deleted.

Rows form a hash chain. The counter's thread writes; the exchange's process reads (`terminal.storage.journal_reader`).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BindParameter, Row, bindparam, delete, func, insert, select
from sqlalchemy.exc import DatabaseError

from loyalty.receipts import folded_receipt
from loyalty.transactions import CardReplaced, PointsEarned, corrected
from sync.exchange.ports import Head
from sync.protocol import chain
from sync.protocol.entries import (
    ENTRY_BYTES_MAX,
    ByCard,
    ByNumber,
    ByToken,
    CardReference,
    Entry,
    FromTheFuture,
    Side,
    Unreadable,
    decode_entry,
    decode_side,
    encode_entry,
    encode_side,
    is_transaction,
    transaction_body,
)
from sync.replica import raw_sql
from sync.replica.disk import to_disk
from sync.replica.statements import Query, Writing
from terminal.keys.identity import Identity
from terminal.problems import JournalBroken, JournalNewer, JournalProblem, JournalUncertain, JournalUnwritable
from terminal.storage.damage import leaves_a_commit_open
from terminal.storage.journal_migrations import NewerFormat, bring_up, store_format
from terminal.storage.journal_reader import JournalReader, full_disk_at
from terminal.storage.tables import clear_log, journal, journal_tables, open_file, side
from terminal.storage.tables import identity as identity_table

# Statements of every tap, built once: building one takes longer than running it.
_NEW_ROW = Writing(insert(journal))
_ENTRIES = select(journal.c.seq, journal.c.entry)
_WANTED: BindParameter[Any] = bindparam("wanted", expanding=True)
_OF_ONE_CARD = _ENTRIES.where(journal.c.card.in_(_WANTED), journal.c.seq > bindparam("after")).order_by(journal.c.seq)
_OF_CARD = Query(_OF_ONE_CARD)
_OF_CARD_AND_KIND = Query(_OF_ONE_CARD.where(journal.c.kind == bindparam("kind")))
_IDS_OF_CARD = Query(select(journal.c.entry_id).where(journal.c.card.in_(_WANTED)))
_OF_KINDS = Query(_ENTRIES.where(journal.c.kind.in_(_WANTED)).order_by(journal.c.seq.desc()).limit(bindparam("most")))
_SEQS_OF_KINDS = Query(
    select(journal.c.seq).where(journal.c.kind.in_(_WANTED), journal.c.seq > bindparam("after")).order_by(journal.c.seq)
)
_WITH_ID = Query(_ENTRIES.where(journal.c.entry_id == bindparam("entry")))
_BETWEEN_IDS = Query(
    _ENTRIES.where(journal.c.entry_id >= bindparam("first"), journal.c.entry_id < bindparam("beyond")).order_by(
        journal.c.seq
    )
)
_NAMING = Query(_ENTRIES.where(journal.c.corrects == bindparam("named")).order_by(journal.c.seq))
_WITH_RECEIPT = Query(
    _ENTRIES.where(journal.c.receipt.in_((bindparam("receipt"), bindparam("typed")))).order_by(journal.c.seq)
)
SINCE_ROWS = 500  # rows read at a time when searching backwards


@dataclass(frozen=True, slots=True)
class Written:
    """An entry with its position in the journal."""

    seq: int
    entry: Entry


class Journal(JournalReader):
    """A till's journal file, for its single writer."""

    def _begin(self) -> None:
        try:
            bring_up(self._engine)
        except NewerFormat as error:
            raise JournalNewer from error
        except DatabaseError as error:
            raise self._trouble(error) from error
        super()._begin()
        self._is_uncertain = False  # after a commit that failed half-way, until the disk has said what became of it
        self.times_settled = 0
        self._head, self.last = self._read_end()

    @classmethod
    def create(cls, path: Path, identity: Identity) -> None:
        """Creates a journal file atomically."""
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        engine = open_file(new)
        try:
            with engine.begin() as conn:
                journal_tables.create_all(conn)
                store_format(conn)
                conn.execute(insert(identity_table).values(id=1, body=msgspec.json.encode(identity)))
        except DatabaseError as error:
            raise JournalUnwritable(full_disk_at(path.parent)) from error
        finally:
            engine.dispose()  # closing the last connection merges the write-ahead log
        new.rename(path)
        to_disk(path.parent)

    # writing, on the counter's thread only

    def append(self, entry: Entry, personal: Side | None = None) -> Written:
        """Writes *entry* and its personal side row in one durable commit."""
        return self.append_step((entry,), personal)[0]

    def append_step(
        self, entries: Sequence[Entry], personal: Side | None = None, *, forgotten: Collection[int] = ()
    ) -> list[Written]:
        """Writes several entries in one durable commit, all or none, and deletes the side rows at seqs *forgotten*.

        Raises `JournalUncertain` if the disk failed during the commit, so that the entries may be written or not.
        """
        self._settle()
        head, rows = self._head, []
        for entry in entries:
            rows.append(_row(entry, head))
            head = Head(head.seq + 1, rows[-1]["hash"])
        is_committing = False
        try:
            with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin() as work:
                for row in rows:
                    _NEW_ROW.run(conn, row)
                if personal is not None:
                    kept = {"side": encode_side(personal), "email": personal.email, "phone": personal.phone}
                    conn.execute(insert(side).values(seq=rows[0]["seq"], **kept))
                if forgotten:
                    conn.execute(delete(side).where(side.c.seq.in_(forgotten)))
                is_committing = True
                work.commit()
        except Exception as error:
            if not (is_committing and leaves_a_commit_open(error)):
                raise self._trouble(error) from error
            self._is_uncertain = True
            with suppress(JournalProblem):  # while the disk goes on failing, it is tried before the next entry
                self._settle()
            raise JournalUncertain from error
        self._head = head
        self.last = entries[-1]
        if forgotten:
            self._clear_log()
        return [Written(row["seq"], entry) for row, entry in zip(rows, entries, strict=True)]

    def _settle(self) -> None:
        """After a commit that failed half-way: reads from the disk what became of it, for good.

        The log is opened anew and taken into the file, so that no later start can find other entries in it.
        """
        if not self._is_uncertain:
            return
        self._engine.dispose()
        try:
            with self._engine.connect() as conn:
                ((is_busy, _, _),) = raw_sql.fetch(conn, "PRAGMA wal_checkpoint(TRUNCATE)", ())
            if (log := self._path.with_name(f"{self._path.name}-wal")).exists():
                to_disk(log)  # never the database itself: closing a handle on it ends SQLite's locks
        except Exception as error:
            raise self._trouble(error) from error
        if is_busy:
            raise JournalUnwritable
        self._head, self.last = self._read_end()
        self._is_uncertain = False
        self.times_settled += 1

    # reading

    def head(self) -> Head:
        """The journal's last link, from memory, as there is no other writer."""
        return self._head

    def of_card(self, keys: Sequence[bytes], after: int, kind: str | None = None) -> list[Written]:
        """The transactions of a card under any of *keys* after seq *after*, oldest first."""
        if kind is None:
            return _read(self._run_query(_OF_CARD, keys, after=after))
        return _read(self._run_query(_OF_CARD_AND_KIND, keys, after=after, kind=kind))

    def ids_of_card(self, keys: Sequence[bytes]) -> set[UUID]:
        """The ids of all of this till's transactions on a card."""
        return {UUID(bytes=row.entry_id) for row in self._run_query(_IDS_OF_CARD, keys)}

    def with_id(self, entry_id: UUID) -> Written | None:
        """The entry with this id, or None."""
        return next(iter(_read(self._run_query(_WITH_ID, entry=entry_id.bytes))), None)

    def between(self, first: UUID, beyond: UUID) -> list[Written]:
        """The entries with an id from *first* to before *beyond*, oldest first."""
        return _read(self._run_query(_BETWEEN_IDS, first=first.bytes, beyond=beyond.bytes))

    def naming(self, named: UUID) -> list[Written]:
        """The entries that void transaction *named*, or use the codes of blank *named*; oldest first."""
        return _read(self._run_query(_NAMING, named=named.bytes))

    def with_receipt(self, receipt: str) -> list[Written]:
        """The earnings with this receipt, oldest first."""
        return _read(self._run_query(_WITH_RECEIPT, receipt=folded_receipt(receipt), typed=receipt))

    def of_kinds(self, kinds: list[str], *, limit: int | None = None) -> list[Written]:
        """Entries of these kinds, newest first."""
        return _read(self._run_query(_OF_KINDS, kinds, most=-1 if limit is None else limit))

    def since(self, moment: datetime, kinds: Sequence[str] | None = None) -> list[Written]:
        """Entries from *moment* on, oldest first, optionally only of some kinds."""
        query = select(journal.c.seq, journal.c.entry).order_by(journal.c.seq.desc()).limit(SINCE_ROWS)
        if kinds is not None:
            query = query.where(journal.c.kind.in_(kinds))
        found: list[Written] = []
        before = self._head.seq + 1
        while part := _read(self._all(query.where(journal.c.seq < before))):
            newer = [written for written in part if written.entry.occurred_at >= moment]
            found += newer
            before = part[-1].seq
            if not newer:  # clock changes reorder only neighbouring entries
                break
        return found[::-1]

    def last_of(self, staff_id: UUID | None, kinds: list[str]) -> UUID | None:
        """The id of the last entry of these kinds by this person, or by none."""
        by = journal.c.staff.is_(None) if staff_id is None else journal.c.staff == staff_id.bytes
        query = select(journal.c.entry_id).where(by, journal.c.kind.in_(kinds)).order_by(journal.c.seq.desc()).limit(1)
        return next((UUID(bytes=row.entry_id) for row in self._all(query)), None)

    def seqs_of_kinds(self, kinds: list[str], after: int) -> list[int]:
        """The seqs of entries of these kinds after *after*."""
        return [row.seq for row in self._run_query(_SEQS_OF_KINDS, kinds, after=after)]

    def side_of(self, seq: int) -> Side | None:
        """The personal fields of an enrolment; None if deleted."""
        rows = self._all(select(side.c.side).where(side.c.seq == seq))
        try:
            return decode_side(rows[0].side) if rows else None
        except Unreadable as error:
            raise JournalBroken(seq) from error

    def with_contact(self, *, email: bytes | None = None, phone: bytes | None = None) -> list[Written]:
        """This till's entries with this contact's look-up hash in their side row."""
        contact = side.c.email == email if email is not None else side.c.phone == phone
        query = select(journal.c.seq, journal.c.entry).join_from(journal, side, side.c.seq == journal.c.seq)
        return _read(self._all(query.where(contact).order_by(journal.c.seq)))

    def with_sides(self) -> list[Written]:
        """The entries whose side rows are there, oldest first."""
        query = select(journal.c.seq, journal.c.entry).join_from(journal, side, side.c.seq == journal.c.seq)
        return _read(self._all(query.order_by(journal.c.seq)))

    def forget_sides(self, seqs: Collection[int]) -> None:
        """Deletes side rows, also from the log."""
        self._settle()
        try:
            with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as conn, conn.begin():
                conn.execute(delete(side).where(side.c.seq.in_(seqs)))
        except Exception as error:
            raise self._trouble(error) from error
        self._clear_log()

    def _clear_log(self) -> None:
        """Takes the log into the file, as it still has what was deleted."""
        try:
            clear_log(self._engine)
        except Exception as error:
            raise self._trouble(error) from error

    def check(self) -> int | None:
        """The seq of the first changed row; None if the whole chain is intact."""
        links = ((row.seq, chain.entry_hash(row.entry), row.hash) for row in self.rows())
        return chain.verify(self._genesis_head().hash, 1, links)

    def rows(self) -> Iterator[Row[Any, Any, Any]]:
        """All rows, oldest first."""
        query = select(journal.c.seq, journal.c.entry, journal.c.hash).order_by(journal.c.seq)
        with self._engine.connect() as conn:
            yield from conn.execute(query.execution_options(yield_per=1000))

    def _read_end(self) -> tuple[Head, Entry | None]:
        newest = select(journal.c.seq, journal.c.hash, journal.c.entry).order_by(journal.c.seq.desc()).limit(1)
        rows = self._all(newest)
        if not rows:
            return self._genesis_head(), None
        end = rows[0]
        if self._all(select(func.count().label("rows")).select_from(journal))[0].rows != end.seq:
            seqs = self._all(select(journal.c.seq).order_by(journal.c.seq))
            raise JournalBroken(next(place for place, row in enumerate(seqs, 1) if row.seq != place))
        return Head(end.seq, end.hash), _decoded(end.seq, end.entry)


def _row(entry: Entry, head: Head) -> dict[str, Any]:
    """The row of *entry* after *head*."""
    data = encode_entry(entry)
    assert len(data) <= ENTRY_BYTES_MAX, "the limits on texts keep entries smaller"
    body = transaction_body(entry) if is_transaction(entry.kind) else None
    names = body.blank if isinstance(body, CardReplaced) else None if body is None else corrected(body)
    return {
        "seq": head.seq + 1,
        "entry": data,
        "prev_hash": head.hash,
        "hash": chain.link(head.hash, head.seq + 1, chain.entry_hash(data)),
        "entry_id": entry.id.bytes,
        "kind": entry.kind,
        "card": None if entry.card is None else card_key(entry.card),
        "receipt": _receipt_of(body),
        "corrects": None if names is None else names.bytes,
        "staff": None if entry.staff is None else entry.staff.bytes,
    }


def _read(rows: Iterable[Any]) -> list[Written]:
    return [Written(row.seq, _decoded(row.seq, row.entry)) for row in rows]


def _decoded(seq: int, data: bytes) -> Entry:
    try:
        return decode_entry(data)
    except Unreadable as error:
        raise JournalBroken(seq) from error
    except FromTheFuture as error:
        raise JournalProblem(f"row {seq} was written by a newer program") from error


def card_key(reference: CardReference) -> bytes:
    """The look-up key of a card: its id, or the hash of its code."""
    match reference:
        case ByCard(id=card_id):
            return card_id.bytes
        case ByToken(hash=key) | ByNumber(hmac=key):
            return key


def _receipt_of(body: object) -> str | None:
    return folded_receipt(body.receipt) if isinstance(body, PointsEarned) and body.receipt else None
