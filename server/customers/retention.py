"""Customers who have not come for so many years that nothing of them is kept any longer.

Who wants notices is told 30 days before, so that one visit is enough to stay. A card without a customer stays as it is:
nothing on it is about anybody.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, select

from server.cards.decrypted_texts import contact_of
from server.companies.companies import Company
from server.customers import unsubscribe
from server.customers.readers import spelled, wants_notices, words_for
from server.customers.unsubscribe import Subscriber
from server.db.lookups import Lookup
from server.db.tables import customers
from server.db.work_tables import card_list, mails
from server.keys import Keys
from server.ledger.own_bookings import lapses
from server.ledger.own_bookings.lapses import Place
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.mail import letters, outbox

TOLD_BEFORE = timedelta(days=30)
_COMPANY: Any = bindparam("company")
_CUSTOMERS = Lookup(select(customers).where(customers.c.company_id == _COMPANY), customers.c.customer_id)
_TOLD = Lookup(select(mails.c.mail_id, mails.c.created_at).where(mails.c.company_id == _COMPANY), mails.c.mail_id)


@dataclass(slots=True)
class Due:
    """What is to be done about some cards."""

    erase: list[UUID] = field(default_factory=list)
    tell: list[tuple[OpenCard, Any]] = field(default_factory=list)  # with their customers' rows


def candidates(conn: Connection, company: Company, now: datetime, after: Place | None, limit: int) -> list[Place]:
    """The next cards, those longest without activity first, that reach the end of the time within 30 days."""
    before = _ended(_years_before(company, now.astimezone(company.settings.zone).date() + TOLD_BEFORE), company)
    at, card_id = card_list.c.last_activity_at, card_list.c.card_id
    query = select(at, card_id).where(card_list.c.company_id == company.id, at < before)
    if after is not None:
        query = query.where(lapses.is_after(after))
    return [Place(row.last_activity_at, row.card_id) for row in conn.execute(query.order_by(at, card_id).limit(limit))]


def due(conn: Connection, company: Company, card_ids: Collection[UUID], now: datetime, *, can_mail: bool) -> Due:
    """What is to be done about these cards, judged on the cards themselves."""
    found, today = Due(), now.astimezone(company.settings.zone).date()
    last_day = _years_before(company, today)
    loaded = [one for one in card_rows.load(conn, company.id, card_ids).values() if one.customer_id is not None]
    wanted = dict.fromkeys(one.customer_id for one in loaded)
    people = {row.customer_id: row for row in _CUSTOMERS.rows(conn, wanted, company=company.id)}
    notices = {_mail_id(one) for one in loaded}
    told = {row.mail_id: row.created_at for row in _TOLD.rows(conn, notices, company=company.id)}
    for opened in loaded:
        row, at = people.get(opened.customer_id), opened.card.last_activity_at
        if row is None or at is None or _day(at, company) > _years_before(company, today + TOLD_BEFORE):
            continue
        is_told = told.get(_mail_id(opened))
        if is_told is None and can_mail and row.email is not None and wants_notices(row):
            found.tell.append((opened, row))
        elif _day(at, company) <= last_day and (is_told is None or now - is_told >= TOLD_BEFORE):
            found.erase.append(opened.card.id)
    return found


def tell(conn: Connection, keys: Keys, company: Company, whom: Due, *, url: str, now: datetime) -> int:
    """Puts the notices into the outbox; returns how many."""
    told = 0
    for opened, row in whom.tell:
        address = contact_of(row.customer_id, row.email, keys.company(company.id))
        if address is None:
            continue
        words, day = words_for(row.language, company), now.astimezone(company.settings.zone).date() + TOLD_BEFORE
        letter = letters.retention_notice(
            words,
            company=company.name,
            day=spelled(day, words.language),
            unsubscribe=unsubscribe.link(keys, url, Subscriber(company.id, row.customer_id)),
        )
        outbox.queue(
            conn,
            keys,
            letter,
            address,
            company_id=company.id,
            now=now,
            customer_id=row.customer_id,
            mail_id=_mail_id(opened),
        )
        told += 1
    return told


def _mail_id(opened: OpenCard) -> UUID:
    """The notice of a card's present silence: a visit begins another."""
    return uuid5(opened.card.id, f"retention notice {opened.card.last_activity_at}")


def _years_before(company: Company, day: date) -> date:
    """The same day so many years before; the 28th for a 29 February that there was not."""
    year = day.year - company.settings.retention_years
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _day(moment: datetime, company: Company) -> date:
    return moment.astimezone(company.settings.zone).date()


def _ended(day: date, company: Company) -> datetime:
    """The end of a day of the company's."""
    return datetime.combine(day + timedelta(days=1), time.min, company.settings.zone).astimezone(UTC)
