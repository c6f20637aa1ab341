"""Recomputes a company's sums and the derived columns of its cards from the rows themselves, in one pass.

The result equals the incrementally kept sums unless rows were written without updating them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from server.db.batches import Batch
from server.db.tables import cards, companies, customers, digests, entries, platform, transactions
from server.ledger.rows import transactions as facts
from server.ledger.rows import verdicts
from server.ledger.rows.cards import of_company, row_in
from server.ledger.rows.sums import Sums
from sync.protocol.card_packing import UNREADABLE, packed
from sync.protocol.digests import ROWS_FORMAT, card_bucket, day_bucket, row_hash, verdict_bucket
from sync.protocol.rows import Table

_ROWS_AT_ONCE = 1_000
_STREAMED = {"yield_per": _ROWS_AT_ONCE}
_DERIVED = ("packed", "row_hash", "email_hmac", "phone_hmac", "is_blank", "is_retired", "was_replaced")


@dataclass(frozen=True, slots=True)
class Recounted:
    """The correct sums, and the correct column values of cards whose rows differ."""

    sums: Sums
    cards: dict[UUID, dict[str, Any]]


def recounted(conn: Connection, company_id: UUID) -> Recounted:
    """Recomputes all sums within the connection's snapshot."""
    sums, wrong = Sums(company_id), {}
    for row in conn.execute(_with_customers(company_id), execution_options=_STREAMED):
        expected = _derived_columns(row)
        sums.put(Table.CARD, company_id, card_bucket(row.token_hash), expected["row_hash"])
        if any(getattr(row, name) != value for name, value in expected.items()):
            wrong[row.card_id] = expected
    slot = (entries.c.entry_id, entries.c.terminal_id, entries.c.journal_id, entries.c.seq)
    verdict_rows = select(*slot, entries.c.version, entries.c.verdict).where(entries.c.company_id == company_id)
    for row in conn.execute(verdict_rows, execution_options=_STREAMED):
        bucket = verdict_bucket(row.journal_id, row.seq)
        sums.put(Table.VERDICT, row.terminal_id, bucket, verdicts.hash_of(row))
    ledger = select(transactions).where(transactions.c.company_id == company_id)
    for row in conn.execute(ledger, execution_options=_STREAMED):
        hashed = row_hash(Table.TRANSACTION, row.transaction_id.bytes, row.version, facts.sent_bytes(row))
        sums.put(Table.TRANSACTION, row.store_id, day_bucket(row.recorded_at), hashed)
    return Recounted(sums, wrong)


def wrong_sums(conn: Connection, company_id: UUID, found: Recounted) -> int:
    """Number of stored sums and card rows that differ from the recount."""
    kept = select(digests).where(digests.c.company_id == company_id, digests.c.sum != 0)
    stored = {(row.table, row.scope_id, row.bucket): row.sum for row in conn.execute(kept)}
    differing = {key for key, _ in stored.items() ^ found.sums.changes.items()}
    return len(differing) + len(found.cards)


def recount(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Corrects a company's sums and card rows; the caller holds the company's lock."""
    found = recounted(conn, company_id)
    named = [{"of_company": company_id, "of_card": id_, **expected} for id_, expected in found.cards.items()]
    _CARDS.run(conn, named)
    conn.execute(delete(digests).where(digests.c.company_id == company_id))
    _SUMS.run(conn, found.sums.rows(now))


def is_counted(conn: Connection) -> bool:
    """True if the stored sums were computed for this program's row format."""
    return conn.execute(select(platform.c.rows_format)).scalar_one_or_none() == ROWS_FORMAT


def recount_all(conn: Connection, now: datetime) -> None:
    """Recounts every company in this program's row format; no other program may write meanwhile."""
    for company_id in conn.execute(select(companies.c.company_id)).scalars().all():
        recount(conn, company_id, now)
    conn.execute(update(platform).values(rows_format=ROWS_FORMAT))


def _with_customers(company_id: UUID) -> Select[Any]:
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    beside = (cards.c.row_hash, cards.c.codes, cards.c.is_blank, cards.c.is_retired, cards.c.was_replaced)
    of_customer = [customers.c[name].label(f"of_{name}") for name in ("name", "name_key", "email_hmac", "phone_hmac")]
    return of_company(company_id).add_columns(*beside, *of_customer).outerjoin(customers, whose)


def _derived_columns(row: Row[Any]) -> dict[str, Any]:
    """The column values that follow from a card's packed row and its customer."""
    try:
        card_row = row_in(row)
    except UNREADABLE:
        return {"row_hash": row.row_hash}  # `check` reports this card
    of_customer = {"name": row.of_name, "name_key": row.of_name_key or 0}
    contacts = {"email": row.of_email_hmac, "phone": row.of_phone_hmac}
    card_row = msgspec.structs.replace(card_row, **of_customer, **contacts, erased=not row.codes)
    return {
        "packed": packed(card_row),
        "row_hash": row_hash(Table.CARD, card_row.id.bytes, row.version, _encode(card_row)),
        "email_hmac": card_row.email,
        "phone_hmac": card_row.phone,
        "is_blank": card_row.created_at is None and not card_row.retired and not card_row.pooled,
        "is_retired": card_row.retired,
        "was_replaced": bool(card_row.old_tokens or card_row.old_codes),
    }


_encode = msgspec.json.Encoder().encode
_SUMS = Batch(insert(digests))
_CARDS = Batch(
    update(cards)
    .where(cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    .values({name: bindparam(name) for name in _DERIVED})
)
