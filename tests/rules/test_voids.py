"""Voids and returns."""

import pytest

from loyalty.card import Card
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import (
    CardCreated,
    Effect,
    PointsEarned,
    PointsRedeemed,
    PointsVoided,
    RedemptionVoided,
    StampEarned,
    StampRedeemed,
    StampVoided,
    Transaction,
)
from loyalty.voids import Original, take_back, void_body, voided_whole
from tests.support.builders import a_card, a_transaction, an_id, given

STAMPS = a_transaction(StampEarned(count=3), Effect(stamps=3))
PURCHASE = a_transaction(PointsEarned(amount_minor=1000), Effect(points=15))
ROW = a_transaction(StampRedeemed(), Effect(stamps=-10))
CROISSANT = a_transaction(PointsRedeemed(reward="croissant"), Effect(points=-60))


def returned(card: Card, original: Original, amount_minor: int | None) -> tuple[Card, Original, Effect]:
    """The card and the purchase after one more return of *amount_minor*."""
    body = PointsVoided(corrects=original.transaction.id, amount_minor=amount_minor)
    effect = given(take_back(card, body, original))
    void = a_transaction(body, effect, name=f"return {len(original.voids)}")
    return (
        a_card(points=card.points_balance + effect.points),
        Original(original.transaction, (*original.voids, void)),
        effect,
    )


def test_a_void_takes_back_what_the_visit_gave() -> None:
    answer = take_back(a_card(stamps=5), StampVoided(corrects=STAMPS.id), Original(STAMPS))
    assert answer == Effect(stamps=-3)


def test_what_has_been_spent_cannot_be_taken_back_and_is_told() -> None:
    answer = take_back(a_card(stamps=1), StampVoided(corrects=STAMPS.id), Original(STAMPS))
    assert answer == Effect(stamps=-1, shortfall=2)


@pytest.mark.parametrize(("taken", "back"), [(ROW, Effect(stamps=10)), (CROISSANT, Effect(points=60))])
def test_a_reward_taken_back_gives_back_its_stamps_or_points(taken: Transaction, back: Effect) -> None:
    assert take_back(a_card(), RedemptionVoided(corrects=taken.id), Original(taken)) == back


def test_a_reward_the_company_bore_in_part_gives_back_only_what_was_taken() -> None:
    absorbed = a_transaction(PointsRedeemed(reward="croissant"), Effect(points=-40, shortfall=20))
    assert take_back(a_card(), RedemptionVoided(corrects=absorbed.id), Original(absorbed)) == Effect(points=40)


def test_a_whole_return_takes_back_all_points() -> None:
    answer = take_back(a_card(points=20), PointsVoided(corrects=PURCHASE.id), Original(PURCHASE))
    assert answer == Effect(points=-15)


def test_returns_in_parts_take_no_more_than_the_whole() -> None:
    card, original = a_card(points=100), Original(PURCHASE)
    taken = []
    for part in (333, 333, 333, 1):
        card, original, effect = returned(card, original, part)
        taken.append(-effect.points)
    assert sum(taken) == 15
    assert taken == [5, 5, 5, 0]
    assert voided_whole(original)


def test_the_rest_of_a_purchase_can_be_returned_after_a_part() -> None:
    card, original, first = returned(a_card(points=15), Original(PURCHASE), 300)
    assert not voided_whole(original)
    card, original, rest = returned(card, original, None)
    assert (first.points, rest.points) == (-5, -10)
    assert original.returned_minor == 1000
    assert card.points_balance == 0


def test_more_than_the_rest_of_a_purchase_cannot_be_returned() -> None:
    card, original, _ = returned(a_card(points=15), Original(PURCHASE), 300)
    answer = take_back(card, PointsVoided(corrects=PURCHASE.id, amount_minor=701), original)
    assert answer == Refusal(Reason.VOID_TOO_MUCH, minimum_minor=700)


def test_what_one_return_could_not_take_is_not_taken_by_the_next() -> None:
    _, original, first = returned(a_card(points=2), Original(PURCHASE), 500)
    assert first == Effect(points=-2, shortfall=6)
    _, _, second = returned(a_card(points=100), original, 500)
    assert second == Effect(points=-7)


@pytest.mark.parametrize("part", [0, -100])
def test_a_return_of_nothing_is_none(part: int) -> None:
    answer = take_back(a_card(points=15), PointsVoided(corrects=PURCHASE.id, amount_minor=part), Original(PURCHASE))
    assert answer == Refusal(Reason.AMOUNT_NOT_POSITIVE)


@pytest.mark.parametrize("original", [STAMPS, PURCHASE, ROW, CROISSANT])
def test_nothing_is_taken_back_twice(original: Transaction) -> None:
    body = void_body(original)
    assert body is not None
    before = Original(original, (a_transaction(body, name="the first void"),))
    assert take_back(a_card(stamps=50, points=500), body, before) == Refusal(Reason.ALREADY_VOIDED)
    assert voided_whole(before)
    assert not voided_whole(Original(original))


def test_a_transaction_of_another_card_is_left_alone() -> None:
    answer = take_back(a_card("another"), StampVoided(corrects=STAMPS.id), Original(STAMPS))
    assert answer == Refusal(Reason.VOID_OTHER_CARD)


def test_a_void_must_fit_what_it_takes_back() -> None:
    card = a_card(stamps=50, points=500)
    assert take_back(card, StampVoided(corrects=PURCHASE.id), Original(PURCHASE)) == Refusal(Reason.NOT_VOIDABLE)
    assert take_back(card, PointsVoided(corrects=STAMPS.id), Original(STAMPS)) == Refusal(Reason.NOT_VOIDABLE)
    assert take_back(card, RedemptionVoided(corrects=STAMPS.id), Original(STAMPS)) == Refusal(Reason.NOT_VOIDABLE)
    void = a_transaction(StampVoided(corrects=STAMPS.id), Effect(stamps=-3), name="a void")
    assert take_back(card, StampVoided(corrects=void.id), Original(void)) == Refusal(Reason.NOT_VOIDABLE)


def test_a_purchase_that_gave_nothing_can_be_returned_for_nothing() -> None:
    empty = a_transaction(PointsEarned(amount_minor=1000), Effect())
    assert take_back(a_card(points=9), PointsVoided(corrects=empty.id), Original(empty)) == Effect()


def test_every_earning_and_redemption_has_its_void_and_nothing_else_has() -> None:
    assert void_body(STAMPS) == StampVoided(corrects=an_id("transaction"))
    assert void_body(PURCHASE, 300) == PointsVoided(corrects=an_id("transaction"), amount_minor=300)
    assert void_body(ROW) == RedemptionVoided(corrects=an_id("transaction"))
    assert void_body(CROISSANT) == RedemptionVoided(corrects=an_id("transaction"))
    assert void_body(a_transaction(CardCreated())) is None
