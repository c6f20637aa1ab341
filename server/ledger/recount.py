"""The sums of rows from scratch: to begin them, to check them, and to put them right. One pass over a company's rows.

It agrees with what `sums` was told all along, or somebody has written past the books.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from server.db.batches import Batch
from server.db.tables import cards, companies, customers, digests, entries, platform, transactions
from server.ledger import transactions as facts
from server.ledger import verdicts
from server.ledger.sums import Sums
from sync.digests import ROWS_FORMAT, card_bucket, row_hash, transaction_bucket, verdict_bucket
from sync.rows import CardRow, Table, decode_row

_ROWS_AT_ONCE = 1_000
_STREAMED = {"yield_per": _ROWS_AT_ONCE}


@dataclass(frozen=True, slots=True)
class Recounted:
    """What the sums should be, and what the bytes and the hash should be of cards that keep others."""

    sums: Sums
    cards: dict[UUID, tuple[bytes, int]]


def recounted(conn: Connection, company_id: UUID) -> Recounted:
    """Counts everything anew, in the connection's snapshot."""
    sums, wrong = Sums(company_id), {}
    for row in conn.execute(_with_customers(company_id), execution_options=_STREAMED):
        data = _should_be(row)
        hashed = row_hash(Table.CARD, row.card_id.bytes, row.version, data)
        sums.put(Table.CARD, company_id, card_bucket(row.token_hash), hashed)
        if (data, hashed) != (row.row, row.row_hash):
            wrong[row.card_id] = data, hashed
    slot = (entries.c.entry_id, entries.c.terminal_id, entries.c.journal_id, entries.c.seq)
    said = select(*slot, entries.c.version, entries.c.verdict).where(entries.c.company_id == company_id)
    for row in conn.execute(said, execution_options=_STREAMED):
        bucket = verdict_bucket(row.journal_id, row.seq)
        sums.put(Table.VERDICT, row.terminal_id, bucket, verdicts.hash_of(row))
    ledger = select(transactions).where(transactions.c.company_id == company_id)
    for row in conn.execute(ledger, execution_options=_STREAMED):
        hashed = row_hash(Table.TRANSACTION, row.transaction_id.bytes, row.version, facts.sent_bytes(row))
        sums.put(Table.TRANSACTION, row.store_id, transaction_bucket(row.recorded_at), hashed)
    return Recounted(sums, wrong)


def wrong_sums(conn: Connection, company_id: UUID, found: Recounted) -> int:
    """How many stored sums and cards' rows are not what was *found*."""
    kept = select(digests).where(digests.c.company_id == company_id, digests.c.sum != 0)
    stored = {(row.table, row.scope_id, row.bucket): row.sum for row in conn.execute(kept)}
    differing = {key for key, _ in stored.items() ^ found.sums.changes.items()}
    return len(differing) + len(found.cards)


def recount(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Puts a company's sums and cards' rows right, under its lock."""
    found = recounted(conn, company_id)
    _CARDS.run(
        conn,
        [
            {"of_company": company_id, "of_card": card_id, "new_row": data, "new_hash": hashed}
            for card_id, (data, hashed) in found.cards.items()
        ],
    )
    conn.execute(delete(digests).where(digests.c.company_id == company_id))
    _SUMS.run(conn, found.sums.rows(now))


def is_counted(conn: Connection) -> bool:
    """Whether the sums are of rows as this program sends them."""
    return conn.execute(select(platform.c.rows_format)).scalar_one_or_none() == ROWS_FORMAT


def recount_all(conn: Connection, now: datetime) -> None:
    """Counts every company's sums by this program's rows; nobody may write meanwhile."""
    for company_id in conn.execute(select(companies.c.company_id)).scalars().all():
        recount(conn, company_id, now)
    conn.execute(update(platform).values(rows_format=ROWS_FORMAT))


def _with_customers(company_id: UUID) -> Select[Any]:
    whose = (customers.c.company_id == cards.c.company_id) & (customers.c.customer_id == cards.c.customer_id)
    of_card = (cards.c.card_id, cards.c.version, cards.c.row, cards.c.row_hash)
    beside = (cards.c.token_hash, cards.c.number_hmac, cards.c.is_retired)
    of_customer = (customers.c.name, customers.c.name_key, customers.c.email_hmac, customers.c.phone_hmac)
    query = select(*of_card, *beside, *of_customer).select_from(cards.outerjoin(customers, whose))
    return query.where(cards.c.company_id == company_id)


def _should_be(row: Row[Any]) -> bytes:
    """A card's bytes as this program sends them, with what columns and customer say of it."""
    try:
        kept = decode_row(CardRow, row.row)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError):
        return row.row if isinstance(row.row, bytes) else b""  # `check` tells which card it is
    said = msgspec.structs.replace(
        kept,
        id=row.card_id,
        token=row.token_hash,
        number=row.number_hmac,
        retired=row.is_retired,
        name=row.name,
        name_key=row.name_key or 0,
        email=row.email_hmac,
        phone=row.phone_hmac,
    )
    return _encode(said)


_encode = msgspec.json.Encoder().encode
_SUMS = Batch(insert(digests))
_CARDS = Batch(
    update(cards)
    .where(cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    .values(row=bindparam("new_row"), row_hash=bindparam("new_hash"))
)
