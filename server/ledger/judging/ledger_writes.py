"""The rows a unit of work will write: collected while entries are judged, then written table by table.

Cards, transactions, verdicts, cases and new customers must be written through here only; every row gets its own
version. Code that writes other rows in the same unit of work takes versions from here and reports the rows to
`add_row`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, bindparam, insert, update

from loyalty.card import Card
from loyalty.fold import fold
from loyalty.judge import Word
from loyalty.merging import fold_into
from loyalty.program import Programs
from loyalty.reach import Reach, Steps, reach_of, reach_of_merge, steps_of
from loyalty.transactions import CardDeactivated, CardReactivated, PointsEarned, Transaction
from server.companies import programs
from server.companies.companies import version as version_of
from server.db.batches import Batch
from server.db.tables import customers, entries, transactions
from server.db.units import next_version
from server.ledger.feed.sources import CASES, FeedRow
from server.ledger.rows import cards as card_rows
from server.ledger.rows import cases as case_rows
from server.ledger.rows import till_knowledge
from server.ledger.rows import transactions as facts
from server.ledger.rows import verdicts as verdict_rows
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.cases import Outcome, Settling
from server.ledger.rows.enrolments import CustomerEdit
from server.ledger.rows.entries import Slot
from server.ledger.rows.replacements import Replacement, redirect_codes
from server.ledger.rows.sums import Sums
from server.ledger.rows.till_knowledge import Told
from sync.protocol.digests import day_bucket, row_hash, verdict_bucket
from sync.protocol.rows import Table, TransactionRow, VerdictRow


@dataclass(slots=True)
class _Booked:
    row: TransactionRow
    reason: str | None
    version: int
    receipt_key: str | None
    sent: bytes
    reach: Reach


@dataclass(slots=True)
class _NewVerdict:
    verdict: VerdictRow
    version: int
    former_hash: int | None  # hash of the verdict it replaces; None for an entry's first
    case_due_at: datetime | None
    sent: bytes = b""

    @property
    def ends_waiting(self) -> bool:
        """True if the entry was held until now."""
        return self.former_hash is not None and self.verdict.word != _HELD


class WriteSet:
    """The writes of one unit of work, under the company's lock."""

    def __init__(
        self,
        conn: Connection,
        company_id: UUID,
        now: datetime,
        *,
        began: int | None = None,
        versions: Programs | None = None,
    ) -> None:
        """*began* is the company's clock, and *versions* are those of its program, if the caller has already read them
        under the lock."""
        self._conn = conn
        self._company_id = company_id
        self._now = now.astimezone(UTC)  # so that the bytes sent equal those read back
        self.began = version_of(conn, company_id) if began is None else began  # stable while the lock is held
        self._versions = 0
        self._programs = versions
        self._steps: dict[int, Steps] = {}  # by program version
        self._cards: dict[UUID, OpenCard] = {}
        self._transactions: dict[UUID, _Booked] = {}
        self._receipts_freed: list[UUID] = []
        self._verdicts: dict[Slot, _NewVerdict] = {}
        self._cases: list[dict[str, object]] = []
        self._grouped: dict[object, dict[str, Any]] = {}
        self._outcomes: list[Outcome] = []
        self._customers: list[dict[str, object]] = []
        self._edits: list[CustomerEdit] = []
        self._replacements: list[Replacement] = []
        self._sides_done: set[Slot] = set()
        self._others: list[FeedRow] = []
        self._sums = Sums(company_id)

    @property
    def clock(self) -> int:
        """The last version assigned."""
        return self.began + self._versions

    @property
    def words(self) -> Counter[str]:
        """How often each verdict was given."""
        return Counter(str(one.verdict.word) for one in self._verdicts.values())

    def version(self) -> int:
        """Assigns the next version; `write` advances the company's clock accordingly."""
        self._versions += 1
        return self.began + self._versions

    def versions(self, count: int) -> int:
        """Assigns so many versions, and returns the first."""
        first = self.clock + 1
        self._versions += count
        return first

    def book(
        self, opened: OpenCard, fact: Transaction, *, receipt_key: str | None = None, after: Card | None = None
    ) -> None:
        """Adds a transaction to the card; *after* is the resulting card if the caller has already computed it."""
        key = receipt_key if isinstance(fact.body, PointsEarned) else None
        version = fact.context.program_version
        steps = self._steps.get(version) or self._steps_of(version)
        self._add(fact, key, reach_of(opened.card, fact, steps))
        opened.card = fold(opened.card, fact) if after is None else after
        self.touch(opened)
        if isinstance(fact.body, CardDeactivated):
            opened.deactivated_version = opened.deactivated_version or opened.version
        elif isinstance(fact.body, CardReactivated):
            opened.deactivated_version = None

    def merge(self, opened: OpenCard, other: OpenCard, fact: Transaction) -> None:
        """Adds a merge, after which the *other* card's ledger and its codes of another program go on in the card.

        The other card's row has the smaller version: a till that has read the card's row knows of both.
        """
        together = {one.card.id: one.card for one in (opened, other)}
        after = fold_into(together, fact)
        reach = reach_of_merge(opened.card, other.card, fact, self._steps_of(fact.context.program_version))
        other.card, other.is_retired = together[other.card.id], True
        opened.codes = opened.codes._replace(old_codes=(*opened.codes.old_codes, *other.codes.old_codes))
        other.codes = other.codes._replace(old_codes=())
        self.touch(other)
        self._add(fact, None, reach)
        opened.card = after
        self.touch(opened)

    def touch(self, opened: OpenCard) -> None:
        """Marks the card's row to be written, under a new version."""
        opened.version = self.version()
        self._cards[opened.card.id] = opened

    def free_receipt(self, transaction_id: UUID) -> None:
        """Makes the receipt of a fully voided earning usable again."""
        if transaction_id in self._transactions:
            self._transactions[transaction_id].receipt_key = None
        else:
            self._receipts_freed.append(transaction_id)

    def set_verdict(
        self, slot: Slot, verdict: VerdictRow, *, former_hash: int | None, case_due_at: datetime | None
    ) -> None:
        """Sets the verdict on an entry; *former_hash* is the hash of the verdict it replaces."""
        self._verdicts[slot] = _NewVerdict(verdict, self.version(), former_hash, case_due_at)

    def add_row(self, row: FeedRow) -> None:
        """Reports a row that other code writes in this unit of work under a version of this set."""
        self._others.append(row)

    def open_case(self, values: dict[str, object]) -> None:
        self._cases.append(values)

    def add_to_case(self, values: dict[str, Any]) -> None:
        """Opens a case of several entries, or adds this one's amount to it."""
        kept = self._grouped.setdefault(values["case_id"], values)
        if kept is not values:
            kept["amount"] += values["amount"]

    def decide(self, outcome: Outcome) -> None:
        """A case is decided."""
        self._outcomes.append(outcome)

    def enrol(self, customer: dict[str, object]) -> None:
        self._customers.append(customer)

    def edit(self, customer: CustomerEdit) -> None:
        """A customer's row takes new personal fields."""
        self._edits.append(customer)

    def replace(self, done: Replacement) -> None:
        """Gives the blank's codes to the card and retires the blank."""
        done.card.codes = done.codes
        done.blank.is_retired = True
        self.touch(done.blank)
        self._replacements.append(done)

    def drop_side(self, slot: Slot) -> None:
        """Erases the entry's personal fields, which are now stored with the customer."""
        self._sides_done.add(slot)

    def new_entries(self, rows: Mapping[Slot, dict[str, object]]) -> None:
        """Inserts the new entries with their verdicts; called after `write`."""
        for slot, row in rows.items():
            said = self._verdicts[slot]
            row.update(self._verdict_columns(said))
            is_held, known = said.verdict.word == _HELD, row["told"]
            row["told"] = till_knowledge.kept(known) if is_held and isinstance(known, Told) else None
            if self._sides_done and slot in self._sides_done:
                row["side"] = None
        _NEW_ENTRIES.run(self._conn, rows.values())

    def write(self) -> None:
        """Writes everything collected, one statement for each table. Nothing may be added afterwards."""
        conn, company_id, now = self._conn, self._company_id, self._now
        self._write_cases()
        if self._versions:
            first = next_version(conn, company_id, self._versions)
            assert first == self.began + 1, "versions were taken while this write set was open"
        _NEW_CUSTOMERS.run(conn, self._customers)
        for edit in self._edits:
            edit.write(conn)
        card_rows.save(conn, company_id, self._cards.values(), now, self._sums)
        self._free_receipts()
        _NEW_TRANSACTIONS.run(
            conn,
            [
                facts.values(
                    company_id,
                    one.row,
                    reason=one.reason,
                    version=one.version,
                    receipt_key=one.receipt_key,
                    reach=one.reach,
                )
                for one in self._transactions.values()
            ],
        )
        self._count()
        self._sums.write(conn, now)
        self._write_later_verdicts()
        for done in self._replacements:
            redirect_codes(conn, company_id, done, now)

    def news(self) -> list[FeedRow]:
        """The rows of the feed that this unit of work changed, ordered by version."""
        found = [
            FeedRow(_VERDICT, one.verdict.id, one.version, one.sent, bytes, slot.terminal_id)
            for slot, one in self._verdicts.items()
        ]
        found += [
            FeedRow(_TRANSACTION, one.row.id, one.version, one.sent, bytes, one.row.store, self._now)
            for one in self._transactions.values()
        ]
        found += [FeedRow(_CARD, id_, one.version, one.sent, bytes) for id_, one in self._cards.items()]
        found += self._others
        found.sort(key=_version_of)
        return found

    def _add(self, fact: Transaction, receipt_key: str | None, reach: Reach) -> None:
        assert fact.context.occurred_at.tzinfo is UTC, "the bytes sent would differ from those read back"
        row = facts.row_of(fact, self._now)
        self._transactions[fact.id] = _Booked(
            row, facts.reason_of(fact), self.version(), receipt_key, _encode(row), reach
        )

    def _steps_of(self, number: int) -> Steps:
        if self._programs is None:
            self._programs = programs.versions(self._conn, self._company_id)
        program = self._programs.numbered(number)
        steps = self._steps[number] = Steps() if program is None else steps_of(program)
        return steps

    def _count(self) -> None:
        """Updates the sums for transactions and verdicts; `card_rows.save` does it for cards."""
        today = day_bucket(self._now)  # all are recorded now
        for one in self._transactions.values():
            row = one.row
            hashed = row_hash(_TRANSACTION, row.id.bytes, one.version, one.sent)
            self._sums.put(_TRANSACTION, row.store, today, hashed)
        for slot, new in self._verdicts.items():
            bucket = verdict_bucket(slot.journal_id, slot.seq)
            new.sent = _encode(new.verdict)
            hashed = row_hash(_VERDICT, new.verdict.id.bytes, new.version, new.sent)
            if new.former_hash is not None:
                self._sums.take(_VERDICT, slot.terminal_id, bucket, new.former_hash)
            self._sums.put(_VERDICT, slot.terminal_id, bucket, hashed)

    def _verdict_columns(self, new: _NewVerdict) -> dict[str, object]:
        return verdict_rows.values(
            new.verdict, new.sent, version=new.version, case_due_at=new.case_due_at, now=self._now
        )

    def _write_cases(self) -> None:
        """Writes the cases, and reports what tills are sent of them."""
        conn, company_id, now = self._conn, self._company_id, self._now
        for outcome in self._outcomes:
            case_rows.decide(conn, company_id, outcome, now, versions=self.versions)
        changed = [outcome.case_id for outcome in self._outcomes]
        resolved = {new.verdict.id for new in self._verdicts.values() if new.ends_waiting}
        changed += case_rows.settle(conn, company_id, resolved, Settling.ENTRY_RESOLVED, now, versions=self.versions)
        changed += case_rows.open_each(conn, self._cases, versions=self.versions)
        changed += case_rows.add_up(conn, self._grouped.values(), versions=self.versions)
        rows = case_rows.by_ids(conn, company_id, changed)
        self._others += [
            CASES.found(row).as_bytes for row in rows if row.store_id is not None and row.version > self.began
        ]

    def _write_later_verdicts(self) -> None:
        later = [(slot, new) for slot, new in self._verdicts.items() if new.former_hash is not None]
        _LATER_VERDICTS.run(self._conn, [self._of_slot(slot) | self._verdict_columns(new) for slot, new in later])
        dropped = {"side": None, "updated_at": self._now}
        _DROPPED_SIDES.run(self._conn, [self._of_slot(slot) | dropped for slot, _ in later if slot in self._sides_done])

    def _of_slot(self, slot: Slot) -> dict[str, object]:
        return {
            "of_company": self._company_id,
            "of_terminal": slot.terminal_id,
            "of_journal": slot.journal_id,
            "of_seq": slot.seq,
        }

    def _free_receipts(self) -> None:
        if self._receipts_freed:
            freed = update(transactions).where(
                transactions.c.company_id == self._company_id,
                transactions.c.transaction_id.in_(self._receipts_freed),
            )
            self._conn.execute(freed.values(receipt_key=None, updated_at=self._now))


_CARD, _TRANSACTION, _VERDICT = Table.CARD, Table.TRANSACTION, Table.VERDICT  # slow to look up, for every row
_HELD = str(Word.HELD)
_version_of = attrgetter("version")
_encode = msgspec.json.Encoder().encode
_OF_SLOT = (
    entries.c.company_id == bindparam("of_company"),
    entries.c.terminal_id == bindparam("of_terminal"),
    entries.c.journal_id == bindparam("of_journal"),
    entries.c.seq == bindparam("of_seq"),
)
_NEW_CUSTOMERS = Batch(insert(customers))
_NEW_TRANSACTIONS = Batch(insert(transactions))
_NEW_ENTRIES = Batch(insert(entries))

_LATER_VERDICTS = Batch(
    update(entries).where(*_OF_SLOT).values({name: bindparam(name) for name in verdict_rows.CHANGING})
)
_DROPPED_SIDES = Batch(
    update(entries).where(*_OF_SLOT).values(side=bindparam("side"), updated_at=bindparam("updated_at"))
)
