"""A customer changes their name and their contact. The contact that they had is told."""

from uuid import uuid4

from loyalty.refusals import Reason, Refusal
from loyalty.texts import NAME_CHARS_MAX, clean
from server.cards.decrypted_texts import contact_of, masked, personal_of
from server.companies.companies import Company
from server.customers import one_time_codes
from server.customers.customer_sessions import CustomerSession
from server.customers.one_time_codes import Proven
from server.customers.own_acts import own_card
from server.customers.readers import words_for
from server.ledger.judging.savepoint_booking import Ledger
from server.ledger.own_bookings import owner_acts
from server.ledger.rows import cards as card_rows
from server.ledger.rows.cards import Name
from server.ledger.rows.enrolments import CustomerEdit
from server.mail import letters, outbox
from server.refusals import No, Refused
from sync.protocol.personal_text import joined
from sync.protocol.sealing import encrypt


def rename(ledger: Ledger, session: CustomerSession, name: str) -> None:
    """Gives the customer another name, which tills hear of; an empty one takes it away."""
    conn, company_id, keys, now = ledger
    text = clean(name)
    if len(text) > NAME_CHARS_MAX:
        raise Refused(No.REFUSED, refusal=Refusal(Reason.TEXT_TOO_LONG, limit=NAME_CHARS_MAX))
    opened, data = own_card.opened(conn, company_id, session), keys.company(company_id).data
    before = personal_of(card_rows.sent_row(opened), keys.company(company_id))
    if text == before.name:
        return
    said = joined(before._replace(name=text))
    opened.name = Name(encrypt(data, opened.card.id, said), data.id) if said else Name()
    values: dict[str, object] = {"name": opened.name.sealed, "name_key": opened.name.key, "updated_at": now}
    owner_acts.edit(ledger, uuid4(), opened, CustomerEdit(company_id, session.customer_id, values))


def move(ledger: Ledger, company: Company, session: CustomerSession, proven: Proven, *, can_mail: bool) -> None:
    """The contact that a code has just proven is the customer's from now on; the former one is told where it went."""
    conn, company_id, keys, now = ledger
    assert proven.email is not None, "a code for a new contact proves one"
    if proven.customer_id != session.customer_id:
        raise Refused(No.CODE_OVER)
    own, opened = keys.company(company_id), own_card.opened(conn, company_id, session)
    person = own_card.customer(conn, company_id, session)
    former = contact_of(person.customer_id, person.email, own)
    opened.contacts = opened.contacts._replace(email=proven.contact)
    values = {
        "email": encrypt(own.data, session.customer_id, proven.email),
        "email_hmac": proven.contact,
        "verified_at": now,
        "undeliverable_at": None,
        "updated_at": now,
    }
    owner_acts.edit(ledger, uuid4(), opened, CustomerEdit(company_id, session.customer_id, values))
    one_time_codes.forget(conn, company_id, session.customer_id)
    if former is not None and person.email_hmac != proven.contact and can_mail and person.undeliverable_at is None:
        letter = letters.contact_changed(
            words_for(session.language, company), company=company.name, contact=masked(proven.email) or ""
        )
        outbox.queue(conn, keys, letter, former, company_id=company_id, now=now, customer_id=session.customer_id)
