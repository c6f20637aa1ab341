"""A card that was handed out without a contact: whoever holds it says whose it is, until there is a contact."""

from uuid import UUID, uuid4

from server.cards import booking
from server.companies.companies import Company
from server.customers import consents
from server.customers.consents import Text
from server.customers.joining import self_enrolment
from server.customers.joining.self_enrolment import Handed, Wish
from server.customers.one_time_codes import Sender
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import joins
from server.ledger.rows import cards as card_rows
from server.refusals import No, Refused


def complete(ledger: Ledger, company: Company, card_id: UUID, wish: Wish, sender: Sender) -> Handed:
    """Takes name and contact; refuses where there is a contact, which only its owner may change. The contact is not
    verified before its code is entered. The caller holds the company's lock."""
    conn, company_id, keys, _now = ledger
    opened = card_rows.load_leading(conn, company_id, [card_id]).get(card_id)
    if opened is None or opened.card.is_blank or opened.is_retired or opened.is_erased:
        raise Refused(No.CARD_UNKNOWN)
    if opened.contacts.known:
        raise Refused(No.CONTACT_GIVEN)
    country = company.settings.country
    enrolment = booking.enrolment_for(wish.newcomer, opened.card.id, keys.company(company_id), country)
    joins.say_whose(ledger, uuid4(), opened, enrolment, country)
    if wish.consent and opened.customer_id is not None:
        consents.give(conn, company_id, opened.customer_id, Text.JOINING, language=wish.language, now=ledger.now)
    return self_enrolment.handed(ledger, company, opened.card.id, wish, sender)
