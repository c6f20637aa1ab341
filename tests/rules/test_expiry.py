"""Expiry of points, and its reversal by late activities."""

from datetime import UTC, date, datetime

import pytest

from loyalty.expiry import expires_on, lapsed, undone_by
from loyalty.settings import Settings
from loyalty.transactions import Effect, PointsExpired
from tests.support.builders import a_card, a_program, a_transaction, days, minutes, noon

ZONE = Settings().zone
THIRTY_DAYS = a_program(points_expire_after_days=30)


def test_points_lapse_so_many_days_after_the_last_visit() -> None:
    assert expires_on(a_card(points=5, last_activity_at=noon), THIRTY_DAYS, ZONE) == date(2026, 4, 1)


def test_points_of_a_program_without_expiry_stay() -> None:
    card = a_card(points=5, last_activity_at=noon)
    assert expires_on(card, a_program(), ZONE) is None
    assert lapsed(card, a_program(), ZONE, noon + days(9999)) is None


def test_a_card_without_points_or_without_a_visit_has_nothing_to_lose() -> None:
    assert lapsed(a_card(points=0, last_activity_at=noon), THIRTY_DAYS, ZONE, noon + days(99)) is None
    assert lapsed(a_card(points=5), THIRTY_DAYS, ZONE, noon + days(99)) is None


def test_the_day_begins_where_the_company_is() -> None:
    """30 days after 2 March is 1 April, in summer time: midnight in Luxembourg is 22:00 UTC."""
    card = a_card(points=5, last_activity_at=noon)
    midnight = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    assert lapsed(card, THIRTY_DAYS, ZONE, midnight - minutes(1)) is None
    assert lapsed(card, THIRTY_DAYS, ZONE, midnight) == Effect(points=-5)


def test_a_visit_late_in_the_evening_counts_for_the_companys_day() -> None:
    half_past_midnight = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert expires_on(a_card(points=5, last_activity_at=half_past_midnight), THIRTY_DAYS, ZONE) == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("visit_days_before", "undone"), [(1, True), (29, True), (30, False), (31, False), (0, False), (-1, False)]
)
def test_an_expiry_is_undone_by_a_visit_that_would_have_prevented_it(visit_days_before: int, undone: bool) -> None:
    expiry = a_transaction(PointsExpired(), Effect(points=-5), at=noon)
    assert undone_by(expiry, noon - days(visit_days_before), THIRTY_DAYS, ZONE) is undone


def test_under_a_program_without_expiry_no_visit_undoes_one() -> None:
    expiry = a_transaction(PointsExpired(), Effect(points=-5), at=noon)
    assert not undone_by(expiry, noon - days(1), a_program(), ZONE)
