"""The transaction that a void names, as known here: with the verdict's effect, or the effect computed by this till."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from loyalty.judge import Word
from loyalty.transactions import Context, Effect, Kind, PointsVoided, Transaction, corrected
from loyalty.voids import Original
from sync.protocol.entries import Entry, is_transaction, transaction_body
from sync.protocol.rows import VerdictRow, transaction_of
from terminal.storage.journal import Journal
from terminal.storage.replica_reader import ReplicaSnapshot


@dataclass(frozen=True, slots=True)
class FoundOriginal:
    """The transaction a void names. `original` is None if it is unknown, held, or without effect (`rejected`)."""

    original: Original | None = None
    rejected: bool = False


def find_original(
    transaction_id: UUID,
    journal: Journal,
    snapshot: ReplicaSnapshot,
    store_id: UUID,
    waiting: Mapping[UUID, Transaction],
) -> FoundOriginal:
    """Finds a transaction and its voids so far; *waiting* are this till's own, oldest first."""
    done = waiting.get(transaction_id)
    if done is None:
        verdict = snapshot.verdict(transaction_id)
        if verdict is not None and verdict.word == Word.REJECTED:
            return FoundOriginal(rejected=True)
        done = _confirmed(transaction_id, verdict, journal, snapshot, store_id)
    if done is None:
        return FoundOriginal()
    voids: dict[UUID, Transaction] = {}
    for row in snapshot.transactions_correcting(transaction_id):
        if row.kind in set(Kind):
            voids[row.id] = transaction_of(row)
    for written in journal.naming(transaction_id):  # the verdict may have arrived before the row
        entry = written.entry
        if entry.id not in voids and entry.id not in waiting:
            verdict = snapshot.verdict(entry.id)
            if verdict is not None and verdict.word in (Word.ACCEPTED, Word.ADJUSTED) and verdict.card is not None:
                voids[entry.id] = _transaction(entry, verdict, verdict.card, store_id)
    for transaction in waiting.values():
        if corrected(transaction.body) == transaction_id:
            voids[transaction.id] = transaction
    return FoundOriginal(Original(done, tuple(voids.values())))


def returned_minor(earning: UUID, amount_minor: int, journal: Journal, snapshot: ReplicaSnapshot) -> int:
    """How much of a purchase of *amount_minor* was returned, confirmed or waiting here."""
    parts: dict[UUID, int] = {}
    for row in snapshot.transactions_correcting(earning):
        parts[row.id] = amount_minor if row.amount_minor is None else row.amount_minor
    for written in journal.naming(earning):
        verdict = snapshot.verdict(written.entry.id)
        body = transaction_body(written.entry)
        if isinstance(body, PointsVoided) and (verdict is None or verdict.word != Word.REJECTED):
            parts[written.entry.id] = amount_minor if body.amount_minor is None else body.amount_minor
    return sum(parts.values())


def _confirmed(
    transaction_id: UUID, verdict: VerdictRow | None, journal: Journal, snapshot: ReplicaSnapshot, store_id: UUID
) -> Transaction | None:
    if verdict is not None and verdict.word in (Word.ACCEPTED, Word.ADJUSTED) and verdict.card is not None:
        written = journal.with_id(transaction_id)
        if written is not None and is_transaction(written.entry.kind):
            return _transaction(written.entry, verdict, verdict.card, store_id)
    row = snapshot.transaction(transaction_id)
    return transaction_of(row) if row is not None and row.kind in set(Kind) else None


def _transaction(entry: Entry, verdict: VerdictRow, card_id: UUID, store_id: UUID) -> Transaction:
    return Transaction(
        id=entry.id,
        card_id=card_id,
        body=transaction_body(entry),
        effect=Effect(verdict.stamps, verdict.points, verdict.shortfall),
        context=context_of(entry, store_id),
    )


def context_of(entry: Entry, store_id: UUID, terminal_id: UUID | None = None) -> Context:
    """Person, place and time of an entry."""
    return Context(
        occurred_at=entry.occurred_at,
        program_version=entry.program,
        store_id=store_id,
        terminal_id=terminal_id,
        staff_id=entry.staff,
        override_id=entry.override,
    )
