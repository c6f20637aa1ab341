"""Notices of points that are about to lapse: 30 and 7 days before, to customers who want them, each once.

A mail's id says which notice of which card and day it is, and its row stays when address and text are wiped: so nothing
is sent twice.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, select

from loyalty import expiry
from loyalty.card import Card
from loyalty.program import Program
from server.cards.decrypted_texts import contact_of
from server.companies import programs
from server.companies.companies import Company
from server.customers import unsubscribe
from server.customers.readers import spelled, wants_notices, words_for
from server.customers.unsubscribe import Subscriber
from server.db.lookups import Lookup
from server.db.tables import customers
from server.db.work_tables import mails
from server.keys import Keys
from server.ledger.own_bookings import lapses
from server.ledger.own_bookings.lapses import Place
from server.ledger.rows import cards as card_rows
from server.mail import letters, outbox
from server.mail.letters import LetterKind

DAYS_BEFORE = (7, 30)  # the nearer one first
APART = timedelta(days=7)  # two notices to one customer
_TIMES_KEPT = 2  # a notice comes only where points are kept so many times as long

_COMPANY: Any = bindparam("company")
_CUSTOMERS = Lookup(select(customers).where(customers.c.company_id == _COMPANY), customers.c.customer_id)
_SENT = Lookup(select(mails.c.mail_id).where(mails.c.company_id == _COMPANY), mails.c.mail_id)
_LATELY = Lookup(
    select(mails.c.customer_id).where(
        mails.c.company_id == _COMPANY,
        mails.c.kind == LetterKind.EXPIRY_NOTICE,
        mails.c.created_at > bindparam("since", type_=mails.c.created_at.type),
    ),
    mails.c.customer_id,
)


@dataclass(frozen=True, slots=True)
class _Notice:
    mail_id: UUID
    customer_id: UUID
    points: int
    day: date


def candidates(conn: Connection, company: Company, now: datetime, after: Place | None, limit: int) -> list[Place]:
    """The next cards, those that lapse soonest first, whose points lapse within the days of a notice."""
    rules, zone = programs.versions(conn, company.id).at(now), company.settings.zone
    if rules is None or not _notices(rules):
        return []
    today = now.astimezone(zone).date()
    lapsed = expiry.last_active_before(rules, zone, today)
    soon = expiry.last_active_before(rules, zone, today + timedelta(days=max(_notices(rules))))
    assert soon is not None, "points lapse"
    return lapses.with_points(conn, company.id, lapsed, soon, after, limit=limit)


def queue(
    conn: Connection, keys: Keys, company: Company, card_ids: Collection[UUID], *, url: str, now: datetime
) -> int:
    """Puts the notices that are due for these cards into the outbox; returns how many."""
    rules = programs.versions(conn, company.id).at(now)
    if rules is None:
        return 0
    due = list(_due(conn, company, rules, card_ids, now))
    sent = {row.mail_id for row in _SENT.rows(conn, [one.mail_id for one in due], company=company.id)}
    whom = dict.fromkeys(one.customer_id for one in due)
    lately = {row.customer_id for row in _LATELY.rows(conn, whom, company=company.id, since=now - APART)}
    people = {row.customer_id: row for row in _CUSTOMERS.rows(conn, whom, company=company.id)}
    queued = 0
    for one in due:
        row = people.get(one.customer_id)
        if row is None or not wants_notices(row) or one.mail_id in sent or one.customer_id in lately:
            continue
        address = contact_of(row.customer_id, row.email, keys.company(company.id))
        if address is None:
            continue
        link = unsubscribe.link(keys, url, Subscriber(company.id, one.customer_id))
        words = words_for(row.language, company)
        letter = letters.expiry_notice(
            words, company=company.name, points=one.points, day=spelled(one.day, words.language), unsubscribe=link
        )
        outbox.queue(
            conn,
            keys,
            letter,
            address,
            company_id=company.id,
            now=now,
            customer_id=one.customer_id,
            mail_id=one.mail_id,
        )
        lately.add(one.customer_id)
        queued += 1
    return queued


def _due(
    conn: Connection, company: Company, rules: Program, card_ids: Collection[UUID], now: datetime
) -> Iterator[_Notice]:
    today = now.astimezone(company.settings.zone).date()
    for opened in card_rows.load(conn, company.id, card_ids).values():
        day = expiry.expires_on(opened.card, rules, company.settings.zone)
        if day is None or opened.customer_id is None or not opened.card.is_active:
            continue
        days = (day - today).days
        before = next((one for one in _notices(rules) if 0 < days <= one), None)
        if before is not None:
            yield _Notice(_mail_id(opened.card, before, day), opened.customer_id, opened.card.points_balance, day)


def _notices(rules: Program) -> tuple[int, ...]:
    """How many days before there is a notice. Where points lapse soon after a visit, each visit would bring one."""
    return tuple(one for one in DAYS_BEFORE if rules.points_expire_after_days >= _TIMES_KEPT * one)


def _mail_id(card: Card, before: int, day: date) -> UUID:
    return uuid5(card.id, f"expiry notice {before} {day}")
