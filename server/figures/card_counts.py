"""How many cards companies have, and what these hold: sums of `card_days`, and the rest of one day counted in an index
of `card_list`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, func, not_, select

from server.db.columns import day_begun, day_of
from server.db.tables import companies
from server.db.work_tables import card_days, card_list, card_stores

ACTIVE_FOR = timedelta(days=365)  # since the last activity, or enrolment
NEW_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CardCounts:
    """Cards that somebody has, those of them that are switched on and were used in the last year, new ones, and the
    stamps and points above zero that all of them hold."""

    cards: int
    active: int
    new: int  # of the last 30 days
    stamps: int = 0
    points: int = 0


def counts(conn: Connection, whose: ColumnElement[bool], now: datetime) -> Mapping[UUID, CardCounts]:
    """The cards of the companies that the condition on `companies` chooses."""
    since = now - ACTIVE_FOR
    next_day = day_begun(day_of(since) + 1)
    used = (card_list.c.last_activity_at >= since, card_list.c.last_activity_at < next_day)
    query = select(
        companies.c.company_id,
        *(_sum(name).label(name) for name in ("cards", "stamps", "points")),
        _sum("cards", card_days.c.is_active, card_days.c.day > day_of(since)).label("whole_days"),
        _count(*used).label("first_day"),
        _count(*used, not_(card_list.c.is_active)).label("switched_off"),  # few, with an index of their own
        _count(card_list.c.enrolled_at >= now - NEW_FOR, card_list.c.enrolled_at < now).label("new"),
    ).where(whose)
    return {
        row.company_id: CardCounts(
            cards=int(row.cards),
            active=int(row.whole_days) + row.first_day - row.switched_off,
            new=row.new,
            stamps=int(row.stamps),
            points=int(row.points),
        )
        for row in conn.execute(query)
    }


def of_company(conn: Connection, company_id: UUID, now: datetime) -> CardCounts:
    """The cards of one company."""
    return counts(conn, companies.c.company_id == company_id, now)[company_id]


def new_cards(
    conn: Connection, company_id: UUID, since: datetime, until: datetime, stores: Collection[UUID] | None
) -> int:
    """How many cards were handed out from one moment to another, in some stores or in all."""
    mine = (card_list.c.company_id == company_id, card_list.c.enrolled_at >= since, card_list.c.enrolled_at < until)
    query = select(func.count()).select_from(card_list).where(*mine)
    if stores is not None:
        query = query.where(card_list.c.enrolled_store_id.in_(stores))
    return int(conn.execute(query).scalar_one())


def _sum(name: str, *conditions: ColumnElement[bool]) -> Any:
    query = select(func.coalesce(func.sum(card_days.c[name]), 0)).where(_same(card_days), *conditions)
    return query.correlate(companies).scalar_subquery()


def by_store(conn: Connection, company_id: UUID) -> dict[UUID, int]:
    """How many of the company's cards each store has handed out."""
    query = select(card_stores.c.store_id, card_stores.c.cards).where(card_stores.c.company_id == company_id)
    return {row.store_id: row.cards for row in conn.execute(query)}


def _count(*conditions: ColumnElement[bool]) -> Any:
    query = select(func.count()).select_from(card_list).where(_same(card_list), *conditions)
    return query.correlate(companies).scalar_subquery()


def _same(table: Table) -> ColumnElement[bool]:
    return table.c.company_id == companies.c.company_id
