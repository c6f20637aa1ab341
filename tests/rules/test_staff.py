"""Trivial PINs and lock-outs."""

from dataclasses import replace

import pytest

from loyalty.refusals import Reason, Refusal
from loyalty.settings import Settings
from loyalty.staff import LOCK_DOUBLINGS_MAX, PinTries, Role, pin_refusal, reset_refusal

MINUTE = 60.0


def wrong_times(count: int, tries: PinTries, running_s: float = 0.0) -> PinTries:
    for _ in range(count):
        tries = tries.tried(running_s, Settings())
    return tries


@pytest.mark.parametrize("pin", ["0000", "1111", "1234", "4321", "7890", "9876", "3210", "8901", "2109"])
def test_a_pin_that_anybody_tries_first_is_refused(pin: str) -> None:
    assert pin_refusal(pin, Settings()) == Refusal(Reason.PIN_TRIVIAL)


@pytest.mark.parametrize("pin", ["4711", "2580", "1122", "1243", "0001"])
def test_any_other_pin_can_be_set(pin: str) -> None:
    assert pin_refusal(pin, Settings()) is None


@pytest.mark.parametrize("pin", ["", "471", "47111", "47a1", "٤٧١١", "47 1"])
def test_a_pin_has_as_many_digits_as_the_company_says(pin: str) -> None:
    assert pin_refusal(pin, Settings()) == Refusal(Reason.PIN_LENGTH, limit=4)


def test_a_longer_pin_is_asked_for_where_the_company_wants_one() -> None:
    six = replace(Settings(), pin_length=6)
    assert pin_refusal("4711", six) == Refusal(Reason.PIN_LENGTH, limit=6)
    assert pin_refusal("471147", six) is None
    assert pin_refusal("123456", six) == Refusal(Reason.PIN_TRIVIAL)


def test_five_wrong_pins_lock_for_a_quarter_of_an_hour() -> None:
    four = wrong_times(4, PinTries())
    assert four.refusal(0.0) is None
    assert four.left(Settings()) == 1
    five = wrong_times(1, four)
    assert five.refusal(0.0) == Refusal(Reason.PIN_LOCKED, minutes=15)
    assert five.refusal(15 * MINUTE - 1) == Refusal(Reason.PIN_LOCKED, minutes=1)
    assert five.refusal(15 * MINUTE) is None


def test_every_further_lock_out_lasts_twice_as_long() -> None:
    tries, running_s, lengths = PinTries(), 0.0, []
    for _ in range(4):
        tries = wrong_times(5, tries, running_s)
        lengths.append((tries.locked_until_s - running_s) / MINUTE)
        running_s = tries.locked_until_s
    assert lengths == [15, 30, 60, 120]


def test_a_lock_out_never_grows_beyond_six_weeks() -> None:
    hardened = PinTries(lockouts=LOCK_DOUBLINGS_MAX + 50)
    assert wrong_times(5, hardened).locked_until_s == 15 * MINUTE * 2**LOCK_DOUBLINGS_MAX


def test_the_right_pin_forgives_everything() -> None:
    assert wrong_times(9, PinTries()).passed() == PinTries()


def test_tries_left_are_never_negative_when_fewer_are_allowed_than_before() -> None:
    three = replace(Settings(), pin_attempts=3)
    four_wrong = wrong_times(4, PinTries())
    assert four_wrong.left(three) == 0
    assert four_wrong.tried(0.0, three).refusal(0.0) == Refusal(Reason.PIN_LOCKED, minutes=15)


def test_managers_and_owners_manage_and_cashiers_do_not() -> None:
    assert [role for role in Role if role.manages] == [Role.MANAGER, Role.OWNER]


@pytest.mark.parametrize(
    ("manager", "colleague", "reason"),
    [
        (Role.CASHIER, Role.CASHIER, Reason.NOT_A_MANAGER),
        (Role.CASHIER, Role.OWNER, Reason.NOT_A_MANAGER),
        (Role.MANAGER, Role.CASHIER, None),
        (Role.MANAGER, Role.MANAGER, None),
        (Role.MANAGER, Role.OWNER, Reason.OWNER_NEEDED),
        (Role.OWNER, Role.CASHIER, None),
        (Role.OWNER, Role.OWNER, None),
    ],
)
def test_managers_let_anybody_choose_a_new_pin_but_owners(
    manager: Role, colleague: Role, reason: Reason | None
) -> None:
    no = reset_refusal(manager, colleague)
    assert (None if no is None else no.reason) == reason
