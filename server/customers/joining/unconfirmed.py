"""Cards that were taken without a counter, whose contact was not proven and which no till has seen for 30 days: nothing
is kept of them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from server.customers.joining.self_enrolment import PRINTED
from server.db.account_tables import joins
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard

KEPT_FOR = timedelta(days=30)
_UNPROVEN = (joins.c.proven_at.is_(None), joins.c.via != PRINTED)  # a printed card lies in somebody's pocket


def candidates(conn: Connection, company_id: UUID, now: datetime, after: datetime | None, limit: int) -> list[datetime]:
    """When the next cards were taken that may be over, the oldest first; several may be of one moment."""
    query = select(joins.c.created_at).where(
        joins.c.company_id == company_id, *_UNPROVEN, joins.c.created_at <= now - KEPT_FOR
    )
    if after is not None:
        query = query.where(joins.c.created_at > after)
    return list(conn.execute(query.order_by(joins.c.created_at).limit(limit)).scalars())


def over(conn: Connection, company_id: UUID, moments: Collection[datetime], now: datetime) -> list[UUID]:
    """The cards that were taken at these moments and are over, judged on the cards themselves."""
    taken = select(joins.c.card_id).where(joins.c.company_id == company_id, *_UNPROVEN, joins.c.created_at.in_(moments))
    loaded = card_rows.load(conn, company_id, list(conn.execute(taken).scalars()))
    return [one.card.id for one in loaded.values() if _is_over(one, now)]


def _is_over(opened: OpenCard, now: datetime) -> bool:
    """Whatever happens at a till or a counter is an activity after the card was taken. What a manager has put onto it
    is none, but it is somebody's."""
    card = opened.card
    if opened.is_retired or opened.is_erased or card.created_at is None or card.merged:
        return False
    is_unseen = card.last_activity_at is None or card.last_activity_at <= card.created_at
    is_empty = card.stamp_count == card.points_balance == 0
    return is_unseen and is_empty and now - card.created_at >= KEPT_FOR
