"""Codes of another program that lead to cards, by their look-up hashes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from server.db.batches import Batch
from server.db.lookups import Lookup
from server.db.transfer_tables import old_codes

_CARDS = Lookup(
    select(old_codes.c.hash, old_codes.c.card_id).where(old_codes.c.company_id == bindparam("company")),
    old_codes.c.hash,
)
_NEW = Batch(insert(old_codes))
_MOVED = Batch(
    update(old_codes)
    .where(old_codes.c.company_id == bindparam("of_company"), old_codes.c.hash == bindparam("of_hash"))
    .values(card_id=bindparam("card_id"), updated_at=bindparam("updated_at"))
)


def cards_of(conn: Connection, company_id: UUID, hashes: Collection[bytes]) -> dict[bytes, UUID]:
    """The cards that these codes lead to."""
    return {row.hash: row.card_id for row in _CARDS.rows(conn, hashes, company=company_id)}


def move(conn: Connection, company_id: UUID, hashes: Collection[bytes], card_id: UUID, now: datetime) -> None:
    """Has codes lead to another card, whose row must list them from then on."""
    mine = {"of_company": company_id, "card_id": card_id, "updated_at": now}
    _MOVED.run(conn, [mine | {"of_hash": hashed} for hashed in hashes])


def add(conn: Connection, company_id: UUID, led: Mapping[bytes, UUID], now: datetime) -> None:
    """Has codes lead to cards, whose rows must list them too."""
    mine = {"company_id": company_id, "created_at": now, "updated_at": now}
    _NEW.run(conn, [mine | {"hash": hashed, "card_id": card_id} for hashed, card_id in led.items()])
