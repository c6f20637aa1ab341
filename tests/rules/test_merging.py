"""Merging of two cards of one customer."""

from collections.abc import Iterable
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from loyalty.card import MARKS_KEPT, Card, StampMark
from loyalty.merging import fold_into, joined, left_behind, merge, older, welcome_of
from loyalty.money import COUNTED_MAX, POINTS_MAX, STAMPS_MAX
from loyalty.refusals import Reason, Refusal
from loyalty.stamps import earn_stamps
from loyalty.transactions import (
    NO_EFFECT,
    CardCreated,
    CardsMerged,
    Effect,
    StampEarned,
    StampVoided,
    Transaction,
    WelcomeBonus,
)
from loyalty.voids import Original, take_back
from tests.support.builders import (
    ELSEWHERE,
    HERE,
    a_blank,
    a_card,
    a_program,
    a_transaction,
    an_id,
    days,
    given,
    minutes,
    noon,
)

ONE = a_card("one")
OTHER = a_card("other")
ZONE = ZoneInfo("Europe/Luxembourg")


def welcomed(name: str, points: int) -> Card:
    return a_card(name, points=points, welcome_given=True)


def merged(one: Card, other: Card, effect: Effect = NO_EFFECT) -> Transaction:
    return a_transaction(CardsMerged(merged=other.id), effect, card=one, name=f"{one.id} takes {other.id}")


def folded(ledger: Iterable[Transaction]) -> dict[UUID, Card]:
    cards: dict[UUID, Card] = {}
    for fact in ledger:
        fold_into(cards, fact)
    return cards


def test_the_card_that_stays_has_what_both_had() -> None:
    early, late = noon - days(3), noon - days(1)
    one = a_card("one", stamps=4, points=7, stamped_at=[late], last_activity_at=late)._replace(
        total_stamps_earned=14, stamps_redeemed=1, total_points_earned=70, points_redeemed=63, last_points_at=late
    )
    other = a_card("other", stamps=3, points=5, stamped_at=[early], last_activity_at=noon)._replace(
        total_stamps_earned=3, total_points_earned=5, last_points_at=early, last_redemption_at=early
    )
    both = joined(one, other)
    assert both.id == one.id
    assert (both.stamp_count, both.total_stamps_earned, both.stamps_redeemed) == (7, 17, 1)
    assert (both.points_balance, both.total_points_earned, both.points_redeemed) == (12, 75, 63)
    assert (both.last_points_at, both.last_redemption_at, both.last_activity_at) == (late, early, noon)
    assert [mark.occurred_at for mark in both.marks] == [early, late]
    assert both.merged == (other.id,)


def test_whichever_stays_it_counts_as_handed_out_when_the_first_was_and_where_it_was_itself() -> None:
    first = ONE._replace(created_at=noon, enrolled_at_store=HERE)
    second = OTHER._replace(created_at=noon + days(1), enrolled_at_store=ELSEWHERE)
    for stays, goes in ((first, second), (second, first)):
        both = joined(stays, goes)
        assert (both.created_at, both.enrolled_at_store) == (noon, stays.enrolled_at_store)
    assert older(second, first) == older(first, second) == first


def test_of_two_cards_handed_out_at_once_it_is_always_the_same_that_is_older() -> None:
    assert older(ONE, OTHER) == older(OTHER, ONE)


def test_what_is_left_of_the_other_card_is_where_it_leads() -> None:
    rich = a_card("other", stamps=3, points=5, stamped_at=[noon], last_activity_at=noon, welcome_given=True)
    left = left_behind(rich._replace(merged=(an_id("third"),)), ONE.id)
    assert left == Card(
        id=rich.id,
        created_at=rich.created_at,
        enrolled_at_store=rich.enrolled_at_store,
        merged=(an_id("third"),),
        merged_into=ONE.id,
    )


def test_the_cooldown_holds_over_both() -> None:
    both = joined(ONE, a_card("other", stamps=1, stamped_at=[noon]))
    program = a_program(cooldown_minutes=30)
    assert earn_stamps(both, program, ZONE, noon + minutes(10)) == Refusal(Reason.COOLDOWN, minutes=20)


def test_the_days_limit_holds_over_both() -> None:
    both = joined(a_card("one", stamped_at=[noon]), a_card("other", stamped_at=[noon + minutes(5)]))
    program = a_program(max_stamps_per_day=2)
    assert earn_stamps(both, program, ZONE, noon + minutes(10)) == Refusal(Reason.STAMPS_PER_DAY, limit=2)


def test_single_stamps_are_remembered_as_long_as_on_one_card() -> None:
    long_ago = noon - MARKS_KEPT - minutes(1)
    both = joined(a_card("one", stamped_at=[long_ago]), a_card("other", stamped_at=[noon]))
    assert [mark.occurred_at for mark in both.marks] == [noon]


