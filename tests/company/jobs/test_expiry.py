"""The job `expiry`: points lapse on their day, once, and come back where an earlier activity arrives late."""

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from loyalty.transactions import Effect, PointsAdjusted
from server.db.job_queue import DueJob
from server.db.tables import cards, transactions
from server.jobs import dormant_cards
from server.jobs.runner import CARDS_MAX, CARDS_MIN, Runner, fitting
from server.jobs.schedule import JOBS
from server.ledger.own_bookings import lapses
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.support.paper_shop import OPENING, PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

JOB = next(job for job in JOBS if job.name == lapses.JOB)
LISTS = next(job for job in JOBS if job.name == "lists")
THIRTY = a_coffee_program(points_expire_after_days=30)
NIGHT = datetime(2026, 4, 1, 1, 10, tzinfo=UTC)  # 03:10 in Luxembourg, 30 days after OPENING


class Killed(BaseException):
    """The process is killed."""


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(THIRTY)
    return shop.till()


def a_card(shop: PaperShop, till: PaperTill, points: int = 40) -> UUID:
    """A card that gets its points now."""
    card_id = shop.enrolled(till)
    till.earn(card_id, points * 100)
    till.sync()
    return card_id


def listed(shop: PaperShop) -> Runner:
    """A worker, with all cards in the list."""
    worker = a_worker(shop, PaperClock(shop.now), JOB, LISTS)
    assert worker.run(DueJob(shop.company_id, LISTS.name))
    return worker


def runs(shop: PaperShop, at: datetime) -> int:
    """Runs the job at a time; returns how many cards lost their points."""
    worker, shop.now = listed(shop), at
    before = len(expired(shop))
    assert worker.run(DueJob(shop.company_id, JOB.name), at)
    return len(expired(shop)) - before


def expired(shop: PaperShop) -> list[Any]:
    return shop.rows(transactions, kind="points_expired")


def balance(shop: PaperShop, card_id: UUID) -> int:
    points: int = shop.card(card_id).points_balance
    return points


