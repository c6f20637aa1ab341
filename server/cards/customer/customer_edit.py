"""Edits of a card's customer by who saw the present fields."""

from uuid import UUID

from server.cards import booking, card_detail
from server.cards.booking_asks import Booked, Booker, EditCustomer
from server.cards.card_detail import Customer
from server.companies.companies import Company
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import ChangedMeanwhile


def edit(
    ledger: Ledger, booking_id: UUID, company: Company, card_id: UUID, asked: EditCustomer, *, by: Booker, version: int
) -> Booked:
    """Books the edit; refuses one of an older *version*."""
    keys = ledger.keys.company(company.id)
    present = card_detail.of_card(ledger.conn, company, keys, card_id, ledger.now).customer
    if present.version != version:
        raise ChangedMeanwhile(fields(present))
    return booking.book(ledger, booking_id, card_id, asked, by)


def fields(customer: Customer) -> dict[str, object]:
    """The fields that an edit sends, as they are."""
    return {
        "name": customer.name,
        "note": customer.note,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "consent": customer.consent,
        "version": customer.version,
    }
