"""An owner blocks and replaces a card that was lost."""

from itertools import count
from uuid import UUID

import pytest

from loyalty.transactions import Kind
from server.customers.own_acts.loss import REPLACEMENTS_MAX, WITHIN
from tests.support.card_office import SLUG, CardOffice, text
from tests.support.merges import has_its_books_in_order
from tests.support.office_web import Caller, signed_in_again
from tests.support.storefront_browser import Browser

pytestmark = pytest.mark.slow

NUMBERS = count(1)
KEY = "6c6b0f43-5d0a-4f0c-9d0a-6d1f1b6d2c11"


@pytest.fixture
def lost(cafe: CardOffice) -> tuple[UUID, Browser]:
    """A card with seven stamps, and its owner's browser."""
    email = f"lost.{next(NUMBERS)}@example.org"
    card_id = cafe.cards.enrol("Lou Lost", email=email)
    cafe.cards.tills[0].stamp(card_id, 7)
    cafe.cards.sync()
    browser = Browser(cafe)
    browser.signs_in(email)
    return card_id, browser


def kinds(cafe: CardOffice, card_id: UUID) -> list[str]:
    return [row.kind for row in cafe.cards.shop.ledger(card_id)][2:]


def test_a_blocked_card_is_off_at_once_and_pressed_twice_it_is_blocked_once(
    cafe: CardOffice, lost: tuple[UUID, Browser]
) -> None:
    card_id, browser = lost
    assert browser.presses("lost/block").headers["location"] == f"/{SLUG}/lost?done=true"
    said = cafe.cards.shop.said(card_id)
    assert (said.is_active, said.stamp_count) == (False, 7)
    page = browser.page("lost?done=true")
    assert "The card is blocked" in page and "Block the card" not in page and "Replace the code" in page
    assert "data-card" not in browser.get("lost").text, "what was kept for when there is no network is deleted"
    assert "You have blocked this card. Replace its code" in browser.page("card")
    owner = Caller(cafe.app, signed_in_again(cafe.server, f"owner-{SLUG}@example.com"))
    history = text(owner.browser(**{"accept-language": "en"}).get(f"/office/{SLUG}/cards/{card_id}").text)
    assert "a phone or card was lost" in history and "the customer" in history
    assert browser.presses("lost/block").status_code == 422
    assert kinds(cafe, card_id) == [Kind.CARD_DEACTIVATED]
    (row,) = cafe.cards.shop.ledger(card_id)[2:]
    assert (row.reason, row.staff_id, row.terminal_id) == ("lost", None, None)


@pytest.mark.parametrize("is_blocked", [True, False])
def test_a_replaced_card_is_on_under_a_new_code_that_only_this_browser_has(
    cafe: CardOffice, lost: tuple[UUID, Browser], is_blocked: bool
) -> None:
    card_id, browser = lost
    old = cafe.cards.tokens[card_id]
    holder, elsewhere = Browser(cafe), Browser(cafe)
    holder.cookies[f"card-{SLUG}"] = old
    elsewhere.cookies = dict(browser.cookies)
    if is_blocked:
        browser.presses("lost/block")
    assert browser.presses("lost/replace").headers["location"] == f"/{SLUG}/card"
    new = browser.cookies[f"card-{SLUG}"]
    assert new not in ("", old)
    said = cafe.cards.shop.said(card_id)
    assert (said.is_active, said.stamp_count) == (True, 7)
    assert "7 of 10 stamps" in browser.page("card")
    assert holder.get("card").headers["location"] == f"/{SLUG}/join"
    assert (
        kinds(cafe, card_id)
        == [Kind.CARD_DEACTIVATED, Kind.CARD_REPLACED, Kind.CARD_REACTIVATED][
            slice(None) if is_blocked else slice(1, 2)
        ]
    )
    assert has_its_books_in_order(cafe.cards.shop)


def test_other_sessions_end_when_a_card_is_replaced(cafe: CardOffice, lost: tuple[UUID, Browser]) -> None:
    _card_id, browser = lost
    email = browser.page("data").split("How you are reached ")[1].split(" ")[0]
    thief = Browser(cafe)
    thief.signs_in(email)
    browser.presses("lost/replace")
    assert thief.get("data").status_code == 303 and browser.get("data").status_code == 200


def test_an_answer_that_was_lost_is_given_again_and_the_browser_finds_the_new_code(
    cafe: CardOffice, lost: tuple[UUID, Browser]
) -> None:
    card_id, browser = lost
    again = Browser(cafe, dict(browser.cookies))
    key = {"_key": "5d0a4f0c-9d0a-6d1f-8c7f-0f430f430f43"}
    first = browser.form("lost/replace", **key)
    second = again.form("lost/replace", **key)
    assert (second.status_code, second.headers["location"]) == (first.status_code, first.headers["location"])
    assert kinds(cafe, card_id) == [Kind.CARD_REPLACED]
    assert "7 of 10 stamps" in again.page("card")


def test_a_card_is_replaced_three_times_in_thirty_days(cafe: CardOffice, lost: tuple[UUID, Browser]) -> None:
    _card_id, browser = lost
    email = browser.page("data").split("How you are reached ")[1].split(" ")[0]
    answers = [browser.presses("lost/replace").status_code for _ in range(REPLACEMENTS_MAX + 1)]
    assert answers == [303] * REPLACEMENTS_MAX + [422]
    assert "Please ask at the counter" in browser.page("lost")
    cafe.cards.shop.passes(seconds=WITHIN.total_seconds() + 1)
    browser.signs_in(email)
    assert browser.presses("lost/replace").status_code == 303


def test_what_the_shop_has_switched_off_no_owner_switches_on(cafe: CardOffice, lost: tuple[UUID, Browser]) -> None:
    card_id, browser = lost
    owner = Caller(cafe.app, signed_in_again(cafe.server, f"owner-{SLUG}@example.com"))
    owner.post(f"/api/store/v1/{SLUG}/cards/{card_id}/deactivate", {"reason": "a question"}, idempotency_key=KEY)
    assert not cafe.cards.shop.said(card_id).is_active
    assert [browser.presses(f"lost/{act}").status_code for act in ("block", "replace")] == [422, 422]
    assert not cafe.cards.shop.said(card_id).is_active
    assert "ask at the counter" in browser.page("lost")


def test_tills_that_may_not_have_heard_are_named_by_their_stores(cafe: CardOffice, lost: tuple[UUID, Browser]) -> None:
    _card_id, browser = lost
    assert "All tills have a network" in browser.page("lost")
    cafe.cards.shop.passes(minutes=5)
    cafe.cards.tills[0].sync()
    browser.presses("lost/block")
    page = browser.page("lost")
    assert "may still know it: Belval." in page and "Gare" not in page
    cafe.cards.tills[1].sync()
    assert "may still know it" not in browser.page("lost")


def test_the_api_does_the_same(cafe: CardOffice, lost: tuple[UUID, Browser]) -> None:
    card_id, browser = lost
    person, path = browser.program(), f"/api/customer/v1/{SLUG}/me"
    blocked = person.post(f"{path}/block", idempotency_key=KEY).json()
    assert (blocked["id"], blocked["is_active"], blocked["stamps"]) == (str(card_id), False, 7)
    replaced = person.post(f"{path}/replace", idempotency_key=KEY).json()
    assert replaced["is_active"] and replaced["code"] not in (None, blocked["code"])
    assert replaced["number"] != blocked["number"]
