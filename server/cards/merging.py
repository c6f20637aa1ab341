"""Two cards of one customer become one: what would be on it, and the merge itself, which cannot be undone.

Whoever calls has made sure that the person who asks may do it. Both cards are of the company that is named.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from loyalty import merging
from loyalty.card import Card
from loyalty.refusals import Refusal
from loyalty.transactions import Effect
from server.cards import card_detail
from server.cards.booking_asks import Booked
from server.cards.card_detail import CardDetail, Customer
from server.cards.customer import completion
from server.cards.customer.completion import Person
from server.companies.companies import Company
from server.keys import CompanyKeys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import merges
from server.ledger.own_bookings.merges import Asked, Pair
from server.ledger.rows import transactions as facts
from server.ledger.rows.cards import OpenCard
from server.refusals import ChangedMeanwhile, No, Refused

_MARK_BYTES = 9


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging two cards would do, for a page that shows both and what comes of them."""

    stays: CardDetail  # as it is now
    merged: CardDetail  # as it is now
    after: Card  # what the card that stays has then
    effect: Effect  # of the merge: a second welcome taken back, and what of it cannot be taken
    customer: Customer  # whose the card is then
    mark: str  # changes with what is shown; `merge` gets it as `seen`


def older(conn: Connection, company_id: UUID, one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """The card that stays unless somebody chooses otherwise, which was handed out first, and the one that goes."""
    two = merges.pair(conn, company_id, one, other)
    _taken(conn, company_id, two)
    stays = merging.older(two.stays.card, two.goes.card).id
    return stays, other if stays == one else one


def preview(
    conn: Connection, company: Company, keys: CompanyKeys, stays_id: UUID, merged_id: UUID, *, now: datetime
) -> Preview:
    """What the merge would do; raises the refusals that `merge` raises."""
    two = merges.pair(conn, company.id, stays_id, merged_id)
    taken = _taken(conn, company.id, two)
    stays, merged = (card_detail.of_card(conn, company, keys, card_id, now) for card_id in (stays_id, merged_id))
    found = completion.completed(*_people(conn, company.id, two, keys))
    return Preview(stays, merged, _after(two, taken), taken, _customer(found), _mark(two, taken))


def merge(
    ledger: Ledger,
    booking_id: UUID,
    stays_id: UUID,
    merged_id: UUID,
    by: UUID | None,
    *,
    seen: str | None = None,
    follows: UUID | None = None,
    store_id: UUID | None = None,
) -> Booked:
    """Makes two cards one for a manager of the staff, or without an id for whoever runs the server.

    Called under the company's lock. *booking_id* is the request's, or that of a decision's consequence, which the merge
    then *follows*; what it has booked already is returned as it is. *seen* is the mark of what was shown.
    """
    conn, company_id, keys, now = ledger
    two = merges.pair(conn, company_id, stays_id, merged_id)
    before = facts.by_id(conn, company_id, [booking_id]).get(booking_id)
    if before is not None:
        return Booked((before,), two.stays)
    taken = _taken(conn, company_id, two)
    if seen is not None and seen != _mark(two, taken):
        after = _after(two, taken)
        raise ChangedMeanwhile(
            {"stamps": after.stamp_count, "points": after.points_balance, "shortfall": taken.shortfall}
        )
    own = keys.company(company_id)
    found = completion.completed(*_people(conn, company_id, two, own))
    completion.join(conn, company_id, own, (two.stays, two.goes), found, now=now)
    fact = merges.book(conn, company_id, two, Asked(booking_id, by, store_id, follows), taken, now=now)
    return Booked((fact,), two.stays)


def _taken(conn: Connection, company_id: UUID, two: Pair) -> Effect:
    found = merges.effect(conn, company_id, two)
    if isinstance(found, Refusal):
        raise Refused(No.REFUSED, refusal=found)
    return found


def _people(conn: Connection, company_id: UUID, two: Pair, keys: CompanyKeys) -> Iterable[Person]:
    return (completion.of_card(conn, company_id, opened, keys) for opened in (two.stays, two.goes))


def _after(two: Pair, taken: Effect) -> Card:
    both = merging.joined(two.stays.card, two.goes.card)
    return both._replace(points_balance=both.points_balance + taken.points)


def _mark(two: Pair, taken: Effect) -> str:
    told = [_told(two.stays), _told(two.goes), tuple(taken)]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[: 2 * _MARK_BYTES]


def _told(opened: OpenCard) -> tuple[str, int]:
    return str(opened.card.id), opened.version


def _customer(found: Person) -> Customer:
    return Customer(
        id=found.id,
        name=found.name,
        note=found.note,
        email=None if found.email is None else found.email.text,
        phone=None if found.phone is None else found.phone.text,
        is_verified=found.verified_at is not None,
        language=found.language,
        consent=found.consent,
        undeliverable_at=found.undeliverable_at,
    )
