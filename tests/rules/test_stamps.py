"""Stamps: cooldown, limits, rows and rewards."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.fold import fold
from loyalty.program import COOLDOWN_MINUTES_MAX
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.stamps import (
    adjust_stamps,
    completes_reward,
    earn_stamps,
    redeem_stamps,
    stamps_granted,
    stamps_on_day,
    stamps_until_reward,
)
from loyalty.transactions import Effect, StampEarned, StampVoided
from tests.support.builders import a_blank, a_card, a_program, a_transaction, days, minutes, noon

ZONE = Settings().zone  # Europe/Luxembourg


def test_a_visit_gives_the_stamps_it_is_worth() -> None:
    assert earn_stamps(a_card(), a_program(), ZONE, noon, 3) == Effect(stamps=3)


def test_an_inactive_card_collects_nothing() -> None:
    assert earn_stamps(a_card(is_active=False), a_program(), ZONE, noon) == Refusal(Reason.CARD_INACTIVE)


def test_a_program_of_points_gives_no_stamps() -> None:
    assert earn_stamps(a_card(), a_program("points"), ZONE, noon) == Refusal(Reason.NO_STAMPS)
    assert redeem_stamps(a_card(stamps=10), a_program("points")) == Refusal(Reason.NO_STAMPS)


@pytest.mark.parametrize("count", [0, -1])
def test_no_stamp_is_not_a_visit(count: int) -> None:
    assert earn_stamps(a_card(), a_program(), ZONE, noon, count) == Refusal(Reason.COUNT_NOT_POSITIVE)


@pytest.mark.parametrize(
    ("later", "minutes_left"),
    [
        (timedelta(0), 30),
        (timedelta(minutes=17), 13),
        (timedelta(minutes=17, seconds=1), 13),
        (timedelta(minutes=29), 1),
        (timedelta(minutes=29, seconds=59, microseconds=999_999), 1),
    ],
)
def test_cooldown_is_told_in_whole_minutes_rounded_up(later: timedelta, minutes_left: int) -> None:
    card, program = a_card(stamped_at=[noon]), a_program(cooldown_minutes=30)
    assert earn_stamps(card, program, ZONE, noon + later) == Refusal(Reason.COOLDOWN, minutes=minutes_left)


def test_a_cooldown_is_over_to_the_second() -> None:
    card, program = a_card(stamped_at=[noon]), a_program(cooldown_minutes=30)
    assert earn_stamps(card, program, ZONE, noon + minutes(30)) == Effect(stamps=1)


def test_a_clock_set_back_opens_no_way_around_the_cooldown() -> None:
    card, program = a_card(stamped_at=[noon]), a_program(cooldown_minutes=30)
    assert earn_stamps(card, program, ZONE, noon - minutes(10)) == Refusal(Reason.COOLDOWN, minutes=40)
    assert earn_stamps(card, program, ZONE, noon - minutes(30)) == Effect(stamps=1)


def test_of_several_stamps_the_one_that_makes_wait_longest_is_told() -> None:
    card = a_card(stamped_at=[noon, noon + minutes(25)])
    answer = earn_stamps(card, a_program(cooldown_minutes=30), ZONE, noon + minutes(29))
    assert answer == Refusal(Reason.COOLDOWN, minutes=26)


def test_a_voided_stamp_starts_no_cooldown_and_counts_for_no_day() -> None:
    earned = a_transaction(StampEarned(), Effect(stamps=1), name="a")
    voided = a_transaction(StampVoided(corrects=earned.id), Effect(stamps=-1), name="b")
    card = fold(fold(a_card(), earned), voided)
    program = a_program(cooldown_minutes=30, max_stamps_per_day=1)
    assert earn_stamps(card, program, ZONE, noon + minutes(1)) == Effect(stamps=1)


def test_a_visit_has_its_limit() -> None:
    program = a_program(max_stamps_per_visit=3)
    assert earn_stamps(a_card(), program, ZONE, noon, 4) == Refusal(Reason.STAMPS_PER_VISIT, limit=3)
    assert earn_stamps(a_card(), program, ZONE, noon, 3) == Effect(stamps=3)


def test_a_program_without_a_limit_still_takes_no_slip_of_the_finger() -> None:
    assert earn_stamps(a_card(), a_program(), ZONE, noon, 101) == Refusal(Reason.STAMPS_PER_VISIT, limit=100)


def test_a_day_has_its_limit_and_the_whole_visit_must_fit() -> None:
    card, program = a_card(stamped_at=[noon, noon + minutes(1)]), a_program(max_stamps_per_day=3)
    assert earn_stamps(card, program, ZONE, noon + minutes(2)) == Effect(stamps=1)
    assert earn_stamps(card, program, ZONE, noon + minutes(2), 2) == Refusal(Reason.STAMPS_PER_DAY, limit=3)


def test_a_day_begins_at_midnight_where_the_company_is() -> None:
    before_midnight = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)  # 23:59 in Luxembourg
    card = a_card(stamped_at=[before_midnight])
    program = a_program(max_stamps_per_day=1)
    assert earn_stamps(card, program, ZONE, before_midnight) == Refusal(Reason.STAMPS_PER_DAY, limit=1)
    assert earn_stamps(card, program, ZONE, before_midnight + minutes(1)) == Effect(stamps=1)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),  # 23 hours long
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),  # 25 hours long
    ],
)
def test_the_days_on_which_the_clock_changes_are_one_day_each(first: datetime, last: datetime) -> None:
    card = a_card(stamped_at=[first - minutes(1), first, last, last + minutes(1)])
    assert stamps_on_day(card, ZONE, first + minutes(600)) == 2


def test_cooldown_counts_real_minutes_across_the_hour_that_comes_twice() -> None:
    before = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 02:50, ten minutes before 02:00 is repeated
    answer = earn_stamps(a_card(stamped_at=[before]), a_program(cooldown_minutes=30), ZONE, before + minutes(20))
    assert answer == Refusal(Reason.COOLDOWN, minutes=10)


def test_a_full_row_is_taken_and_the_surplus_stays() -> None:
    card = a_card(stamps=13)
    assert redeem_stamps(card, a_program(stamps_target=10)) == Effect(stamps=-10)


def test_a_row_that_is_not_full_says_what_is_missing() -> None:
    assert redeem_stamps(a_card(stamps=7), a_program()) == Refusal(Reason.STAMPS_MISSING, missing=3)
    assert redeem_stamps(a_card(stamps=10, is_active=False), a_program()) == Refusal(Reason.CARD_INACTIVE)


def test_how_many_stamps_are_missing_is_never_negative() -> None:
    assert stamps_until_reward(a_card(stamps=4), a_program()) == 6
    assert stamps_until_reward(a_card(stamps=14), a_program()) == 0


@pytest.mark.parametrize(
    ("before", "earned", "completed"),
    [(8, 1, False), (9, 1, True), (8, 3, True), (10, 1, False), (19, 1, True), (5, 25, True), (9, 0, False)],
)
def test_an_earning_completes_a_reward_also_when_a_surplus_does(before: int, earned: int, completed: bool) -> None:
    assert completes_reward(before, earned, 10) is completed


def test_a_correction_needs_a_reason_and_something_to_change() -> None:
    assert adjust_stamps(a_card(), 2, "lost paper card") == Effect(stamps=2)
    assert adjust_stamps(a_card(stamps=3), -3, "typed twice") == Effect(stamps=-3)
    assert adjust_stamps(a_card(), 2, "  ") == Refusal(Reason.REASON_MISSING)
    assert adjust_stamps(a_card(), 0, "nothing") == Refusal(Reason.NOTHING_TO_ADJUST)
    assert adjust_stamps(a_card(stamps=3), -4, "too many") == Refusal(Reason.BELOW_ZERO)
    assert adjust_stamps(a_card(), 10**6 + 1, "a cat on the keyboard") == Refusal(Reason.AMOUNT_TOO_LARGE)


def test_a_higher_target_takes_no_reward_that_was_reached() -> None:
    old, new = a_program(stamps_target=10), a_program(version=2, stamps_target=12)
    assert stamps_granted(a_card(stamps=10), old, new) == 2
    assert stamps_granted(a_card(stamps=9), old, new) == 0
    assert stamps_granted(a_card(stamps=12), old, new) == 0
    assert stamps_granted(a_card(stamps=21), old, new) == 3  # two full rows stay full


def test_nothing_is_granted_to_a_blank_or_where_there_are_no_stamps() -> None:
    old, new = a_program(stamps_target=10), a_program(version=2, stamps_target=12)
    assert stamps_granted(a_blank(), old, new) == 0
    assert stamps_granted(a_card(stamps=10), old, a_program("points", version=2)) == 0


def test_the_longest_cooldown_there_is_looks_back_far_enough() -> None:
    card = a_card()
    for hours in (0, 1):
        earned = a_transaction(StampEarned(), Effect(stamps=1), at=noon + minutes(60 * hours), name=str(hours))
        card = fold(card, earned)
    last = a_transaction(StampEarned(), Effect(stamps=1), at=noon + days(7), name="last")
    card = fold(fold(card, last), a_transaction(StampVoided(corrects=last.id), Effect(stamps=-1), name="void"))
    answer = earn_stamps(card, a_program(cooldown_minutes=COOLDOWN_MINUTES_MAX), ZONE, noon + days(7))
    assert answer == Refusal(Reason.COOLDOWN, minutes=60)


def test_old_stamps_leave_the_cards_memory_but_not_its_count() -> None:
    card = a_card()
    for day in (0, 20, 21):
        card = fold(card, a_transaction(StampEarned(), Effect(stamps=1), at=noon + days(day), name=str(day)))
    assert [mark.occurred_at for mark in card.marks] == [noon + days(20), noon + days(21)]
    assert card.stamp_count == 3
    assert card.last_stamp_at == noon + days(21)
