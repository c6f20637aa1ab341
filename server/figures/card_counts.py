"""How many cards a company has, read from indexes of the list of cards alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, not_, select

from server.db.work_tables import card_list

ACTIVE_FOR = timedelta(days=365)  # since the last activity, or enrolment


@dataclass(frozen=True, slots=True)
class CardCounts:
    """Cards that somebody has, and those of them that are switched on and were used in the last year."""

    cards: int
    active: int


def counts(conn: Connection, company_id: UUID, now: datetime) -> CardCounts:
    """The company's cards; those switched off are subtracted, as they are few and have an index of their own."""
    used = card_list.c.last_activity_at >= now - ACTIVE_FOR
    off = _counted(conn, company_id, used, not_(card_list.c.is_active))
    return CardCounts(_counted(conn, company_id), _counted(conn, company_id, used) - off)


def new_cards(conn: Connection, company_id: UUID, since: datetime, before: datetime) -> int:
    """How many cards were handed out in a time."""
    return _counted(conn, company_id, card_list.c.enrolled_at >= since, card_list.c.enrolled_at < before)


def by_store(conn: Connection, company_id: UUID) -> dict[UUID | None, int]:
    """How many of the company's cards each store has handed out."""
    column = card_list.c.enrolled_store_id
    query = select(column, func.count()).where(card_list.c.company_id == company_id).group_by(column)
    return {row[0]: row[1] for row in conn.execute(query)}


def _counted(conn: Connection, company_id: UUID, *conditions: ColumnElement[bool]) -> int:
    query: Any = select(func.count()).select_from(card_list).where(card_list.c.company_id == company_id, *conditions)
    number: int = conn.execute(query).scalar_one()
    return number
