"""Money and conversion to points."""

from decimal import Decimal

import pytest

from loyalty.money import Money, minor_digits, points_for
from tests.support.builders import euros


@pytest.mark.parametrize(
    ("amount", "rate", "points"),
    [
        ("42.50", "1", 42),
        ("0.99", "1", 0),
        ("1.00", "1", 1),
        ("42.50", "1.5", 63),
        ("3.33", "3", 9),
        ("0.10", "10", 1),
        ("19.99", "0.1", 1),
        ("10000000.00", "10000", 100_000_000_000),
    ],
)
def test_points_are_rounded_down_once_for_the_whole_purchase(amount: str, rate: str, points: int) -> None:
    assert points_for(euros(amount), Decimal(rate)) == points


def test_a_rate_that_binary_fractions_cannot_hold_loses_no_point() -> None:
    assert int(1.1 * 30) == 33 and int(1.15 * 100) == 114  # the result with floats
    assert points_for(euros("100.00"), Decimal("1.15")) == 115


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("TND", 3), ("CHF", 2)])
def test_minor_units_follow_the_currency(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert points_for(Money(12345, currency), Decimal(1)) == 12345 // 10**digits
