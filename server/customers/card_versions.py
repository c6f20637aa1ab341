"""Which cards have changed, for pages that show one."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from server.db.lookups import Query
from server.db.tables import cards

_ONE = Query(
    select(cards.c.version).where(cards.c.company_id == bindparam("company"), cards.c.card_id == bindparam("card"))
)
_SINCE = Query(
    select(cards.c.card_id, cards.c.version)
    .where(cards.c.company_id == bindparam("company"), cards.c.version > bindparam("after"))
    .order_by(cards.c.version)
    .limit(bindparam("room"))
)


def of_card(conn: Connection, company_id: UUID, card_id: UUID) -> int:
    """The version of a card's last change."""
    row = _ONE.first(conn, company=company_id, card=card_id)
    return 0 if row is None else row.version


def since(conn: Connection, company_id: UUID, after: int, room: int) -> dict[UUID, int]:
    """The next cards, at most *room*, that have changed after a version."""
    return {row.card_id: row.version for row in _SINCE.all(conn, company=company_id, after=after, room=room)}
