"""Enrolments: what is stored of a customer and where, and simultaneous enrolments at two tills."""

from typing import Any

import pytest

from loyalty.transactions import CardCreated, CardDeactivated
from server.db.tables import customers, entries
from server.db.work_tables import cases
from sync.protocol.entries import Side, encode_side
from sync.protocol.messages import Page, PageEntry
from sync.protocol.sealing import decrypt, email_hmac, phone_hmac
from tests.support.paper_shop import PaperShop, a_coffee_program


def the_customer(shop: PaperShop) -> Any:
    (row,) = shop.rows(customers)
    return row


@pytest.mark.slow
def test_an_enrolments_fields_move_from_the_side_row_to_the_customer(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id, name="Ana", email=" Ana@Example.org", phone="621 123 456")
    till.sync()
    keys, customer = shop.keys.company(shop.company_id), the_customer(shop)
    assert decrypt(keys.data, customer.customer_id, customer.email) == "ana@example.org"
    assert decrypt(keys.data, customer.customer_id, customer.phone) == "+352621123456"
    assert customer.email_hmac == email_hmac(keys.lookup, "ana@example.org")
    assert customer.phone_hmac == phone_hmac(keys.lookup, "+352621123456", "LU")
    assert (customer.name, customer.name_key, customer.verified_at) == (b"Ana", 7, None)
    assert shop.rows(entries, entry_id=enrolled.id)[0].side is None
    row = till.card(blank.id)
    assert (row.name, row.email, row.phone) == (b"Ana", customer.email_hmac, customer.phone_hmac)


def test_no_personal_field_is_left_in_the_entrys_bytes(shop: PaperShop) -> None:
    till = shop.till()
    shop.enrolled(till, name="Ana", email="ana@example.org")
    (entry,) = shop.rows(entries)
    assert b"ana" not in entry.entry.lower()


