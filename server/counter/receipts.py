"""Purchases found by their receipt, of which something comes back."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from loyalty.receipts import receipt_key
from loyalty.settings import Settings
from server.db.tables import transactions
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.rows import transactions as facts
from sync.protocol.rows import TransactionRow

RECEIPT_DAYS = 60


def with_receipt(ledger: Ledger, store_id: UUID, receipt: str, settings: Settings) -> list[TransactionRow]:
    """A store's purchases of the last weeks that earned with this receipt and were not returned whole."""
    days = (ledger.now - timedelta(days=day) for day in range(RECEIPT_DAYS))
    used = {receipt_key(receipt, day, settings) for day in days}
    of_store = (transactions.c.company_id == ledger.company_id, transactions.c.store_id == store_id)
    query = select(transactions).where(*of_store, transactions.c.receipt_key.in_(used))
    return [facts.sent_row(row) for row in ledger.conn.execute(query.order_by(transactions.c.version.desc()))]
