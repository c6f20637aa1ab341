"""The time of entries, from tills whose clocks may be wrong by years."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from server.db.tables import transactions
from server.ledger.rows.entry_times import TOLERANCE
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill, Written


def booked_at(shop: PaperShop, entry: Written) -> datetime:
    (row,) = shop.rows(transactions, transaction_id=entry.id)
    found: datetime = row.occurred_at
    return found


def test_a_good_clock_is_believed_to_the_second(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.clock_error = timedelta(seconds=-90)
    stamp = till.stamp(card)
    claimed = shop.now - timedelta(seconds=90)
    shop.passes(hours=3)
    till.sync()
    assert booked_at(shop, stamp) == claimed
    assert till.verdict(stamp).notes == ()


@pytest.mark.parametrize("off", [timedelta(days=900), timedelta(days=-900), timedelta(minutes=-3)])
def test_within_a_boot_running_time_places_an_entry_exactly(shop: PaperShop, off: timedelta) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.clock_error = off
    stamped_at = shop.now
    stamp = till.stamp(card)
    shop.passes(hours=5)
    till.sync()
    assert booked_at(shop, stamp) == stamped_at
    assert till.verdict(stamp).notes == ("clock_corrected",)


def test_nothing_happens_in_the_future(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.clock_error = timedelta(minutes=1)
    stamp = till.stamp(card)
    till.sync()
    assert booked_at(shop, stamp) == shop.now
    assert till.verdict(stamp).notes == ()


def earlier_boot(shop: PaperShop, off: timedelta) -> tuple[PaperTill, Written, datetime, datetime]:
    """A stamp in a boot without contact: its till, the time learned last, and the start of the next boot."""
    till = shop.till()
    card = shop.enrolled(till)
    anchored = shop.now
    shop.passes(hours=2)
    till.clock_error = off
    stamp = till.stamp(card)
    shop.passes(hours=2)
    till.restart_machine()
    restarted = shop.now
    shop.passes(hours=2)
    till.sync()
    return till, stamp, anchored, restarted


def test_an_earlier_boot_is_believed_between_its_anchors(shop: PaperShop) -> None:
    _, stamp, anchored, restarted = earlier_boot(shop, timedelta(minutes=30))
    assert booked_at(shop, stamp) == anchored + timedelta(hours=2, minutes=30)
    assert anchored < booked_at(shop, stamp) < restarted


def test_an_earlier_boot_that_is_years_ahead_ends_where_the_next_boot_began(shop: PaperShop) -> None:
    till, stamp, _, restarted = earlier_boot(shop, timedelta(days=3000))
    assert booked_at(shop, stamp) == restarted + TOLERANCE
    assert till.verdict(stamp).notes == ("clock_corrected",)


def test_an_earlier_boot_that_is_years_behind_begins_where_the_server_was_heard_last(shop: PaperShop) -> None:
    till, stamp, anchored, _ = earlier_boot(shop, timedelta(days=-3000))
    assert booked_at(shop, stamp) == anchored - TOLERANCE
    assert till.verdict(stamp).notes == ("clock_corrected",)


def test_a_till_without_an_anchor_was_at_least_paired(shop: PaperShop) -> None:
    till = shop.till()
    paired_at = shop.now
    card = shop.enrolled(till)
    stamp = till.stamp(card, anchored_at=None, occurred_at=datetime(1, 1, 1, tzinfo=UTC))
    till.restart_machine()
    till.sync()
    assert booked_at(shop, stamp) == paired_at - TOLERANCE


def test_a_clock_set_back_an_hour_opens_no_way_around_a_cooldown(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(cooldown_minutes=30))
    shop.set(conflict="enforce")
    till = shop.till()
    card = shop.enrolled(till)
    first = till.stamp(card)
    shop.passes(minutes=5)
    till.clock_error = timedelta(hours=-1)
    second = till.stamp(card)
    till.sync()
    assert (till.verdict(first).stamps, till.verdict(second).stamps) == (1, 0)


def test_an_anchor_of_year_one_stops_nobody(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card, anchored_at=datetime(1, 1, 1, tzinfo=UTC), occurred_at=datetime(1, 1, 1, tzinfo=UTC))
    till.restart_machine()
    till.sync()
    assert till.verdict(stamp).word == "accepted"


def test_a_running_time_of_ages_stops_nobody(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card, monotonic_ms=2**52)
    till.sync()
    assert till.verdict(stamp).word == "accepted"
    assert booked_at(shop, stamp) <= shop.now


def test_a_running_time_below_zero_is_unreadable_and_stops_nobody(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd, stamp = till.stamp(card, monotonic_ms=-1), till.stamp(card)
    till.sync()
    assert (till.verdict(odd).word, till.verdict(stamp).word) == ("rejected", "accepted")


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        lambda _till: {"monotonic_ms": 0},
        lambda _till: {"boot": uuid4(), "occurred_at": LONG_AGO, "anchored_at": None},
        lambda till: {"boot": uuid4(), "occurred_at": LONG_AGO, "anchored_at": till.anchored_at - timedelta(days=39)},
        lambda _till: {"boot": uuid4(), "occurred_at": LONG_AGO, "anchored_at": LONG_AGO, "running_ms": 2**50},
    ],
)
def test_no_clock_places_an_entry_before_a_journal_that_did_not_have_it(
    shop: PaperShop, said: Callable[[PaperTill], dict[str, Any]]
) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(days=40)
    till.sync()
    heard_at = shop.now
    shop.passes(minutes=30)
    stamp = till.stamp(card, **said(till))
    till.sync()
    assert heard_at - TOLERANCE <= booked_at(shop, stamp) <= shop.now
    assert till.verdict(stamp).notes == ("clock_corrected",)


def test_a_month_without_contact_is_placed_day_by_day_however_many_pages_it_takes(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.sync()
    shop.set(review_rewards_per_day="1,10")
    stamps = []
    for day in range(30):
        if day % 7 == 6:
            till.restart_machine()
        stamps.append((till.stamp(card, 5), shop.now))
        shop.passes(days=1)
    while till.acked_seq < len(till.journal):
        till.exchange(till.page(count=4))
        if till.acked_seq < 20:
            stamps.append((till.stamp(card), shop.now))
        shop.passes(minutes=1)
    assert [booked_at(shop, stamp) for stamp, _ in stamps] == [at for _, at in stamps]
    assert shop.cases() == []
