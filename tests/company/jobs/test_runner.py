"""Jobs under leases: nothing is booked twice, nothing is left out, whoever sleeps, dies or fails."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, select

from loyalty.transactions import Context, Effect, PointsAdjusted, Transaction
from server.companies import programs
from server.db import job_queue
from server.db.job_queue import DueJob
from server.db.tables import cards, companies, transactions
from server.jobs.runner import Job, Run
from server.ledger.judging.ledger_writes import WriteSet
from server.ledger.rows import cards as card_rows
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.support.paper_shop import PaperShop, a_coffee_program

pytestmark = pytest.mark.slow

CARDS, A_BATCH = 6, 2


class Killed(BaseException):
    """The process is killed."""


def tomorrow(_conn: Connection, run: Run) -> datetime:
    return run.now + timedelta(days=1)


@pytest.fixture
def clock(shop: PaperShop) -> PaperClock:
    return PaperClock(shop.now)


@pytest.fixture
def shop(shop: PaperShop) -> PaperShop:
    """A shop with cards that have one point to get."""
    till = shop.till()
    shop.set_program(a_coffee_program(welcome_bonus=0))
    for blank in shop.blanks(CARDS):
        till.enrol(blank.id)
    till.sync()
    return shop


def a_gift(shop: PaperShop, fails_at: tuple[int, ...] = ()) -> Job:
    """A job that gives each card a point, two cards a batch; it fails or dies at some of its batches."""
    batches = 0

    def give(run: Run) -> None:
        nonlocal batches
        while True:
            with run.batch(books=True) as conn:
                after = UUID(run.cursor or "00000000-0000-0000-0000-000000000000")
                mine = (cards.c.company_id == run.company, cards.c.is_blank.is_(False), cards.c.card_id > after)
                found = select(cards.c.card_id).where(*mine).order_by(cards.c.card_id).limit(A_BATCH)
                wanted = list(conn.execute(found).scalars())
                if not wanted:
                    return
                book = WriteSet(conn, run.company, shop.now)
                version = programs.in_force(conn, run.company, shop.now).version
                for opened in card_rows.load(conn, run.company, wanted).values():
                    assert opened.card.enrolled_at_store is not None
                    context = Context(
                        occurred_at=shop.now, program_version=version, store_id=opened.card.enrolled_at_store
                    )
                    body = PointsAdjusted(points=1, reason="gift")
                    fact = Transaction(
                        id=UUID(int=opened.card.id.int ^ run.now.toordinal()),
                        card_id=opened.card.id,
                        body=body,
                        effect=Effect(points=1),
                        context=context,
                    )
                    book.book(opened, fact)
                book.write()
                run.cursor = str(max(wanted))
                run.did(len(wanted))
                batches += 1
                if batches in fails_at:
                    raise (Killed if batches == fails_at[0] else ZeroDivisionError)

    return Job("gift", give, tomorrow)


def given(shop: PaperShop) -> Counter[int]:
    """How many cards got how often."""
    with shop.units.read() as conn:
        found = select(transactions.c.card_id).where(transactions.c.kind == "points_adjusted")
        return Counter(Counter(conn.execute(found).scalars()).values())


def state(shop: PaperShop) -> job_queue.JobState:
    with shop.units.read() as conn:
        return next(one for one in job_queue.listed(conn, shop.now) if one.job.name == "gift")


@pytest.mark.parametrize("asleep_after", [1, 2, 3])
def test_a_worker_that_slept_past_its_lease_books_nothing_twice(
    shop: PaperShop, clock: PaperClock, asleep_after: int
) -> None:
    hands = Hands()
    slow, quick = a_worker(shop, clock, a_gift(shop), hands=hands), a_worker(shop, clock, a_gift(shop))

    def sleeps() -> None:
        clock.passes(seconds=61)
        assert quick.round() == 1

    hands.meanwhile = [lambda: None] * (asleep_after - 1) + [sleeps]
    slow.round()
    assert given(shop) == {1: CARDS}
    assert state(shop).done == CARDS and state(shop).failed == 0


def test_a_lease_that_is_renewed_is_nobody_elses(shop: PaperShop, clock: PaperClock) -> None:
    hands = Hands()
    one, other = a_worker(shop, clock, a_gift(shop), hands=hands), a_worker(shop, clock, a_gift(shop))

    def works_on() -> None:
        clock.passes(seconds=59)
        assert other.round() == 0 and not other.run(DueJob(shop.company_id, "gift"))

    hands.meanwhile = [works_on] * 3
    assert one.round() == 1
    assert given(shop) == {1: CARDS}


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_after_a_kill_another_worker_goes_on_at_the_cursor(shop: PaperShop, clock: PaperClock, batch: int) -> None:
    with pytest.raises(Killed):
        a_worker(shop, clock, a_gift(shop, fails_at=(batch,))).round()
    assert given(shop)[1] == (batch - 1) * A_BATCH, "what was not committed is not there"
    other = a_worker(shop, clock, a_gift(shop))
    assert other.round() == 0, "the lease of the dead worker still holds"
    clock.passes(seconds=61)
    assert other.round() == 1
    assert given(shop) == {1: CARDS}


def test_a_failure_is_tried_again_later_and_later(shop: PaperShop, clock: PaperClock) -> None:
    def fails(run: Run) -> None:
        raise ZeroDivisionError

    worker, waited = a_worker(shop, clock, Job("gift", fails, tomorrow)), []
    for number in range(1, 7):
        assert worker.round() == 1 and worker.round() == 0
        assert (state(shop).failed, state(shop).error) == (number, "ZeroDivisionError")
        waited.append(state(shop).due_at - clock.now)
        clock.now = state(shop).due_at
    assert waited == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 60)]
    assert a_worker(shop, clock, a_gift(shop)).round() == 1
    assert (state(shop).failed, state(shop).error) == (0, None)


def test_a_failed_run_keeps_what_its_batches_have_done(shop: PaperShop, clock: PaperClock) -> None:
    assert a_worker(shop, clock, a_gift(shop, fails_at=(-1, 2))).round() == 1
    assert given(shop)[1] == A_BATCH
    clock.passes(minutes=1)
    assert a_worker(shop, clock, a_gift(shop)).round() == 1
    assert given(shop) == {1: CARDS}


def test_a_worker_that_stops_lets_another_go_on_at_once(shop: PaperShop, clock: PaperClock) -> None:
    hands = Hands()
    stopping = a_worker(shop, clock, a_gift(shop), hands=hands)
    hands.meanwhile = [stopping.close]
    stopping.round()
    assert given(shop)[1] == A_BATCH
    assert a_worker(shop, clock, a_gift(shop)).round() == 1
    assert given(shop) == {1: CARDS}


def test_every_batch_is_followed_by_a_rest(shop: PaperShop, clock: PaperClock) -> None:
    hands = Hands()
    a_worker(shop, clock, a_gift(shop), hands=hands).round()
    assert hands.rests == CARDS // A_BATCH + 1, "one finds nothing more"


def test_a_job_that_follows_changes_runs_only_where_something_changed(shop: PaperShop, clock: PaperClock) -> None:
    ran: list[int] = []

    def follow(run: Run) -> None:
        with run.batch() as conn:
            run.read_version = conn.execute(select(companies.c.clock)).scalar_one()
            ran.append(run.read_version)

    def at_once(_conn: Connection, run: Run) -> datetime:
        return run.now

    worker = a_worker(shop, clock, Job("gift", follow, at_once, follows=True))
    assert worker.round() == 1 and worker.round() == 0
    shop.set(self_void_minutes="7")
    assert worker.round() == 1 and worker.round() == 0
    assert ran == sorted(set(ran)) and len(ran) == 2


def test_work_wakes_the_loop_and_makes_the_job_due(shop: PaperShop, clock: PaperClock) -> None:
    worker, woken = a_worker(shop, clock, a_gift(shop)), []
    worker.round()
    shop.units.on_work = lambda: woken.append(True)
    with pytest.raises(ZeroDivisionError), shop.units.write(shop.company_id) as conn:
        job_queue.wake(conn, DueJob(shop.company_id, "gift"), clock.now)
        raise ZeroDivisionError
    shop.set(self_void_minutes="7")
    assert worker.round() == 0 and woken == []
    with shop.units.write(shop.company_id) as conn:
        job_queue.wake(conn, DueJob(shop.company_id, "gift"), clock.now)
    assert worker.round() == 1 and woken == [True]


def test_a_job_is_run_by_hand_as_if_it_were_another_time(shop: PaperShop, clock: PaperClock) -> None:
    worker, then = a_worker(shop, clock, a_gift(shop)), clock.now + timedelta(days=400)
    worker.round()
    due_at = state(shop).due_at
    assert worker.run(DueJob(shop.company_id, "gift"), then)
    assert state(shop).due_at == due_at, "another time says nothing about today"
    assert given(shop) == {2: CARDS}
    assert state(shop).done_at == clock.now, "the lease goes by the database's time"


def test_the_databases_time_is_now(shop: PaperShop) -> None:
    with shop.units.read() as conn:
        assert abs(job_queue.database_time(conn) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("died", [False, True])
def test_a_clock_that_was_ahead_for_a_while_holds_up_no_job(
    shop: PaperShop, clock: PaperClock, is_restarted: bool, died: bool
) -> None:
    ran: list[tuple[str, datetime]] = []
    began = clock.now

    def noting(name: str) -> Callable[[Run], None]:
        def note(run: Run) -> None:
            ran.append((name, run.now))
            if died and run.now > began + timedelta(days=2):
                raise Killed

        return note

    soon = Job("soon", noting("soon"), lambda _conn, run: run.now + timedelta(seconds=1))
    daily = Job("daily", noting("daily"), tomorrow, has_hour=True)
    worker = a_worker(shop, clock, soon, daily)
    clock.passes(days=30)
    with suppress(Killed):
        worker.round()
    clock.now = began + timedelta(minutes=1)
    if is_restarted or died:
        worker = a_worker(shop, clock, soon, daily)
    ran.clear()
    worker.round()
    assert ran == [("soon", clock.now)]
    clock.passes(days=1)
    worker.round()
    assert {name for name, _ in ran} == {"soon", "daily"}
