"""Rewards that are taken with a card after its owner has blocked or replaced it, as tills hand them over later."""

from uuid import UUID

import pytest

from loyalty.transactions import StampRedeemed
from sync.protocol.entries import ByCard, ByNumber, ByToken, CardReference
from sync.protocol.sealing import number_hmac, token_hash
from tests.support import owners
from tests.support.databases import ON_SQLITE
from tests.support.merges import balance, has_its_books_in_order, merged
from tests.support.paper_shop import PaperShop

BLOCK, REPLACE = ("block",), ("replace",)
CASE, OFF = ["blocked_code"], ["card_inactive"]


def named(shop: PaperShop, card_id: UUID, code: tuple[str, str], used: str) -> CardReference:
    """How a till names the card: by its id, or by a code."""
    match used:
        case "token":
            return ByToken(hash=token_hash(code[0]))
        case "number":
            lookup = shop.keys.company(shop.company_id).lookup
            return ByNumber(number_hmac(lookup, code[1]), lookup.id)
        case _:
            return ByCard(id=card_id)


def acts(shop: PaperShop, card_id: UUID, done: tuple[str, ...]) -> tuple[str, str] | None:
    """Has the owner block and replace; returns the new code and number."""
    new = None
    for act in done:
        if act == "block":
            owners.block(shop, card_id)
        else:
            made = owners.replace(shop, card_id)
            new = made.token, made.number
    return new


@pytest.mark.parametrize(
    ("done", "used", "is_after", "was_told", "opened"),
    [
        (BLOCK, "card", True, False, CASE),
        (BLOCK, "token", True, False, CASE),
        (BLOCK, "card", False, False, []),
        (BLOCK, "card", True, True, OFF),
        (REPLACE, "card", True, False, CASE),
        (REPLACE, "token", True, False, CASE),
        (REPLACE, "card", False, False, []),
        (REPLACE, "card", True, True, []),
        (REPLACE, "new token", True, False, []),
        (REPLACE, "new number", True, False, []),
        (BLOCK + REPLACE, "card", True, False, CASE),
        (BLOCK + REPLACE, "token", True, False, CASE),
        (BLOCK + REPLACE, "new token", True, False, []),
        (BLOCK + REPLACE, "card", False, False, []),
        ((), "card", True, False, []),
    ],
)
@ON_SQLITE
def test_a_reward_is_a_case_if_its_code_had_been_blocked_and_its_till_could_not_know(
    shop: PaperShop, *, done: tuple[str, ...], used: str, is_after: bool, was_told: bool, opened: list[str]
) -> None:
    here, there = shop.till("Till 1"), shop.till("Till 2")
    (blank,) = shop.blanks()
    here.enrol(blank.id, name="Zoe")
    here.stamp(blank.id, 10)
    here.sync()
    there.sync()
    if not is_after:
        there.redeem(blank.id)
    shop.passes(minutes=5)
    new = acts(shop, blank.id, done)
    if was_told:
        there.sync()
    shop.passes(minutes=5)
    if is_after:
        code = new if used.startswith("new ") and new is not None else (blank.token, blank.number)
        there.write(StampRedeemed(), named(shop, blank.id, code, used.removeprefix("new ")))
    there.sync()
    assert shop.cases() == opened
    assert shop.said(blank.id).stamp_count == 0, "it counts wherever its code leads"
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_stamps_by_a_blocked_code_count_and_are_no_case(shop: PaperShop) -> None:
    here, there = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(here)
    there.sync()
    owners.replace(shop, card)
    there.stamp(card, 3)
    there.earn(card, 500)
    there.sync()
    assert balance(shop, card) == (3, 5) and shop.cases() == []


@ON_SQLITE
def test_a_card_that_was_blocked_before_it_was_put_together_with_another_keeps_that(shop: PaperShop) -> None:
    here, there = shop.till("Till 1"), shop.till("Till 2")
    stays, goes = shop.enrolled(here), shop.enrolled(here)
    here.stamp(goes, 10)
    here.sync()
    there.sync()
    shop.passes(minutes=5)
    owners.replace(shop, goes)
    shop.passes(minutes=5)
    there.redeem(goes)
    merged(shop, stays, goes)
    there.sync()
    assert shop.cases() == CASE and balance(shop, stays) == (0, 0)
