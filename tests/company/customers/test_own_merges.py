"""Owners put cards of theirs together, after proof of both contacts."""

from itertools import count
from uuid import UUID

import pytest

from server.customers import customer_sessions
from server.customers.customer_sessions import PROVEN_FOR
from server.customers.own_acts.joined_cards import MERGES_MAX
from server.db.account_tables import consents
from server.db.tables import customers
from server.db.work_tables import cases
from tests.support.card_office import SLUG, CardOffice
from tests.support.merges import balance, has_its_books_in_order
from tests.support.office_web import reason
from tests.support.storefront_browser import Browser, mailed

pytestmark = pytest.mark.slow

NUMBERS = count(1)


def address() -> str:
    return f"max.{next(NUMBERS)}@example.org"


def a_card(cafe: CardOffice, stamps: int, email: str | None = None) -> UUID:
    """A new card, with a contact or without one, handed out a minute after the last."""
    cafe.cards.shop.passes(minutes=1)
    card_id = cafe.cards.enrol("") if email is None else cafe.cards.enrol("Max", email=email)
    cafe.cards.tills[0].stamp(card_id, stamps)
    cafe.cards.sync()
    return card_id


def merge(browser: Browser, other: UUID) -> int:
    return browser.presses("merge", card=other).status_code


def test_a_card_with_the_same_address_is_offered_after_signing_in_and_the_older_one_stays(cafe: CardOffice) -> None:
    email = address()
    first, second = a_card(cafe, 2, email), a_card(cafe, 3, email)
    assert "contact_has_card" in cafe.cards.shop.cases()
    browser = Browser(cafe)
    assert browser.signs_in(email).headers["location"] == f"/{SLUG}/merge"
    other = second if str(second) in browser.get("merge").text else first
    assert "1 other card has your address" in browser.page("data")
    page = browser.page(f"merge?card={other}")
    assert f"…{cafe.cards.numbers[first][-4:]}" in page and f"…{cafe.cards.numbers[second][-4:]}" in page
    assert "Together: 5 stamps" in page and "Gare" in page
    assert merge(browser, other) == 303
    assert balance(cafe.cards.shop, first) == (5, 0)
    assert cafe.cards.shop.said(second).merged_into == first
    assert "5 of 10 stamps" in browser.page("card")
    assert f"{email} verified" in browser.page("data"), "the same session goes on, of whichever customer stays"
    assert {row.settled_by for row in cafe.cards.shop.rows(cases, card_id=second)} == {"cards_merged"}
    assert has_its_books_in_order(cafe.cards.shop)


def test_a_card_without_a_contact_is_taken_by_its_code(cafe: CardOffice) -> None:
    email = address()
    mine, found = a_card(cafe, 1, email), a_card(cafe, 4)
    browser = Browser(cafe)
    browser.signs_in(email)
    assert browser.get(f"merge?card={found}").status_code == 404, "its id alone proves nothing"
    assert merge(browser, found) == 404
    answer = browser.form("merge/card", card=cafe.cards.tokens[found])
    assert answer.headers["location"] == f"/{SLUG}/merge?card={found}"
    assert "Together: 5 stamps" in browser.page(f"merge?card={found}")
    assert merge(browser, found) == 303
    assert balance(cafe.cards.shop, mine) == (5, 0)


def test_a_card_without_a_contact_that_is_older_stays_and_gets_the_owner(cafe: CardOffice) -> None:
    found, email = a_card(cafe, 4), address()
    a_card(cafe, 1, email)
    browser = Browser(cafe)
    browser.signs_in(email)
    browser.form("data", language="en", consent="true")
    browser.form("merge/card", card=f"https://example.org/c/{cafe.cards.tokens[found]}")
    assert merge(browser, found) == 303
    assert balance(cafe.cards.shop, found) == (5, 0)
    page = browser.page("data")
    assert f"{email} verified" in page and "Agreed today" in page
    person = cafe.cards.shop.card(found).customer_id
    assert len(cafe.cards.shop.rows(consents, customer_id=person)) == 1, "what was agreed to goes along"


def test_a_card_with_another_address_needs_a_code_from_there(cafe: CardOffice) -> None:
    email, second_email = address(), address()
    mine, other = a_card(cafe, 1, email), a_card(cafe, 2, second_email)
    browser = Browser(cafe)
    browser.signs_in(email)
    browser.form("merge/card", card=cafe.cards.tokens[other])
    page = browser.page(f"merge?card={other}")
    assert "m…@example.org" in page and second_email not in page and "Together" not in page
    assert browser.presses("merge", card=other).status_code == 422
    cafe.cards.shop.passes(seconds=31)
    assert browser.form("merge/prove").headers["location"] == f"/{SLUG}/merge/proof"
    right = mailed(cafe)[-1]
    assert browser.form("merge/proof", code=f"{(int(right) + 1) % 1_000_000:06}").status_code == 422
    assert browser.form("merge/proof", code=right).headers["location"] == f"/{SLUG}/merge?card={other}"
    assert merge(browser, other) == 303
    assert balance(cafe.cards.shop, mine) == (3, 0)


