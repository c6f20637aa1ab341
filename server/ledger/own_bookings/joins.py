"""Books what customers do without a counter: they take a card, say later whose it is, and prove their contact.

Nobody of the staff answers for it, and no terminal. The welcome of such a card is booked once its contact is proven, so
that who makes up contacts earns nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from loyalty import enrolment as rules
from loyalty.card import Card
from loyalty.program import Program
from loyalty.transactions import (
    NO_EFFECT,
    Body,
    CardCreated,
    Context,
    CustomerEdited,
    Effect,
    Kind,
    Transaction,
    WelcomeBonus,
    following_id,
)
from server.companies import programs
from server.db.account_tables import joins
from server.db.lookups import Lookup, Query
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.judging.policy import policy_of
from server.ledger.judging.savepoint_booking import Ledger, release
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import Enrolment, Opener, customer_id_of
from server.refusals import No, Refused

_COMPANY: Any = bindparam("company")
_ONE = Query(select(joins).where(joins.c.company_id == _COMPANY, joins.c.join_id == bindparam("join")))
_OF_CARDS = Lookup(select(joins.c.join_id, joins.c.card_id).where(joins.c.company_id == _COMPANY), joins.c.card_id)


@dataclass(frozen=True, slots=True)
class Join:
    """A card that somebody has taken by themselves. What it was asked with is kept as a hash, to know it again."""

    id: UUID  # of its `card_created`
    card_id: UUID
    mark: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How a card is taken."""

    id: UUID
    store_id: UUID
    via: str
    mark: bytes


def find(conn: Connection, company_id: UUID, join_id: UUID) -> Join | None:
    """What was booked with this id before."""
    row = _ONE.first(conn, company=company_id, join=join_id)
    return None if row is None else Join(row.join_id, row.card_id, row.mark)


def book(ledger: Ledger, blank: OpenCard, taken: Taken, enrolment: Enrolment) -> None:
    """Makes the blank the card of whoever has taken it. The caller holds the company's lock."""
    conn, company_id, keys, now = ledger
    writes = WriteSet(conn, company_id, now)
    writes.book(blank, _fact(ledger, taken.id, blank.card, CardCreated(), taken.store_id))
    policy = policy_of(conn, company_id)
    if enrolment.is_somebody:
        opener = Opener(keys.sealing, keys.company(company_id), policy.settings.country)
        _make_customer(ledger, writes, opener, blank, booking_id=taken.id, enrolment=enrolment)
    writes.write()
    row = {"company_id": company_id, "join_id": taken.id, "card_id": blank.card.id, "via": taken.via}
    conn.execute(insert(joins).values(row | {"mark": taken.mark, "created_at": now, "updated_at": now}))
    if policy.has_held:
        release(conn, company_id, keys, [str(blank.card.id)], now)


def say_whose(ledger: Ledger, booking_id: UUID, opened: OpenCard, enrolment: Enrolment, country: str) -> None:
    """A card without a contact takes name and contact of whoever holds it."""
    conn, company_id, keys, now = ledger
    assert enrolment.side is not None and opened.card.enrolled_at_store is not None, "somebody has the card"
    opener = Opener(keys.sealing, keys.company(company_id), country)
    writes = WriteSet(conn, company_id, now)
    writes.book(opened, _fact(ledger, booking_id, opened.card, CustomerEdited(), opened.card.enrolled_at_store))
    if opened.customer_id is None:
        _make_customer(ledger, writes, opener, opened, booking_id=booking_id, enrolment=enrolment)
    else:
        told = replace(enrolment, side=structs.replace(enrolment.side, contact=b""))
        edit = opener.edited(company_id, opened.customer_id, told, now)
        consent_at = {"consent_at": now if enrolment.side.consent else None}
        writes.edit(replace(edit, values=edit.values | consent_at))
        opened.contacts = enrolment.contacts
        if enrolment.renames:
            opened.name = enrolment.name
    writes.write()