def test_a_nameless_enrolment_makes_a_card_without_a_customer(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    assert till.card(card).created_at is not None
    assert shop.rows(customers) == []


def test_an_enrolment_whose_side_row_was_deleted_makes_a_nameless_card(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id, name="Ana")
    row = enrolled.sent()
    till.exchange(Page(prev_hash=till.link_before(1), entries=(PageEntry(seq=1, hash=row.hash, entry=row.entry),)))
    assert (till.verdict(enrolled).word, till.verdict(enrolled).notes) == ("accepted", ())
    assert shop.rows(customers) == []


def test_a_side_row_that_is_not_the_entrys_own_is_left_alone_with_a_case(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id, name="Ana")
    row = enrolled.sent()
    foreign = till.side("Mallory", blank.id)
    forged = PageEntry(seq=1, hash=row.hash, entry=row.entry, side=foreign)
    till.exchange(Page(prev_hash=till.link_before(1), entries=(forged,)))
    assert (till.verdict(enrolled).word, till.verdict(enrolled).notes) == ("accepted", ("unreadable",))
    assert shop.rows(customers) == []
    assert shop.cases() == ["unreadable"]
    assert shop.rows(entries, entry_id=enrolled.id)[0].side == foreign  # kept for investigation


def test_a_torn_box_leaves_the_card_and_the_name(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    torn = encode_side(Side(salt=b"0" * 16, name=b"Ana", name_key=7, contact=bytes(80)))
    enrolled = till.write(CardCreated(), blank.id, side=torn)
    till.sync()
    assert (till.verdict(enrolled).word, till.verdict(enrolled).notes) == ("accepted", ("unreadable",))
    assert (the_customer(shop).name, the_customer(shop).email) == (b"Ana", None)
    assert shop.rows(entries, entry_id=enrolled.id)[0].side == torn


@pytest.mark.parametrize("odd", [{"name_key": 2**63}, {"language": "\0"}, {"language": "e" * 36}])
def test_a_side_row_no_till_writes_is_left_alone(shop: PaperShop, odd: dict[str, Any]) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    fields: dict[str, Any] = {"salt": b"0" * 16, "name": b"Ana", "name_key": 7}
    enrolled = till.write(CardCreated(), blank.id, side=encode_side(Side(**fields | odd)))
    till.sync()
    assert (till.verdict(enrolled).word, till.verdict(enrolled).notes) == ("accepted", ("unreadable",))


def test_a_contact_completes_a_nameless_card_enrolled_twice(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    (blank,) = shop.blanks()
    here.enrol(blank.id)
    there.enrol(blank.id, email="ana@example.org")
    here.sync()
    there.sync()
    assert there.card(blank.id).email == the_customer(shop).email_hmac
    assert shop.cases() == []


def test_what_a_second_enrolment_says_of_somebody_else_is_kept_for_the_manager(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    (blank,) = shop.blanks()
    here.enrol(blank.id, email="ana@example.org")
    second = there.enrol(blank.id, email="ben@example.org")
    here.sync()
    there.sync()
    assert shop.rows(entries, entry_id=second.id)[0].side == second.side
    keys, customer = shop.keys.company(shop.company_id), the_customer(shop)
    assert decrypt(keys.data, customer.customer_id, customer.email) == "ana@example.org"


@pytest.mark.slow
def test_a_contact_that_has_a_card_gets_a_second_one_without_the_bonus(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    first = shop.enrolled(here, name="Ana", email="ana@example.org")
    (blank,) = shop.blanks()
    second = there.enrol(blank.id, name="Ana", email="ANA@example.org ")
    there.sync()
    verdict = there.verdict(second)
    assert (verdict.word, verdict.notes) == ("adjusted", ("contact_has_card",))
    assert (shop.card(first).points_balance, shop.card(blank.id).points_balance) == (20, 0)
    (case,) = shop.rows(cases)
    assert (case.kind, case.amount) == ("contact_has_card", 20)


def test_the_same_contact_twice_in_one_page_is_noticed(shop: PaperShop) -> None:
    till = shop.till()
    first, second = shop.blanks(2)
    till.enrol(first.id, phone="621 123 456")
    again = till.enrol(second.id, phone="+352 621 123 456")
    till.sync()
    assert till.verdict(again).notes == ("contact_has_card",)


def test_a_contact_whose_card_is_switched_off_may_have_a_new_one(shop: PaperShop) -> None:
    till = shop.till()
    old = shop.enrolled(till, email="ana@example.org")
    till.write(CardDeactivated(reason="lost"), old)
    (blank,) = shop.blanks()
    new = till.enrol(blank.id, email="ana@example.org")
    till.sync()
    assert till.verdict(new).word == "accepted"


def test_a_second_enrolment_of_one_blank_gives_no_second_bonus(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    (blank,) = shop.blanks()
    here.enrol(blank.id, email="ana@example.org")
    second = there.enrol(blank.id, email="ana@example.org")
    here.sync()
    there.sync()
    assert (there.verdict(second).word, there.verdict(second).notes) == ("adjusted", ("already_enrolled",))
    assert shop.card(blank.id).points_balance == 20
    assert shop.cases() == []


def test_a_second_enrolment_for_somebody_else_is_a_case(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    (blank,) = shop.blanks()
    here.enrol(blank.id, email="ana@example.org")
    there.enrol(blank.id, email="ben@example.org")
    here.sync()
    there.sync()
    assert shop.cases() == ["second_enrolment"]


def test_the_welcome_follows_the_enrolment_with_its_own_version(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    till = shop.till()
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id)
    till.sync()
    created, welcome = shop.ledger(blank.id)
    assert (created.kind, welcome.kind, welcome.follows) == ("card_created", "welcome_bonus", enrolled.id)
    assert created.version < welcome.version <= till.verdict(enrolled).card_version
    (follow,) = till.verdict(enrolled).follows
    assert (follow.id, follow.kind, follow.points) == (welcome.transaction_id, "welcome_bonus", 20)