def test_a_program_proves_another_address_in_the_session_that_it_has(cafe: CardOffice) -> None:
    email, second_email = address(), address()
    mine, other = a_card(cafe, 1, email), a_card(cafe, 2, second_email)
    browser = Browser(cafe)
    browser.signs_in(email)
    cafe.cards.shop.passes(seconds=31)
    person, path = browser.program(), f"/api/customer/v1/{SLUG}"
    merged = {"card": cafe.cards.tokens[other]}
    assert reason(person.post(f"{path}/merges", merged, idempotency_key="4" * 32)) == (422, "invalid")
    challenge = person.post(f"{path}/codes", {"contact": second_email}).json()["challenge"]
    right = mailed(cafe)[-1]
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    answers = [
        person.post(f"{path}/merges/proof", {"challenge": challenge, "code": code}).status_code
        for code in (wrong, right, right)
    ]
    assert answers == [422, 204, 422], "it holds once"
    assert person.post(f"{path}/merges", merged, idempotency_key="5" * 32).status_code == 200
    assert balance(cafe.cards.shop, mine) == (3, 0)


def test_the_proof_of_another_address_holds_for_ten_minutes(cafe: CardOffice) -> None:
    email, second_email = address(), address()
    a_card(cafe, 1, email)
    other = a_card(cafe, 2, second_email)
    browser = Browser(cafe)
    browser.signs_in(email)
    browser.form("merge/card", card=cafe.cards.tokens[other])
    cafe.cards.shop.passes(seconds=31)
    browser.form("merge/prove")
    browser.form("merge/proof", code=mailed(cafe)[-1])
    with cafe.server.units.read() as conn:
        company_id, now = cafe.cards.shop.company_id, cafe.server.now()
        token = browser.cookies[f"me-{SLUG}"]
        proved = [
            customer_sessions.find(conn, company_id, token, now + later) for later in (PROVEN_FOR * 0.9, PROVEN_FOR)
        ]
    assert [one is not None and len(one.proved) for one in proved] == [1, 0]


def test_a_phone_number_alone_is_proven_at_the_counter(cafe: CardOffice) -> None:
    email = address()
    a_card(cafe, 1, email)
    cafe.cards.shop.passes(minutes=1)
    other = cafe.cards.enrol("Mia", phone="621 777 888")
    cafe.cards.sync()
    browser = Browser(cafe)
    browser.signs_in(email)
    browser.form("merge/card", card=cafe.cards.tokens[other])
    answer = browser.get(f"merge?card={other}")
    assert answer.status_code == 422 and "ask at the counter" in answer.text
    assert merge(browser, other) == 422


@pytest.mark.parametrize("text", ["A" * 32, "4821-0937-5516", "nothing", "https://example.org/"])
def test_what_is_no_code_of_a_card_here_leads_to_none(cafe: CardOffice, text: str) -> None:
    email = address()
    a_card(cafe, 1, email)
    browser = Browser(cafe)
    browser.signs_in(email)
    before = dict(browser.cookies)
    answer = browser.form("merge/card", card=text)
    assert answer.status_code == 422 and browser.cookies == before


def test_a_card_is_not_put_together_with_itself_or_one_that_is_off(cafe: CardOffice) -> None:
    email = address()
    mine, off = a_card(cafe, 1, email), a_card(cafe, 1)
    key = "7d0a4f0c-9d0a-6d1f-8c7f-0f430f430f43"
    cafe.owner.post(f"/api/store/v1/{SLUG}/cards/{off}/deactivate", {}, idempotency_key=key)
    browser = Browser(cafe)
    browser.signs_in(email)
    assert merge(browser, mine) == 404
    browser.form("merge/card", card=cafe.cards.tokens[off])
    assert browser.get(f"merge?card={off}").status_code == 422
    assert merge(browser, off) == 422
    assert balance(cafe.cards.shop, mine) == (1, 0)


def test_cards_are_put_together_five_times_in_thirty_days(cafe: CardOffice) -> None:
    email, answers = address(), []
    mine = a_card(cafe, 1, email)
    for _ in range(MERGES_MAX + 1):
        other = a_card(cafe, 1)
        browser = Browser(cafe)
        browser.signs_in(email)
        browser.form("merge/card", card=cafe.cards.tokens[other])
        answers.append(merge(browser, other))
        cafe.cards.shop.passes(minutes=20)
    assert answers == [303] * MERGES_MAX + [422]
    assert balance(cafe.cards.shop, mine) == (1 + MERGES_MAX, 0)


def test_a_card_that_changed_since_it_was_shown_is_shown_again(cafe: CardOffice) -> None:
    email = address()
    mine, other = a_card(cafe, 1, email), a_card(cafe, 1)
    browser = Browser(cafe)
    browser.signs_in(email)
    browser.form("merge/card", card=cafe.cards.tokens[other])
    browser.get(f"merge?card={other}")
    answer = browser.presses("merge", card=other, seen="of another time")
    assert answer.status_code == 409 and "changed in the meantime" in answer.text
    assert balance(cafe.cards.shop, mine) == (1, 0)


def test_the_api_takes_an_offered_card_by_its_id_and_any_other_by_its_code(cafe: CardOffice) -> None:
    email = address()
    mine, same, found = a_card(cafe, 1, email), a_card(cafe, 2, email), a_card(cafe, 3)
    browser = Browser(cafe)
    browser.signs_in(email)
    path, keys = f"/api/customer/v1/{SLUG}/merges", iter(("1" * 32, "2" * 32, "3" * 32))
    other = same if str(same) in browser.get("merge").text else mine
    for card, status in ((found, 422), (other, 200), (cafe.cards.tokens[found], 200)):
        answer = browser.program().post(path, {"card": str(card)}, idempotency_key=next(keys))
        assert answer.status_code == status, answer.text
    assert balance(cafe.cards.shop, mine) == (6, 0)
    assert len(cafe.cards.shop.rows(customers, email_hmac=cafe.cards.shop.card(mine).email_hmac)) == 1