def welcome(ledger: Ledger, card_id: UUID) -> None:
    """Books the welcome of a card that was taken without a counter and whose contact was proven now: once for it and
    all that were merged into it."""
    conn, company_id, _keys, now = ledger
    opened = card_rows.load_leading(conn, company_id, [card_id]).get(card_id)
    if opened is None or opened.is_retired or opened.is_erased:
        return
    taken = _join_ids(conn, company_id, opened.card)
    if not taken:
        return
    mine = update(joins).where(joins.c.company_id == company_id, joins.c.join_id.in_(taken))
    conn.execute(mine.where(joins.c.proven_at.is_(None)).values(proven_at=now, updated_at=now))
    program = programs.versions(conn, company_id).at(now)
    gift = None if program is None else rules.welcome(opened.card, program)
    if gift is None:
        return
    assert opened.card.enrolled_at_store is not None, "somebody has the card"
    writes = WriteSet(conn, company_id, now)
    id_ = following_id(taken[0], Kind.WELCOME_BONUS)
    store_id = opened.card.enrolled_at_store
    writes.book(opened, _fact(ledger, id_, opened.card, WelcomeBonus(), store_id, effect=gift, follows=taken[0]))
    writes.write()


def waiting_welcome(conn: Connection, company_id: UUID, card: Card, program: Program | None) -> int:
    """The points that a card gets once its contact is proven; 0 if none are waiting."""
    gift = None if program is None else rules.welcome(card, program)
    return gift.points if gift is not None and _join_ids(conn, company_id, card) else 0


def proven_since(conn: Connection, company_id: UUID, moment: datetime) -> list[datetime]:
    """When the cards were taken since a moment whose contacts were proven by now."""
    since = (joins.c.company_id == company_id, joins.c.created_at >= moment, joins.c.proven_at.is_not(None))
    return list(conn.execute(select(joins.c.created_at).where(*since)).scalars())


def by_way(conn: Connection, company_id: UUID, moment: datetime) -> dict[str, int]:
    """How many cards were taken since a moment, by the way that led to them."""
    since = (joins.c.company_id == company_id, joins.c.created_at >= moment)
    query = select(joins.c.via, func.count().label("cards")).where(*since).group_by(joins.c.via)
    return {row.via: row.cards for row in conn.execute(query)}


def forget(conn: Connection, company_id: UUID, card_ids: Collection[UUID]) -> None:
    """Keeps nothing of how these cards were taken."""
    conn.execute(delete(joins).where(joins.c.company_id == company_id, joins.c.card_id.in_(card_ids)))


def _join_ids(conn: Connection, company_id: UUID, card: Card) -> list[UUID]:
    """Of the card, then of those that were merged into it."""
    order = (card.id, *card.merged)
    rows = _OF_CARDS.rows(conn, order, company=company_id)
    return [row.join_id for row in sorted(rows, key=lambda row: order.index(row.card_id))]


def _make_customer(
    ledger: Ledger, writes: WriteSet, opener: Opener, opened: OpenCard, *, booking_id: UUID, enrolment: Enrolment
) -> None:
    assert enrolment.side is not None, "only an enrolment with personal fields becomes a customer"
    row = opener.customer(ledger.company_id, booking_id, enrolment, ledger.now)
    writes.enrol(row | {"consent_at": ledger.now if enrolment.side.consent else None})
    opened.customer_id = customer_id_of(booking_id)
    opened.contacts, opened.name = enrolment.contacts, enrolment.name


def _fact(
    ledger: Ledger,
    id_: UUID,
    card: Card,
    body: Body,
    store_id: UUID,
    *,
    effect: Effect = NO_EFFECT,
    follows: UUID | None = None,
) -> Transaction:
    program = programs.versions(ledger.conn, ledger.company_id).at(ledger.now)
    if program is None:
        raise Refused(No.PROGRAM_MISSING)
    context = Context(occurred_at=ledger.now.astimezone(UTC), program_version=program.version, store_id=store_id)
    return Transaction(id=id_, card_id=card.id, body=body, effect=effect, context=context, follows=follows)
