"""How many cards there are, are in use, and are new."""

import random
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from loyalty.transactions import NO_EFFECT, CardDeactivated, CardReactivated
from server.cards import card_list
from server.cards.card_list import Changes
from server.db.columns import day_of
from server.db.tables import companies
from server.db.work_tables import card_days
from server.db.work_tables import card_list as listed_rows
from server.figures import card_counts
from server.figures.card_counts import CardCounts
from server.jobs.schedule import JOBS
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow


def counted(shop: PaperShop, now: datetime) -> CardCounts:
    with shop.units.read() as conn:
        return card_counts.counts(conn, companies.c.company_id == shop.company_id, now)[shop.company_id]


def follow(shop: PaperShop) -> None:
    a_worker(shop, PaperClock(shop.now), *(job for job in JOBS if job.name == "lists")).round()


def test_cards_in_use_are_switched_on_and_were_used_within_a_year(shop: PaperShop) -> None:
    till, began = shop.till(), shop.now
    used, off, _ = (shop.enrolled(till) for _ in range(3))
    shop.book(off, CardDeactivated(), NO_EFFECT)
    shop.passes(days=300)
    till.stamp(used)
    shop.enrolled(till)
    follow(shop)
    assert counted(shop, shop.now) == CardCounts(cards=4, active=3, new=0, stamps=1)
    assert counted(shop, shop.now + timedelta(seconds=1)) == CardCounts(cards=4, active=3, new=1, stamps=1)
    assert counted(shop, began + timedelta(days=366)) == CardCounts(cards=4, active=2, new=0, stamps=1)
    assert counted(shop, began + timedelta(days=1)).new == 3
    shop.book(off, CardReactivated(), NO_EFFECT)
    shop.passes(seconds=2)
    follow(shop)
    assert counted(shop, shop.now).active == 4


def test_counting_the_cards_of_a_company_anew_comes_to_the_same(shop: PaperShop) -> None:
    chance, now = random.Random(4), shop.now
    ids, stores = [uuid4() for _ in range(40)], [None, uuid4(), uuid4()]

    def a_card() -> dict[str, object]:
        at = now - timedelta(days=chance.randrange(363, 368), seconds=chance.randrange(86_400))
        return {
            "number_end": "0000",
            "enrolled_at": at,
            "enrolled_store_id": chance.choice(stores),
            "last_activity_at": at,
            "is_active": chance.random() < 0.8,
            "stamps": chance.randrange(-3, 10),
            "points": chance.randrange(-5, 90),
            "words": b"",
        }

    for _ in range(12):
        some = chance.sample(ids, 15)
        changed = Changes({one: a_card() for one in some[:11]}, frozenset(some[11:]), 0, is_all=True)
        with shop.units.write_unlocked() as conn:
            card_list.write(conn, shop.company_id, changed, now)
        with shop.units.read() as conn:
            rows = conn.execute(select(listed_rows)).all()
            enrolled = card_counts.by_store(conn, shop.company_id)
            kept = {
                (row.day, row.is_active): (row.cards, row.stamps, row.points) for row in conn.execute(select(card_days))
            }
        expected: dict[tuple[int, bool], tuple[int, int, int]] = dict.fromkeys(kept, (0, 0, 0))
        for row in rows:
            of_day = day_of(row.last_activity_at), row.is_active
            cards, stamps, points = expected.get(of_day, (0, 0, 0))
            expected[of_day] = cards + 1, stamps + max(row.stamps, 0), points + max(row.points, 0)
        assert kept == expected
        of_stores = Counter(row.enrolled_store_id for row in rows if row.enrolled_store_id is not None)
        assert {one: number for one, number in enrolled.items() if number} == of_stores
        for at in (now, now - timedelta(hours=7), now + timedelta(days=1)):
            used = [row for row in rows if row.is_active and row.last_activity_at >= at - card_counts.ACTIVE_FOR]
            held = (sum(max(getattr(row, name), 0) for row in rows) for name in ("stamps", "points"))
            assert counted(shop, at) == CardCounts(len(rows), len(used), 0, *held)
