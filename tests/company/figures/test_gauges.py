"""Gauges: noted once a day by the company's clock, and what is owed."""

from datetime import UTC, datetime

import pytest

from loyalty.program import Reward, StampReward
from server.db.work_tables import gauges as rows
from server.figures import gauges
from server.figures.card_counts import CardCounts
from server.figures.gauges import Owed
from server.jobs.schedule import JOBS
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop, a_coffee_program

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CAKE = Reward(id="cake", name="Cake", cost=50, value_minor=400)


@ON_SQLITE
def test_a_gauge_is_noted_half_an_hour_into_each_day_of_the_companys(shop: PaperShop) -> None:
    """Over a night in which the clock goes forward; a worker that looks late notes the day on which it looks."""
    clock = PaperClock(datetime(2026, 3, 28, 20, tzinfo=UTC))
    worker = a_worker(shop, clock, *(job for job in JOBS if job.name == "gauges"))
    noted = []
    for moment in (
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 3, 28, 23, 29, tzinfo=UTC),  # 00:29 in Luxembourg
        datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 29, tzinfo=UTC),  # 00:29 in summer
        datetime(2026, 3, 29, 22, 30, tzinfo=UTC),
        datetime(2026, 4, 2, 12, tzinfo=UTC),
    ):
        clock.now = moment
        worker.round()
        noted.append(sorted(row.day[5:] for row in shop.rows(rows)))
    assert noted == [
        ["03-28"],
        ["03-28"],
        ["03-28", "03-29"],
        ["03-28", "03-29"],
        ["03-28", "03-29", "03-30"],
        ["03-28", "03-29", "03-30", "04-02"],
    ]


def test_what_is_owed_is_not_known_where_no_reward_has_a_value() -> None:
    cards = CardCounts(cards=3, active=3, new=0, stamps=25, points=120)
    valued = a_coffee_program(stamp_reward=StampReward(name="Coffee", value_minor=350), rewards=(CAKE,))
    assert gauges.owed(valued, cards) == Owed(875, 960)
    assert gauges.owed(valued, cards).all_minor == 1835
    unvalued = a_coffee_program(rewards=(CAKE,))
    assert gauges.owed(unvalued, cards) == Owed(None, 960)
    assert gauges.owed(unvalued, cards).all_minor is None
    assert gauges.owed(None, cards).all_minor == 0