@pytest.mark.parametrize(
    ("one", "other", "welcome", "taken"),
    [
        (welcomed("one", 20), welcomed("other", 30), 30, Effect(points=-30)),
        (welcomed("one", 20), welcomed("other", 0), 30, Effect(points=-20, shortfall=10)),
        (welcomed("one", 0), welcomed("other", 0), 30, Effect(shortfall=30)),
        (welcomed("one", 20), OTHER, 0, NO_EFFECT),
        (ONE, welcomed("other", 30), 30, NO_EFFECT),
        (ONE, OTHER, 0, NO_EFFECT),
    ],
)
def test_one_welcome_stays(one: Card, other: Card, welcome: int, taken: Effect) -> None:
    assert merge(one, other, welcome) == taken


def test_in_a_chain_one_welcome_stays_too() -> None:
    """Of three welcomes two are taken back."""
    one, two, three = (a_card(name) for name in ("one", "two", "three"))
    ledger = [a_transaction(CardCreated(), card=card, name=f"{card.id} created") for card in (one, two, three)]
    for card, gift in ((one, 20), (two, 30), (three, 50)):
        ledger.append(a_transaction(WelcomeBonus(), Effect(points=gift), card=card, name=f"{card.id} welcomed"))
    for stays, goes in ((two, three), (one, two)):
        cards = folded(ledger)
        other = cards[goes.id]
        effect = merge(cards[stays.id], other, welcome_of(fact for fact in ledger if other.has_ledger_of(fact.card_id)))
        ledger.append(merged(stays, goes, given(effect)))
    last = folded(ledger)[one.id]
    assert last.points_balance == welcome_of(ledger) == 20
    assert last.merged == (two.id, three.id)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (a_blank("other"), Reason.CARD_BLANK),
        (a_card("other", is_active=False), Reason.CARD_INACTIVE),
        (left_behind(OTHER, an_id("third")), Reason.CARD_MERGED),
        (left_behind(OTHER, ONE.id), Reason.CARD_MERGED),
        (a_card("other", stamps=STAMPS_MAX), Reason.BALANCE_FULL),
        (a_card("other", points=POINTS_MAX), Reason.BALANCE_FULL),
        (OTHER._replace(total_stamps_earned=COUNTED_MAX), Reason.BALANCE_FULL),
        (OTHER._replace(total_points_earned=COUNTED_MAX), Reason.BALANCE_FULL),
    ],
)
def test_some_cards_cannot_be_merged_whichever_stays(other: Card, reason: Reason, turned: bool) -> None:
    one = a_card("one", stamps=1, points=1)._replace(total_stamps_earned=1, total_points_earned=1)
    pair = (other, one) if turned else (one, other)
    assert merge(*pair, 0) == Refusal(reason)


def test_a_card_cannot_be_merged_with_itself() -> None:
    assert merge(ONE, ONE, 0) == Refusal(Reason.SAME_CARD)


def test_merging_changes_neither_the_last_activity_nor_the_welcome_of_the_card_that_stays() -> None:
    cards = {one.id: one for one in (a_card("one", last_activity_at=noon - days(5)), OTHER)}
    after = fold_into(cards, merged(ONE, OTHER))
    assert after.last_activity_at == noon - days(5)
    assert not after.welcome_given
    assert cards[OTHER.id].merged_into == ONE.id


def test_what_was_booked_on_the_other_card_is_taken_back_from_the_one_that_stays() -> None:
    stamped = a_transaction(StampEarned(count=3), Effect(stamps=3), card=OTHER)
    void = StampVoided(corrects=stamped.id)
    both = joined(ONE, a_card("other", stamps=3))
    assert take_back(both, void, Original(stamped)) == Effect(stamps=-3)
    assert take_back(ONE, void, Original(stamped)) == Refusal(Reason.VOID_OTHER_CARD)


def test_a_void_of_the_other_cards_stamp_ends_its_cooldown() -> None:
    stamp = a_transaction(StampEarned(), Effect(stamps=1), card=OTHER)
    cards = {ONE.id: ONE, OTHER.id: OTHER}
    fold_into(cards, stamp)
    fold_into(cards, merged(ONE, OTHER))
    void = a_transaction(StampVoided(corrects=stamp.id), Effect(stamps=-1), card=ONE, name="void")
    assert [mark.transaction_id for mark in cards[ONE.id].marks] == [stamp.id]
    assert fold_into(cards, void).marks == ()


def test_marks_of_two_cards_are_in_order() -> None:
    moments = [noon + minutes(minute) for minute in (3, 1, 2)]
    one = ONE._replace(marks=(StampMark(an_id("c"), moments[0], 1),))
    other = OTHER._replace(marks=tuple(StampMark(an_id(str(at)), at, 1) for at in sorted(moments[1:])))
    assert [mark.occurred_at for mark in joined(one, other).marks] == sorted(moments)
