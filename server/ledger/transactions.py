"""Transactions as rows and as the rules see them. Rows are added, never changed."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from loyalty.transactions import (
    CardDeactivated,
    CardReactivated,
    CardReplaced,
    PointsAdjusted,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    StampsAdjusted,
    Transaction,
    corrected,
)
from server.db.tables import transactions
from sync.rows import TransactionRow, transaction_of


def values(
    company_id: UUID, fact: Transaction, *, version: int, now: datetime, receipt_counts: bool = False
) -> dict[str, object]:
    """The row of *fact*; *receipt_counts* when no other earning may name its receipt."""
    body, context, effect = fact.body, fact.context, fact.effect
    receipt = body.receipt if isinstance(body, PointsEarned) else None
    amount = body.amount_minor if isinstance(body, PointsEarned | PointsVoided) else None
    return {
        "company_id": company_id,
        "transaction_id": fact.id,
        "card_id": fact.card_id,
        "kind": str(fact.kind),
        "store_id": context.store_id,
        "terminal_id": context.terminal_id,
        "staff_id": context.staff_id,
        "override_id": context.override_id,
        "program_number": context.program_version,
        "occurred_at": context.occurred_at,
        "recorded_at": now,
        "stamps": effect.stamps,
        "points": effect.points,
        "shortfall": effect.shortfall,
        "corrects": body.blank if isinstance(body, CardReplaced) else corrected(body),
        "follows": fact.follows,
        "amount_minor": amount,
        "receipt": receipt,
        "receipt_key": receipt if receipt_counts else None,
        "reward": body.reward if isinstance(body, PointsRedeemed) else None,
        "reason": body.reason or None if isinstance(body, _WITH_REASON) else None,
        "version": version,
        "created_at": now,
        "updated_at": now,
    }


_WITH_REASON = CardDeactivated | CardReactivated | CardReplaced | PointsAdjusted | StampsAdjusted


def by_id(conn: Connection, company_id: UUID, ids: Collection[UUID]) -> dict[UUID, Transaction]:
    """The transactions with these ids."""
    query = select(transactions).where(transactions.c.company_id == company_id, transactions.c.transaction_id.in_(ids))
    return {fact.id: fact for fact in map(fact_of, conn.execute(query))} if ids else {}


def correcting(conn: Connection, company_id: UUID, ids: Collection[UUID]) -> Iterator[tuple[UUID, Transaction]]:
    """What names one of these transactions, oldest first, each with the transaction it names."""
    if not ids:
        return
    query = (
        select(transactions)
        .where(transactions.c.company_id == company_id, transactions.c.corrects.in_(ids))
        .order_by(transactions.c.version)
    )
    for row in conn.execute(query):
        yield row.corrects, fact_of(row)


def fact_of(row: Row[Any]) -> Transaction:
    """The ledger's fact that a row tells."""
    return transaction_of(sent_row(row))


def sent_row(row: Row[Any]) -> TransactionRow:
    """The row as tills get it."""
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
        reason=row.reason,
        follows=row.follows,
    )
