"""Limits of balances, and of returns to what was bought: exceeding them leads to a rejection or a case."""

import pytest

from loyalty.money import POINTS_MAX, STAMPS_MAX
from loyalty.transactions import PointsAdjusted, PointsVoided, StampsAdjusted
from server.db.work_tables import cases
from tests.support.paper_shop import PaperShop


def test_a_balance_at_its_limit_takes_no_more_and_the_card_goes_on(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    filled = [
        till.write(StampsAdjusted(stamps=STAMPS_MAX, reason="full"), card),
        till.write(PointsAdjusted(points=POINTS_MAX, reason="full"), card),
    ]
    more = [
        till.stamp(card),
        till.earn(card, 100),
        till.write(StampsAdjusted(stamps=1, reason="more"), card),
        till.write(PointsAdjusted(points=1, reason="more"), card),
    ]
    less = till.write(StampsAdjusted(stamps=-1, reason="less"), card)
    fits = till.stamp(card)
    till.sync()
    assert {till.verdict(one).word for one in filled} == {"accepted"}
    assert {(till.verdict(one).word, till.verdict(one).reason) for one in more} == {("rejected", "balance_full")}
    assert (till.verdict(less).word, till.verdict(fits).word) == ("accepted", "accepted")
    assert (shop.card(card).stamp_count, shop.card(card).points_balance) == (STAMPS_MAX, POINTS_MAX)


def test_a_reward_given_back_to_a_full_card_is_rejected(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card, 10)
    taken = till.redeem(card)
    till.write(StampsAdjusted(stamps=STAMPS_MAX, reason="full"), card)
    back = till.void_redemption(card, taken.id)
    till.sync()
    assert (till.verdict(back).word, till.verdict(back).reason) == ("rejected", "balance_full")


@pytest.mark.parametrize("parts", [(600, 600), (999, 2), (400, 10**9), (1, 1000)])
def test_returns_at_two_tills_take_the_rest_with_a_case(shop: PaperShop, parts: tuple[int, int]) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    bought = one.earn(card, 1000)
    one.sync()
    first, second = one.void_points(card, bought.id, parts[0]), other.void_points(card, bought.id, parts[1])
    one.sync()
    other.sync()
    assert (one.verdict(first).word, other.verdict(second).word) == ("accepted", "adjusted")
    assert other.verdict(second).notes == ("return_too_large",)
    assert one.verdict(first).points + other.verdict(second).points == -10
    assert shop.card(card).points_balance == 0
    (case,) = shop.rows(cases)
    assert (case.kind, case.entry_id, case.card_id) == ("return_too_large", second.id, card)


@pytest.mark.slow
def test_two_whole_returns_of_one_purchase_are_a_case(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    bought = one.earn(card, 1000)
    one.sync()
    one.void_points(card, bought.id)
    second = other.void_points(card, bought.id)
    one.sync()
    other.sync()
    assert (other.verdict(second).word, other.verdict(second).reason) == ("rejected", "already_voided")
    assert shop.cases() == ["return_too_large"]


def test_a_return_of_what_no_purchase_can_be_is_rejected(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    bought = till.earn(card, 1000)
    odd = [till.write(PointsVoided(corrects=bought.id, amount_minor=amount), card) for amount in (0, -1, 10**30)]
    till.sync()
    assert {till.verdict(one).word for one in odd} == {"rejected"}
    assert shop.card(card).points_balance == 10
