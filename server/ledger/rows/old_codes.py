"""Codes of another program that lead to cards, by their look-up hashes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select

from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.transfer_tables import old_codes

_CARDS = Lookup(
    select(old_codes.c.hash, old_codes.c.card_id).where(old_codes.c.company_id == bindparam("company")),
    old_codes.c.hash,
)
_NEW = Batch(insert(old_codes))


def cards_of(conn: Connection, company_id: UUID, hashes: Collection[bytes]) -> dict[bytes, UUID]:
    """The cards that these codes lead to."""
    return {row.hash: row.card_id for row in _CARDS.rows(conn, hashes, company=company_id)}


def add(conn: Connection, company_id: UUID, led: Mapping[bytes, UUID], now: datetime) -> None:
    """Has codes lead to cards, whose rows must list them too."""
    mine = {"company_id": company_id, "created_at": now, "updated_at": now}
    _NEW.run(conn, [mine | {"hash": hashed, "card_id": card_id} for hashed, card_id in led.items()])
