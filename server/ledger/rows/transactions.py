"""Transactions as database rows and as values of the rules. Rows are only ever added."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, bindparam, or_, select

from loyalty.reach import Reach
from loyalty.transactions import (
    KIND_OF,
    LOST,
    Body,
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    CardsMerged,
    CaseDecided,
    Kind,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    StampsAdjusted,
    Transaction,
    corrected,
)
from server.db.lookups import Lookup
from server.db.tables import transactions
from sync.protocol.rows import TransactionRow, transaction_of


def row_of(fact: Transaction, now: datetime) -> TransactionRow:
    """The row that tills receive for a transaction recorded *now*."""
    body, context, effect = fact.body, fact.context, fact.effect
    said: Any = body
    kind = type(body)
    return TransactionRow(
        id=fact.id,
        card=fact.card_id,
        kind=_SPELLED[kind],
        occurred_at=context.occurred_at,
        recorded_at=now,
        store=context.store_id,
        program_version=context.program_version,
        stamps=effect.stamps,
        points=effect.points,
        shortfall=effect.shortfall,
        terminal=context.terminal_id,
        staff=context.staff_id,
        override=context.override_id,
        corrects=_named(body),
        amount_minor=said.amount_minor if kind in _WITH_AMOUNT else None,
        receipt=body.receipt if isinstance(body, PointsEarned) else None,
        reward=body.reward if isinstance(body, PointsRedeemed) else None,
        follows=fact.follows,
        case=body.case if isinstance(body, CaseDecided) else None,
        choice=body.choice if isinstance(body, CaseDecided) else None,
    )


def _named(body: Body) -> UUID | None:
    """The transaction or card that a body names beside its own."""
    match body:
        case CardReplaced(blank=blank):
            return blank
        case CardsMerged(merged=merged):
            return merged
        case _:
            return corrected(body)


def reason_of(fact: Transaction) -> str | None:
    """Why it was done, as somebody typed it, or as a code word of the server's. It stays on the server."""
    said: Any = fact.body
    return said.reason or None if type(said) in _WITH_REASON else None


def values(
    company_id: UUID, row: TransactionRow, *, reason: str | None, version: int, receipt_key: str | None, reach: Reach
) -> dict[str, object]:
    """The values of the database row; *receipt_key* if no other earning may use its receipt."""
    return {
        "company_id": company_id,
        "transaction_id": row.id,
        "card_id": row.card,
        "kind": row.kind,
        "store_id": row.store,
        "terminal_id": row.terminal,
        "staff_id": row.staff,
        "override_id": row.override,
        "program_number": row.program_version,
        "occurred_at": row.occurred_at,
        "recorded_at": row.recorded_at,
        "stamps": row.stamps,
        "points": row.points,
        "shortfall": row.shortfall,
        "corrects": row.corrects,
        "follows": row.follows,
        "amount_minor": row.amount_minor,
        "receipt": row.receipt,
        "receipt_key": receipt_key,
        "reward": row.reward,
        "reason": reason,
        "case_id": row.case,
        "choice": row.choice,
        "reached": reach.reached,
        "taken": reach.taken,
        "waited_days": reach.waited_days,
        "version": version,
        "created_at": row.recorded_at,
        "updated_at": row.recorded_at,
    }


# Sets, because `isinstance` is slower for every entry.
_WITH_AMOUNT = frozenset({PointsEarned, PointsVoided})
_WITH_REASON = frozenset({CardDeactivated, CardReactivated, CardReplaced, PointsAdjusted, StampsAdjusted})
_SPELLED = {body: str(kind) for body, kind in KIND_OF.items()}


def blocks(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> list[Any]:
    """When the owners of these cards have blocked or replaced their codes by themselves, each with its version."""
    return _BLOCKS.rows(conn, card_ids, company=company_id)


def by_id(conn: Connection, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Transaction]:
    """The transactions with these ids."""
    return {fact.id: fact for fact in map(fact_of, _BY_ID.rows(conn, dict.fromkeys(ids), company=company_id))}


def correcting(conn: Connection, company_id: UUID, ids: Collection[UUID]) -> Iterator[tuple[UUID, Transaction]]:
    """Transactions that correct one of *ids*, oldest first, each with the id it corrects."""
    rows = _CORRECTING.rows(conn, dict.fromkeys(ids), company=company_id)
    for row in sorted(rows, key=lambda row: row.version):
        yield row.corrects, fact_of(row)


def fact_of(row: Row[Any]) -> Transaction:
    """The transaction in a database row."""
    return transaction_of(sent_row(row), row.reason or "")


def sent_row(row: Row[Any]) -> TransactionRow:
    """The row as tills receive it."""
    return TransactionRow(
        id=row.transaction_id,
        card=row.card_id,
        kind=row.kind,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        store=row.store_id,
        program_version=row.program_number,
        stamps=row.stamps,
        points=row.points,
        shortfall=row.shortfall,
        terminal=row.terminal_id,
        staff=row.staff_id,
        override=row.override_id,
        corrects=row.corrects,
        amount_minor=row.amount_minor,
        receipt=row.receipt,
        reward=row.reward,
        follows=row.follows,
        case=row.case_id,
        choice=row.choice,
    )


def sent_bytes(row: Row[Any]) -> bytes:
    """The bytes that tills receive for a row."""
    return _encode(sent_row(row))


_OF_COMPANY = select(transactions).where(transactions.c.company_id == bindparam("company"))
_BY_ID, _CORRECTING = Lookup(_OF_COMPANY, transactions.c.transaction_id), Lookup(_OF_COMPANY, transactions.c.corrects)
_BLOCKS = Lookup(
    select(transactions.c.card_id, transactions.c.kind, transactions.c.recorded_at, transactions.c.version).where(
        transactions.c.company_id == bindparam("company"),
        or_(*(transactions.c.kind == str(kind) for kind in (Kind.CARD_DEACTIVATED, Kind.CARD_REPLACED))),
        transactions.c.reason == LOST,
        transactions.c.staff_id.is_(None),
        transactions.c.terminal_id.is_(None),
    ),
    transactions.c.card_id,
)
BY_RECEIPT = Lookup(
    select(transactions.c.receipt_key, transactions.c.transaction_id).where(
        transactions.c.company_id == bindparam("company"), transactions.c.store_id == bindparam("store")
    ),
    transactions.c.receipt_key,
)
BOOKED = Lookup(
    select(transactions.c.transaction_id).where(transactions.c.company_id == bindparam("company")),
    transactions.c.transaction_id,
)
_encode = msgspec.json.Encoder().encode