def test_points_lapse_in_the_night_their_day_begins_and_not_before(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_card(shop, till)
    assert runs(shop, NIGHT - timedelta(days=1)) == 0
    assert runs(shop, NIGHT) == 1
    (fact,) = expired(shop)
    assert (fact.transaction_id, fact.points, fact.occurred_at) == (uuid5(card_id, "expired 2026-04-01"), -40, NIGHT)
    assert balance(shop, card_id) == 0
    assert shop.said(card_id).last_activity_at == OPENING, "an expiry is no activity"


def test_the_days_are_those_of_the_companys_zone(shop: PaperShop, till: PaperTill) -> None:
    """Earned at half past midnight in Auckland, an hour that in UTC and in Luxembourg belongs to the day before."""
    shop.set(time_zone="Pacific/Auckland")
    shop.now = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    a_card(shop, till)
    assert runs(shop, datetime(2026, 4, 1, 10, 59, tzinfo=UTC)) == 0  # still the 1st there
    assert runs(shop, datetime(2026, 4, 1, 11, 1, tzinfo=UTC)) == 1


def test_an_activity_the_list_has_not_heard_of_keeps_the_points(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_card(shop, till)
    worker = listed(shop)
    shop.passes(days=29)
    till.stamp(card_id)
    till.sync()
    assert worker.run(DueJob(shop.company_id, JOB.name), NIGHT)
    assert balance(shop, card_id) == 40


@pytest.mark.slow
def test_a_second_run_on_the_same_day_books_nothing_twice(shop: PaperShop, till: PaperTill) -> None:
    card_id = a_card(shop, till)
    assert runs(shop, NIGHT) == 1
    shop.book(card_id, PointsAdjusted(points=7, reason="sorry"), Effect(points=7))
    assert runs(shop, NIGHT + timedelta(hours=1)) == 0, "what a manager gave today lapses tomorrow"
    assert runs(shop, NIGHT + timedelta(days=1)) == 1
    assert balance(shop, card_id) == 0


@pytest.mark.slow
def test_a_purchase_before_the_expiry_that_arrives_after_it_brings_the_points_back(
    shop: PaperShop, till: PaperTill
) -> None:
    card_id = a_card(shop, till)
    shop.passes(days=20)
    till.earn(card_id, 500)  # not sent yet
    assert runs(shop, NIGHT) == 1
    till.sync()
    assert balance(shop, card_id) == 45
    assert shop.kinds(card_id)[-3:] == ["points_expired", "expiry_reversed", "points_earned"]
    assert runs(shop, NIGHT + timedelta(days=19)) == 0
    assert runs(shop, NIGHT + timedelta(days=20)) == 1
    assert balance(shop, card_id) == 0


def test_a_program_without_expiry_takes_nothing(shop: PaperShop) -> None:
    a_card(shop, shop.till())
    assert runs(shop, NIGHT + timedelta(days=4000)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_batch_and_resumed_it_books_what_an_unkilled_run_books(
    shop: PaperShop, till: PaperTill, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows themselves are equal to those of an unkilled run, whose order is that of last activity."""
    monkeypatch.setattr(dormant_cards, "CARDS_AT_ONCE", 2)
    monkeypatch.setattr(dormant_cards, "fitting", lambda size, _took_s: size)
    order = []
    for _ in range(7):
        order.append(a_card(shop, till))
        shop.passes(minutes=1)
    clock, chance, expire, began = PaperClock(NIGHT), random.Random(seed), lapses.expire, shop.rows(cards)[0].version
    listed(shop)
    kills = 0

    def killed(*args: Any) -> int:
        nonlocal kills
        done = expire(*args)
        if chance.random() < 0.5:
            kills += 1
            raise Killed  # before the commit
        return done

    def killed_at_rest() -> None:
        nonlocal kills
        kills += 1
        raise Killed

    monkeypatch.setattr(lapses, "expire", killed)
    for _ in range(100):
        hands = Hands()
        hands.meanwhile = [killed_at_rest] if chance.random() < 0.5 else []
        try:
            a_worker(shop, clock, JOB, hands=hands).run(DueJob(shop.company_id, JOB.name), NIGHT)
            break
        except Killed:
            clock.passes(seconds=61)
    assert kills
    found = sorted(expired(shop), key=lambda row: row.version)
    assert [row.card_id for row in found] == order
    versions = [row.version for row in found]
    assert versions == list(range(versions[0], versions[0] + 14, 2)) and versions[0] > began


@pytest.mark.slow
def test_two_workers_at_once_book_nothing_twice(shop: PaperShop, till: PaperTill) -> None:
    chosen = [a_card(shop, till) for _ in range(12)]
    listed(shop)
    clock = PaperClock(NIGHT)
    workers = [a_worker(shop, clock, JOB) for _ in range(2)]
    workers[0].round()  # sees the job for the first time and waits for its hour
    clock.passes(days=1)
    threads = [threading.Thread(target=worker.round) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(row.card_id for row in expired(shop)) == sorted(chosen)


def test_a_new_companys_job_waits_for_its_hour(shop: PaperShop, till: PaperTill) -> None:
    a_card(shop, till)
    listed(shop)
    clock = PaperClock(NIGHT + timedelta(hours=4))
    worker = a_worker(shop, clock, JOB)
    worker.round()
    assert not expired(shop)
    clock.now = NIGHT + timedelta(days=1, seconds=-1)
    worker.round()
    assert not expired(shop)
    clock.passes(seconds=1)
    worker.round()
    assert len(expired(shop)) == 1


@pytest.mark.parametrize(
    ("cards", "took_s", "fits"),
    [(100, 0.05, 200), (100, 0.2, 50), (400, 0.01, CARDS_MAX), (20, 60.0, CARDS_MIN), (100, 0.0, 200)],
)
def test_a_batch_is_as_large_as_fits_into_100_ms(cards: int, took_s: float, fits: int) -> None:
    assert fitting(cards, took_s) == fits
