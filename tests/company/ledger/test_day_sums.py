"""A day that gave a card, or a person gave out, unusually much is one case, however the day is cut into exchanges."""

from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty.transactions import PointsAdjusted, PointsEarned, StampEarned
from server.db.work_tables import cases
from server.ledger.rows.cases import unusual_id
from tests.support.paper_shop import PaperShop


@pytest.fixture
def shop(shop: PaperShop) -> PaperShop:
    shop.set(review_points_per_day="100,500", review_rewards_per_day="2,4")
    return shop


@pytest.mark.parametrize("sync_each", [True, False])
def test_a_card_above_the_days_points_is_one_case(shop: PaperShop, *, sync_each: bool) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    for amount in (6_000, 4_000, 100, 100, 9_000):
        till.earn(card, amount)
        shop.passes(minutes=1)
        if sync_each:
            till.sync()
            if amount == 4_000:
                assert shop.cases() == [], "as much as is allowed"
    till.sync()
    (case,) = shop.rows(cases)
    assert (case.kind, case.card_id, case.case_id) == ("unusual", card, unusual_id(card, shop.now.date()))


def test_yesterday_counts_apart(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(hours=14.5)  # half an hour before midnight in Luxembourg
    for hours in (1, 24, 0):
        till.earn(card, 9_000)
        till.sync()
        shop.passes(hours=hours)
    assert shop.cases() == []


@pytest.mark.slow
def test_a_person_above_the_days_sums_is_one_case(shop: PaperShop) -> None:
    till, lena = shop.till(), shop.person("Lena")
    for _card in range(7):
        till.earn(shop.enrolled(till), 9_000, staff=lena)
        till.sync()
    (case,) = shop.rows(cases)
    assert (case.kind, case.card_id, case.case_id) == ("unusual", None, unusual_id(lena, shop.now.date()))


def test_corrections_are_of_who_answers_for_them(shop: PaperShop) -> None:
    shop.set(review_points_per_day="1000,500")
    till, lena = shop.till(), shop.person("Lena")
    till.write(PointsAdjusted(points=600, reason="gift"), shop.enrolled(till), staff=lena)
    till.sync()
    (case,) = shop.rows(cases)
    assert case.case_id == unusual_id(shop.manager, shop.now.date())


def test_rewards_are_counted_as_well(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    for _day in range(2):
        till.stamp(card, 20)
        till.sync()
        shop.passes(days=1)
    for _reward in range(3):
        assert shop.cases() == []
        till.redeem(card)
        till.sync()
    assert shop.cases() == ["unusual"]


@pytest.mark.parametrize("sync_each", [True, False])
def test_stamps_are_measured_by_the_rewards_that_they_fill(shop: PaperShop, *, sync_each: bool) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    for count in (9, 11, 1, 5):
        till.stamp(card, count)
        if sync_each:
            till.sync()
            if count == 11:
                assert shop.cases() == [], "as many as fill two rewards"
    till.sync()
    (case,) = shop.rows(cases)
    assert (case.kind, case.card_id, case.case_id) == ("unusual", card, unusual_id(card, shop.now.date()))


@pytest.mark.slow
def test_a_persons_stamps_are_summed_over_all_cards(shop: PaperShop) -> None:
    till, lena = shop.till(), shop.person("Lena")
    for _card in range(3):
        assert shop.cases() == []
        till.stamp(shop.enrolled(till), 15, staff=lena)
        till.sync()
    (case,) = shop.rows(cases)
    assert (case.kind, case.case_id) == ("unusual", unusual_id(lena, shop.now.date()))


@pytest.mark.parametrize("gives", ["points", "stamps"])
def test_a_till_in_contact_cannot_spread_a_gift_over_days_of_before(shop: PaperShop, gives: str) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(days=40)
    till.sync()
    shop.passes(minutes=5)
    for day in range(30):
        at = shop.now - timedelta(days=day)
        gift = StampEarned(count=10) if gives == "stamps" else PointsEarned(amount_minor=9_000)
        till.write(gift, card, boot=uuid4(), occurred_at=at, anchored_at=at)
    till.sync()
    assert shop.cases() == ["unusual"]
