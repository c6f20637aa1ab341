"""A till that is in contact and acknowledges nothing is a case for its company; honest tills are none."""

import pytest

from server.db.work_tables import cases
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill


def withholds(shop: PaperShop, till: PaperTill, *, hours: int) -> None:
    """Exchanges every hour, and says each time that it has read no further."""
    read = till.cursors
    for _hour in range(hours):
        till.exchange()
        till.cursors = read
        shop.passes(hours=1)


@pytest.mark.slow
def test_a_till_that_acknowledges_nothing_for_a_day_is_one_case_for_as_long_as_it_goes_on(shop: PaperShop) -> None:
    till = shop.till()
    shop.set(self_void_minutes="20")
    withholds(shop, till, hours=24)
    assert shop.cases() == []
    withholds(shop, till, hours=60)
    (case,) = shop.rows(cases)
    assert (case.kind, case.terminal_id, case.entry_id) == ("not_taken_in", till.id, None)
    assert (shop.now - case.occurred_at).days == 3
    till.sync()
    withholds(shop, till, hours=60)
    assert shop.cases() == [], "it has read all there is"
    assert [(row.state, row.settled_by) for row in shop.rows(cases)] == [("settled", "taken_in")]
    shop.set(void_allowed="false")
    withholds(shop, till, hours=60)
    assert shop.cases() == ["not_taken_in"]


@pytest.mark.parametrize("hours_away", [1, 30])
def test_a_till_that_acknowledges_at_each_contact_is_none(shop: PaperShop, hours_away: int) -> None:
    till = shop.till()
    for number in range(12):
        shop.set(self_void_minutes=str(20 + number))
        shop.passes(hours=hours_away)
        till.exchange()
    assert shop.cases() == []


def test_answers_lost_on_some_bad_days_are_none(shop: PaperShop) -> None:
    till = shop.till()
    for number in range(3):
        shop.set(self_void_minutes=str(20 + number))
        for _lost in range(4):
            till.send(till.request())
            shop.passes(hours=9)
        till.exchange()
    assert shop.cases() == []
