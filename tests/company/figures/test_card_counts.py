"""How many cards there are, are in use, and are new."""

from datetime import timedelta

from loyalty.transactions import NO_EFFECT, CardDeactivated
from server.figures import card_counts
from server.figures.card_counts import CardCounts
from server.jobs.schedule import JOBS
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop


def test_cards_in_use_are_switched_on_and_were_used_within_a_year(shop: PaperShop) -> None:
    till, began = shop.till(), shop.now
    used, off, _ = (shop.enrolled(till) for _ in range(3))
    shop.book(off, CardDeactivated(), NO_EFFECT)
    shop.passes(days=300)
    till.stamp(used)
    shop.enrolled(till)
    a_worker(shop, PaperClock(shop.now), *(job for job in JOBS if job.name == "lists")).round()
    with shop.units.read() as conn:
        assert card_counts.counts(conn, shop.company_id, shop.now) == CardCounts(cards=4, active=3)
        assert card_counts.counts(conn, shop.company_id, began + timedelta(days=366)) == CardCounts(cards=4, active=2)
        assert card_counts.new_cards(conn, shop.company_id, began, began + timedelta(days=1)) == 3
        assert card_counts.new_cards(conn, shop.company_id, began + timedelta(days=1), shop.now) == 0
