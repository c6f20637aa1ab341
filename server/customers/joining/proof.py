"""A code that is entered begins a session. It makes the card that has waited for it, and brings the welcome of a card
that was taken without a counter."""

from dataclasses import dataclass
from uuid import UUID

from server.cards import booking
from server.cards.decrypted_texts import PrintedCodes
from server.companies.companies import Company
from server.customers import customer_sessions, one_time_codes
from server.customers.customer_sessions import CustomerSession
from server.customers.joining import self_enrolment
from server.customers.joining.self_enrolment import Wish
from server.customers.one_time_codes import Proven
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import joins
from server.ledger.own_bookings.joins import Taken
from server.ledger.rows.enrolments import customer_id_of
from server.refusals import No, Refused


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody whose contact was proven."""

    token: str  # of their session
    session: CustomerSession
    codes: PrintedCodes | None  # of their card; None: they cannot be opened


def enter(
    ledger: Ledger, company: Company, kept: str, code: str, *, device: str, before: CustomerSession | None = None
) -> SignedIn | Refused:
    """Signs in whose code it is, instead of the session *before*. A wrong one counts, so the caller commits a refusal,
    too. The caller holds the company's lock.

    *kept* is what the asking browser was given.
    """
    conn, company_id, keys, now = ledger
    found = one_time_codes.check(conn, keys, company_id, kept, code, now=now)
    if isinstance(found, Refused):
        return found
    customer_id = _customer(ledger, company, found)
    if customer_id is None:
        return Refused(No.SELF_ENROLMENT_OFF)
    token = customer_sessions.begin(conn, company_id, customer_id, device=device, now=now, before=before)
    session = customer_sessions.find(conn, company_id, token, now)
    assert session is not None, "it has just begun"
    joins.welcome(ledger, session.card_id)
    own = keys.company(company_id)
    return SignedIn(token, session, self_enrolment.card_codes(conn, company_id, own, session.card_id))


def _customer(ledger: Ledger, company: Company, found: Proven) -> UUID | None:
    """Whose contact it is; who has no card yet gets the one that was asked for with it."""
    if found.customer_id is not None or found.wish is None:
        return found.customer_id
    wish = self_enrolment.decoded(found.wish)
    store = self_enrolment.store_of(ledger.conn, company, wish.store_id)
    if store is None:
        return None
    return _made(ledger, company, wish, store.id, found.id)


def _made(ledger: Ledger, company: Company, wish: Wish, store_id: UUID, challenge_id: UUID) -> UUID:
    card = self_enrolment.new_blank(ledger)
    enrolment = booking.enrolment_for(
        wish.newcomer, card.card.id, ledger.keys.company(ledger.company_id), company.settings.country
    )
    taken = Taken(id=challenge_id, store_id=store_id, via=wish.way, mark=b"")
    self_enrolment.hand_out(ledger, card, taken, enrolment, wish)
    one_time_codes.note_verified(ledger.conn, ledger.company_id, customer_id_of(taken.id), ledger.now)
    return customer_id_of(taken.id)
