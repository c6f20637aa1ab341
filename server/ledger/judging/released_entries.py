"""Entries that a manager decides about: held ones released or dropped, and salvaged ones booked at last.

Called under the company's lock, with nothing else open that takes versions.
"""

from typing import Any
from uuid import UUID

from msgspec import structs
from sqlalchemy import Row

from loyalty.judge import Word
from loyalty.refusals import Reason
from server.ledger.judging import held_entries
from server.ledger.judging.savepoint_booking import Ledger, book_in_savepoint
from server.ledger.rows import entries as parsed_entries
from server.ledger.rows.cases import HELD_MAX
from server.ledger.rows.entries import ParsedEntry, Settled, Slot
from sync.protocol.entries import ByCard

DROPPED = Settled(word=Word.REJECTED, reason=Reason.DROPPED)


def let_wait(ledger: Ledger, entry_id: UUID) -> bool:
    """Lets a held entry wait for another 30 days; False if it is not held any more."""
    return held_entries.ask_later(ledger.conn, ledger.company_id, entry_id, ledger.now + HELD_MAX, ledger.now)


def release(ledger: Ledger, entry_id: UUID, card_id: UUID) -> bool:
    """Judges a held entry against this card; False if it is not held any more."""
    item = held_entries.held(ledger.conn, ledger.company_id, entry_id)
    if item is None or item.entry is None:
        return False
    item.entry = structs.replace(item.entry, card=ByCard(id=card_id))
    book_in_savepoint(ledger, [item], {})
    return True


def drop(ledger: Ledger, entry_id: UUID) -> bool:
    """Rejects a held entry; False if it is not held any more."""
    item = held_entries.held(ledger.conn, ledger.company_id, entry_id)
    if item is None:
        return False
    item.settled = DROPPED
    book_in_savepoint(ledger, [item], {})
    return True


def book_salvaged(ledger: Ledger, case: Row[Any], kept: Row[Any]) -> tuple[Word, Reason | None]:
    """Judges a salvaged entry as if it had come in time; what is rejected or would have to wait is not booked."""
    slot = Slot(kept.terminal_id, kept.journal_id, kept.seq)
    item: ParsedEntry = parsed_entries.read(kept.entry, slot, store_id=case.store_id, side=kept.side, former_hash=None)
    item.occurred_at, item.is_salvaged = case.occurred_at, True
    judging = ledger.judging()
    judging.take([item])
    word, reason = judging.salvaged[item.id]
    if word in (Word.ACCEPTED, Word.ADJUSTED):
        judging.write()
        judging.late_grants()
    return word, reason
