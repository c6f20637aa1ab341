"""Customer edits by managers: what is stored, what tills receive, and the limits of an edit."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from loyalty.transactions import CustomerEdited
from server.db.tables import customers, entries
from sync.protocol.entries import Contact, Side, encode_side
from sync.protocol.messages import encode
from sync.protocol.sealing import decrypt, email_hmac, seal
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill, Written


def edit(till: PaperTill, card: UUID, **fields: Any) -> Written:
    return till.write(CustomerEdited(), card, side=encode_side(Side(salt=b"0123456789abcdef", **fields)))


def contact(till: PaperTill, **fields: str) -> bytes:
    return seal(till.paired.sealing_public, encode(Contact(**fields)), "orion-contact-1")


def the_customer(shop: PaperShop) -> Any:
    (row,) = shop.rows(customers)
    return row


@pytest.mark.slow
def test_a_new_contact_takes_the_place_of_the_old_one_and_is_not_verified(shop: PaperShop) -> None:
    till, other = shop.till(), shop.till("Till 2", "Belval")
    card = shop.enrolled(till, name="Ana", email="ana@example.org")
    edited = edit(till, card, contact=contact(till, email="new@example.org"), consent=True)
    till.sync()
    other.sync()
    keys, customer = shop.keys.company(shop.company_id), the_customer(shop)
    assert till.verdict(edited).word == "accepted"
    assert decrypt(keys.data, customer.customer_id, customer.email) == "new@example.org"
    assert customer.email_hmac == email_hmac(keys.lookup, "new@example.org")
    assert (customer.name, customer.consent, customer.verified_at) == (b"Ana", True, None)
    assert other.card(card).email == shop.card(card).email_hmac == customer.email_hmac
    assert shop.rows(entries, entry_id=edited.id)[0].side is None


def test_a_name_alone_leaves_the_contact_as_it_was(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till, name="Ana", email="ana@example.org")
    before = the_customer(shop)
    edit(till, card, name=b"Anna", name_key=7)
    till.sync()
    after = the_customer(shop)
    assert (after.name, after.email, after.email_hmac, after.verified_at) == (
        b"Anna",
        before.email,
        before.email_hmac,
        before.verified_at,
    )
    assert till.card(card).name == b"Anna"


def test_an_empty_contact_takes_the_contact_away(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till, name="Ana", email="ana@example.org")
    edit(till, card, contact=contact(till))
    till.sync()
    customer = the_customer(shop)
    assert (customer.email, customer.email_hmac, till.card(card).email) == (None, None, None)


def test_a_card_that_was_nobodys_becomes_somebodys(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    edit(till, card, name=b"Ana", name_key=7)
    till.sync()
    assert the_customer(shop).name == till.card(card).name == b"Ana"
    assert shop.card(card).customer_id == the_customer(shop).customer_id


def test_a_contact_of_another_card_is_taken_with_a_case(shop: PaperShop) -> None:
    till = shop.till()
    shop.enrolled(till, name="Ana", email="ana@example.org")
    card = shop.enrolled(till, name="Bea")
    edited = edit(till, card, contact=contact(till, email="ana@example.org"))
    till.sync()
    assert (till.verdict(edited).word, till.verdict(edited).notes) == ("accepted", ("contact_has_card",))
    assert shop.cases() == ["contact_has_card"]


def test_a_contact_that_was_given_up_is_free_in_the_same_page(shop: PaperShop) -> None:
    till = shop.till()
    first, second = shop.enrolled(till, name="Ana", email="ana@example.org"), shop.enrolled(till, name="Bea")
    edit(till, first, contact=contact(till, email="new@example.org"))
    moved = edit(till, second, contact=contact(till, email="ana@example.org"))
    till.sync()
    assert till.verdict(moved).notes == ()
    assert shop.cases() == []


def test_a_torn_edit_changes_nothing_and_opens_a_case(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till, name="Ana", email="ana@example.org")
    before = the_customer(shop)
    torn = edit(till, card, name=b"Eve", name_key=7, contact=bytes(80))
    till.sync()
    assert the_customer(shop) == before
    assert till.verdict(torn).notes == ("unreadable",)
    assert shop.cases() == ["unreadable"]


def test_an_edit_moves_no_balance_and_is_no_visit(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till, name="Ana")
    till.stamp(card)
    till.sync()
    before = till.card(card)
    shop.passes(days=2)
    edit(till, card, name=b"Anna", name_key=7)
    till.sync()
    after = till.card(card)
    last: datetime | None = before.last_activity_at
    assert (after.stamp_count, after.points_balance, after.last_activity_at) == (1, before.points_balance, last)
    assert shop.kinds(card)[-1] == "customer_edited"
