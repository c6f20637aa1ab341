"""The sums of rows from scratch: to begin them, to check them, and to put them right. One pass over a company's rows.

It agrees with what `sums` was told all along, or somebody has written past the books.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from server.db.batches import Batch
from server.db.tables import cards, companies, digests, entries, platform, transactions
from server.ledger import cards as card_rows
from server.ledger import transactions as facts
from server.ledger import verdicts
from server.ledger.sums import Sums
from sync.digests import ROWS_FORMAT, card_bucket, row_hash, transaction_bucket, verdict_bucket
from sync.rows import Table

_ROWS_AT_ONCE = 1_000
_STREAMED = {"yield_per": _ROWS_AT_ONCE}


@dataclass(frozen=True, slots=True)
class Recounted:
    """What the sums should be, and which cards keep a hash that is not their row's."""

    sums: Sums
    hashes: dict[UUID, int]


def recounted(conn: Connection, company_id: UUID) -> Recounted:
    """Counts everything anew, in the connection's snapshot."""
    sums, hashes = Sums(company_id), {}
    of_company = card_rows.with_customers().where(cards.c.company_id == company_id)
    for row in conn.execute(of_company, execution_options=_STREAMED):
        hashed = row_hash(Table.CARD, row.card_id.bytes, row.version, card_rows.sent_bytes(row))
        sums.put(Table.CARD, company_id, card_bucket(row.token_hash), hashed)
        if hashed != row.row_hash:
            hashes[row.card_id] = hashed
    slot = (entries.c.entry_id, entries.c.terminal_id, entries.c.journal_id, entries.c.seq)
    said = select(*slot, entries.c.version, entries.c.verdict).where(entries.c.company_id == company_id)
    for row in conn.execute(said, execution_options=_STREAMED):
        bucket = verdict_bucket(row.journal_id, row.seq)
        sums.put(Table.VERDICT, row.terminal_id, bucket, verdicts.hash_of(row))
    ledger = select(transactions).where(transactions.c.company_id == company_id)
    for row in conn.execute(ledger, execution_options=_STREAMED):
        hashed = row_hash(Table.TRANSACTION, row.transaction_id.bytes, row.version, facts.sent_bytes(row))
        sums.put(Table.TRANSACTION, row.store_id, transaction_bucket(row.recorded_at), hashed)
    return Recounted(sums, hashes)


def wrong_sums(conn: Connection, company_id: UUID, found: Recounted) -> int:
    """How many stored sums and hashes are not what was *found*."""
    kept = select(digests).where(digests.c.company_id == company_id, digests.c.sum != 0)
    stored = {(row.table, row.scope_id, row.bucket): row.sum for row in conn.execute(kept)}
    differing = {key for key, _ in stored.items() ^ found.sums.changes.items()}
    return len(differing) + len(found.hashes)


def recount(conn: Connection, company_id: UUID, now: datetime) -> None:
    """Puts a company's sums and hashes right, under its lock."""
    found = recounted(conn, company_id)
    hashes = [{"of_company": company_id, "of_card": card_id, "hash": hash_} for card_id, hash_ in found.hashes.items()]
    _HASHES.run(conn, hashes)
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


_SUMS = Batch(insert(digests))
_HASHES = Batch(
    update(cards)
    .where(cards.c.company_id == bindparam("of_company"), cards.c.card_id == bindparam("of_card"))
    .values(row_hash=bindparam("hash"))
)
