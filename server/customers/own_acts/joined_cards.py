"""An owner puts cards of theirs together. A contact that was only typed proves nothing: both cards' contacts are ones
that a code has proven, or there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, update

from loyalty.codes import Token, parse
from loyalty.transactions import Kind
from server.cards import merging
from server.cards.decrypted_texts import contact_of
from server.cards.merging import Preview
from server.companies.companies import Company
from server.customers import customer_sessions, holders, one_time_codes
from server.customers.customer_sessions import CustomerSession
from server.customers.own_acts import own_card
from server.db.tables import customers
from server.keys import CompanyKeys
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import owner_acts
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import OpenCard
from server.ledger.rows.enrolments import active_cards_with
from server.refusals import No, Refused

WITHIN, MERGES_MAX = timedelta(days=30), 5
OFFERED_MAX = 10


@dataclass(frozen=True, slots=True)
class OtherCard:
    """A card that can be put together with the owner's."""

    id: UUID
    number_end: str
    created_at: datetime | None
    store_id: UUID | None
    stamps: int
    points: int


def offered(conn: Connection, company_id: UUID, session: CustomerSession) -> Sequence[OtherCard]:
    """The other active cards whose customers have a contact that was proven in this session, the oldest first."""
    proved = _proved(conn, company_id, session)
    if not proved or not own_card.opened(conn, company_id, session).card.is_active:
        return ()
    found = active_cards_with(conn, company_id, proved)
    others = set().union(*found.values()) - {session.card_id}
    loaded = [one for one in card_rows.load(conn, company_id, others).values() if one.customer_id is not None]
    shown = [_shown(one) for one in loaded if one.card.merged_into is None and not one.is_retired]
    return sorted(shown, key=lambda one: (one.created_at is None, one.created_at, one.id))[:OFFERED_MAX]


def shown(conn: Connection, company_id: UUID, card_id: UUID) -> OtherCard:
    """A card whose code somebody has."""
    return _shown(_other(conn, company_id, card_id))


def with_code(conn: Connection, company_id: UUID, text: str) -> UUID:
    """The card that shows this present code, which somebody has scanned or typed."""
    code = parse(text)
    found = holders.card_of(conn, company_id, code.text) if isinstance(code, Token) else None
    if found is None:
        raise Refused(No.CARD_CODE_UNKNOWN)
    return found


def named(conn: Connection, company_id: UUID, session: CustomerSession, text: str) -> UUID:
    """The card that a program names: one that is offered by its id, any other by its code."""
    found = next((one.id for one in offered(conn, company_id, session) if str(one.id) == text), None)
    return with_code(conn, company_id, text) if found is None else found


def contact_to_prove(
    conn: Connection, company_id: UUID, keys: CompanyKeys, session: CustomerSession, other: UUID
) -> str | None:
    """The e-mail address of the other card's customer, which a code has to prove first; None if nothing is missing."""
    opened = _other(conn, company_id, other)
    if _may_take(opened, _proved(conn, company_id, session)):
        return None
    row = None if opened.customer_id is None else own_card.customer_row(conn, company_id, opened.customer_id)
    email = None if row is None else contact_of(row.customer_id, row.email, keys)
    if email is None:
        raise Refused(No.CONTACT_ELSEWHERE)
    return email


def prove(ledger: Ledger, session: CustomerSession, kept: str, code: str) -> Refused | None:
    """Notes that another contact is the owner's, too, if the code that was sent there is right. A wrong one counts, so
    the caller commits a refusal, too; no company's lock is needed."""
    conn, company_id, keys, now = ledger
    found = one_time_codes.check(conn, keys, company_id, kept, code, now=now)
    if isinstance(found, Refused):
        return found
    customer_sessions.note_proved(conn, company_id, session, found.contact, now)
    return None


def preview(
    conn: Connection, company: Company, keys: CompanyKeys, session: CustomerSession, other: UUID, *, now: datetime
) -> Preview:
    """What putting both together would do: the older card stays."""
    _require(conn, company.id, session, other, now)
    stays, goes = merging.older(conn, company.id, session.card_id, other)
    return merging.preview(conn, company, keys, stays, goes, now=now)


def join(ledger: Ledger, booking_id: UUID, session: CustomerSession, other: UUID, *, seen: str | None = None) -> UUID:
    """Puts both together; returns the card that stays. The session goes on as that of its customer."""
    conn, company_id, _keys, now = ledger
    _require(conn, company_id, session, other, now)
    stays, goes = merging.older(conn, company_id, session.card_id, other)
    loaded = card_rows.load(conn, company_id, [stays, goes])
    people = [one for one in (loaded[stays].customer_id, loaded[goes].customer_id) if one is not None]
    _note_verified(conn, company_id, people, _proved(conn, company_id, session), now)
    customer_sessions.hand_over(conn, company_id, session, people[0], now)
    merging.merge(ledger, booking_id, stays, goes, None, seen=seen)
    return stays


def _require(conn: Connection, company_id: UUID, session: CustomerSession, other: UUID, now: datetime) -> None:
    opened = _other(conn, company_id, other)
    if not _may_take(opened, _proved(conn, company_id, session)):
        raise Refused(No.CONTACT_UNPROVEN)
    mine = own_card.opened(conn, company_id, session)
    ids = (*own_card.all_ids(mine), *own_card.all_ids(opened))
    done = owner_acts.since(conn, company_id, ids, now - WITHIN)
    if sum(act.kind is Kind.CARDS_MERGED for act in done) >= MERGES_MAX:
        raise Refused(No.MERGED_OFTEN, str(MERGES_MAX))


def _other(conn: Connection, company_id: UUID, other: UUID) -> OpenCard:
    found = card_rows.load_leading(conn, company_id, [other]).get(other)
    if found is None or found.is_retired or found.is_erased or found.card.is_blank:
        raise Refused(No.CARD_UNKNOWN)
    return found


def _may_take(opened: OpenCard, proved: frozenset[bytes]) -> bool:
    """True if its contact is none, or one that was proven; a phone number beside a proven address is theirs as well."""
    known = opened.contacts.known
    return not known or bool(known & proved)


def _proved(conn: Connection, company_id: UUID, session: CustomerSession) -> frozenset[bytes]:
    row = own_card.customer(conn, company_id, session)
    is_proven = row.email_hmac is not None and row.verified_at is not None
    return frozenset({*session.proved, row.email_hmac} if is_proven else session.proved)


def _note_verified(
    conn: Connection, company_id: UUID, people: Sequence[UUID], proved: frozenset[bytes], now: datetime
) -> None:
    """The code has proven a contact wherever it stands."""
    theirs = (customers.c.company_id == company_id, customers.c.customer_id.in_(people))
    unproven = update(customers).where(*theirs, customers.c.verified_at.is_(None), customers.c.email_hmac.in_(proved))
    conn.execute(unproven.values(verified_at=now, updated_at=now))


def _shown(opened: OpenCard) -> OtherCard:
    card = opened.card
    return OtherCard(
        card.id,
        opened.codes.number_end,
        card.created_at,
        card.enrolled_at_store,
        card.stamp_count,
        card.points_balance,
    )
