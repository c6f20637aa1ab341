"""What a unit of work will write: collected while a page is judged, then written table by table.

Nothing else writes cards, transactions, verdicts, cases or customers' first rows; every row takes a version of its own.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from loyalty.fold import fold
from loyalty.transactions import CardDeactivated, CardReactivated, PointsEarned, Transaction
from server.db.tables import cases, companies, customers, entries, transactions, verdicts
from server.db.units import next_version
from server.ledger import cards as card_rows
from server.ledger import transactions as facts
from server.ledger import verdicts as verdict_rows
from server.ledger.cards import OpenCard
from server.ledger.items import Slot
from server.ledger.replacing import Replacement, lead_on
from sync.rows import VerdictRow

_OF_SLOT = ("company_id", "terminal_id", "journal_id", "seq")


class Book:
    """One unit of work's writing, under the company's lock."""

    def __init__(self, conn: Connection, company_id: UUID, now: datetime) -> None:
        self._conn = conn
        self._company_id = company_id
        self._now = now
        clock = select(companies.c.clock).where(companies.c.company_id == company_id)
        self._clock: int = conn.execute(clock).scalar_one()  # the lock is held: nobody else moves it
        self._versions = 0
        self._cards: dict[UUID, OpenCard] = {}
        self._transactions: dict[UUID, dict[str, object]] = {}
        self._receipts_freed: list[UUID] = []
        self._verdicts: dict[Slot, dict[str, object]] = {}
        self._said_before: set[Slot] = set()
        self._cases: list[dict[str, object]] = []
        self._customers: list[dict[str, object]] = []
        self._replacements: list[Replacement] = []
        self._sides_done: set[Slot] = set()

    def version(self) -> int:
        """The next version. It is handed back to the company's clock in `write`."""
        self._versions += 1
        return self._clock + self._versions

    def book(self, opened: OpenCard, fact: Transaction, *, receipt_counts: bool = False) -> None:
        """The fact is the card's: its row goes on to the fold."""
        counts = receipt_counts and isinstance(fact.body, PointsEarned)
        self._transactions[fact.id] = facts.values(
            self._company_id, fact, version=self.version(), now=self._now, receipt_counts=counts
        )
        opened.card = fold(opened.card, fact)
        self.touch(opened)
        if isinstance(fact.body, CardDeactivated):
            opened.deactivated_version = opened.deactivated_version or opened.version
        elif isinstance(fact.body, CardReactivated):
            opened.deactivated_version = None

    def touch(self, opened: OpenCard) -> None:
        """The card's row is written, under a new version."""
        opened.version = self.version()
        self._cards[opened.card.id] = opened

    def free_receipt(self, transaction_id: UUID) -> None:
        """An earning was taken back whole: its receipt may earn again."""
        if transaction_id in self._transactions:
            self._transactions[transaction_id]["receipt_key"] = None
        else:
            self._receipts_freed.append(transaction_id)

    def say(self, slot: Slot, verdict: VerdictRow, *, is_first: bool, case_due_at: datetime | None) -> None:
        """The company's word on an entry; a later one takes the place of an earlier one."""
        self._verdicts[slot] = verdict_rows.values(
            self._company_id, slot, verdict, version=self.version(), case_due_at=case_due_at, now=self._now
        )
        if not is_first:
            self._said_before.add(slot)

    def open_case(self, values: dict[str, object]) -> None:
        self._cases.append(values)

    def enrol(self, customer: dict[str, object]) -> None:
        self._customers.append(customer)

    def replace(self, done: Replacement) -> None:
        """The card has taken the blank's codes, and the blank is nobody's."""
        done.card.codes = done.codes
        done.blank.is_retired = True
        self.touch(done.blank)
        self._replacements.append(done)

    def side_done(self, slot: Slot) -> None:
        """The personal fields of this entry lie elsewhere now."""
        self._sides_done.add(slot)

    def keeps_side(self, slot: Slot) -> bool:
        return slot not in self._sides_done

    def write(self) -> None:
        """Everything collected, each table with one statement. Nothing may be collected afterwards."""
        conn, company_id = self._conn, self._company_id
        if self._versions:
            first = next_version(conn, company_id, self._versions)
            assert first == self._clock + 1, "somebody took versions while this book was open"
        self._insert(customers, self._customers)
        card_rows.save(conn, company_id, self._cards.values(), self._now)
        self._free_receipts()
        self._insert(transactions, self._transactions.values())
        created = {"created_at": self._now}
        new = [row | created for slot, row in self._verdicts.items() if slot not in self._said_before]
        self._insert(verdicts, new)
        self._update_verdicts([row for slot, row in self._verdicts.items() if slot in self._said_before])
        self._insert(cases, self._cases)
        for done in self._replacements:
            lead_on(conn, company_id, done, self._now)
        self._drop_sides()

    def _insert(self, table: Table, rows: Iterable[dict[str, object]]) -> None:
        rows = list(rows)
        if rows:
            self._conn.execute(insert(table), rows)

    def _free_receipts(self) -> None:
        if self._receipts_freed:
            freed = update(transactions).where(
                transactions.c.company_id == self._company_id,
                transactions.c.transaction_id.in_(self._receipts_freed),
            )
            self._conn.execute(freed.values(receipt_key=None, updated_at=self._now))

    def _update_verdicts(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        of_slot = [verdicts.c[name] == bindparam(f"of_{name}") for name in _OF_SLOT]
        written: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name not in _OF_SLOT}
        named = [{name if name in written else f"of_{name}": value for name, value in row.items()} for row in rows]
        self._conn.execute(update(verdicts).where(*of_slot).values(written), named)

    def _drop_sides(self) -> None:
        """Those of entries that came earlier; a new entry whose side is done is written without it."""
        slots = [
            {"of_terminal": slot.terminal_id, "of_journal": slot.journal_id, "of_seq": slot.seq}
            for slot in self._sides_done & self._said_before
        ]
        if slots:
            done = update(entries).where(
                entries.c.company_id == self._company_id,
                entries.c.terminal_id == bindparam("of_terminal"),
                entries.c.journal_id == bindparam("of_journal"),
                entries.c.seq == bindparam("of_seq"),
            )
            self._conn.execute(done.values(side=None, updated_at=self._now), slots)
