"""Enrolment, deactivation and replacement of cards."""

from dataclasses import replace

from loyalty.enrolment import create, deactivate, reactivate, replace_code, welcome
from loyalty.fold import fold
from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.transactions import (
    NO_EFFECT,
    CardCreated,
    CardDeactivated,
    CardReactivated,
    Effect,
    WelcomeBonus,
)
from tests.support.builders import HERE, a_blank, a_card, a_program, a_transaction, noon


def test_a_blank_becomes_a_customers_card() -> None:
    assert create(a_blank(), Settings()) == NO_EFFECT
    card = fold(a_blank(), a_transaction(CardCreated()))
    assert not card.is_blank
    assert (card.created_at, card.enrolled_at_store, card.last_activity_at) == (noon, HERE, noon)


def test_a_card_is_handed_out_once() -> None:
    assert create(a_card(), Settings()) == Refusal(Reason.ALREADY_ENROLLED)


def test_a_customer_has_one_card() -> None:
    assert create(a_blank(), Settings(), contact_has_card=True) == Refusal(Reason.CONTACT_HAS_CARD)


def test_enrolment_at_the_counter_can_be_off() -> None:
    assert create(a_blank(), replace(Settings(), counter_enrolment=False)) == Refusal(Reason.ENROLMENT_OFF)


def test_the_welcome_is_given_once_a_card_and_where_there_is_one() -> None:
    program = a_program(welcome_bonus=20)
    assert welcome(a_card(), program) == Effect(points=20)
    assert welcome(a_card(welcome_given=True), program) is None
    assert welcome(a_card(), a_program()) is None
    assert welcome(a_card(), a_program("stamps", welcome_bonus=20)) is None


def test_the_welcome_counts_as_points_earned_and_starts_no_cooldown() -> None:
    card = fold(a_card(), a_transaction(WelcomeBonus(), Effect(points=20)))
    assert (card.points_balance, card.total_points_earned, card.last_points_at) == (20, 20, noon)
    assert card.welcome_given
    assert card.last_stamp_at is None


def test_a_card_is_switched_off_and_on_once_each() -> None:
    off = a_card(is_active=False)
    assert deactivate(a_card()) == NO_EFFECT
    assert deactivate(off) == Refusal(Reason.ALREADY_INACTIVE)
    assert reactivate(off) == NO_EFFECT
    assert reactivate(a_card()) == Refusal(Reason.ALREADY_ACTIVE)
    assert reactivate(off, is_erased=True) == Refusal(Reason.CARD_ERASED)
    assert not fold(a_card(), a_transaction(CardDeactivated())).is_active
    assert fold(off, a_transaction(CardReactivated())).is_active


def test_a_card_is_replaced_by_a_blank_and_by_nothing_else() -> None:
    card = a_card("old")
    assert replace_code(card, a_blank("new")) == NO_EFFECT
    assert replace_code(card, a_blank("new"), is_erased=True) == Refusal(Reason.CARD_ERASED)
    assert replace_code(card, a_card("somebody's")) == Refusal(Reason.NOT_A_BLANK)
    assert replace_code(a_blank("same"), a_blank("same")) == Refusal(Reason.NOT_A_BLANK)
