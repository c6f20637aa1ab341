"""The job `program_start`: whoever has reached a reward when a version begins keeps it, and gets nothing twice."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from loyalty.program import Program, ProgramKind, Reward
from loyalty.transactions import GRANTED
from server.companies import programs
from server.companies.programs import Grants
from server.db.job_queue import DueJob
from server.db.tables import cards, transactions
from server.jobs import program_start
from server.jobs.schedule import JOBS
from server.ledger.judging import grants, program_changes
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = pytest.mark.slow

TEN = Program(
    kind=ProgramKind.HYBRID,
    stamps_target=10,
    rewards=(Reward(id="cake", name="Cake", cost=50), Reward(id="mug", name="Mug", cost=80)),
)
TWELVE = replace(
    TEN,
    stamps_target=12,
    rewards=(Reward(id="cake", name="Cake", cost=40), Reward(id="mug", name="Mug", cost=90)),
)
FIFTEEN = replace(TWELVE, stamps_target=15)
JOB = next(job for job in JOBS if job.name == grants.JOB)
# What cards have when the version begins, and what TWELVE owes them, by hand.
OWED = {
    (9, 40): (0, 0),
    (10, 0): (2, 0),
    (11, 79): (1, 0),
    (12, 80): (0, 10),
    (19, 89): (0, 1),
    (20, 90): (4, 0),
    (35, 200): (1, 0),
}


class Killed(BaseException):
    """The process is killed."""


@pytest.fixture
def clock(shop: PaperShop) -> PaperClock:
    return PaperClock(shop.now)


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_start, "CARDS_AT_ONCE", 2)


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(TEN)
    return shop.till()


@pytest.fixture
def served(shop: PaperShop, till: PaperTill) -> dict[Any, tuple[int, int]]:
    """A card for each balance of `OWED`, with what it is owed."""
    owed = {}
    for ((stamps, points), what), blank in zip(OWED.items(), shop.blanks(len(OWED)), strict=True):
        serve(till, blank.id, stamps, points)
        owed[blank.id] = what
    till.sync()
    return owed


def serve(till: PaperTill, card_id: Any, stamps: int, points: int = 0) -> None:
    till.enrol(card_id)
    till.stamp(card_id, stamps)
    if points:
        till.earn(card_id, points * 100)


def publish(shop: PaperShop, program: Program, begins: datetime, *, gives: bool = True) -> int:
    with shop.units.write(shop.company_id) as conn:
        return program_changes.publish(
            conn, shop.company_id, program, shop.keys, shop.now, begins, gives_missing=gives
        ).version


def given(shop: PaperShop) -> dict[Any, tuple[int, int]]:
    """What each card was granted; a card that was granted something twice has it added up."""
    found: dict[Any, tuple[int, int]] = {}
    with shop.units.read() as conn:
        query = select(transactions).where(transactions.c.reason == GRANTED)
        for row in conn.execute(query):
            stamps, points = found.get(row.card_id, (0, 0))
            found[row.card_id] = (stamps + row.stamps, points + row.points)
    return found


def told(shop: PaperShop, number: int) -> Grants | None:
    with shop.units.read() as conn:
        return programs.grants(conn, shop.company_id).get(number)


def balances(shop: PaperShop, *card_ids: Any) -> list[int]:
    with shop.units.read() as conn:
        query = select(cards.c.card_id, cards.c.stamp_count).where(cards.c.card_id.in_(card_ids))
        found = {row.card_id: row.stamp_count for row in conn.execute(query)}
    return [found[one] for one in card_ids]


def passes(shop: PaperShop, clock: PaperClock, **time: float) -> None:
    shop.passes(**time)
    clock.passes(**time)


def somewhere(seed: int) -> Iterator[bool]:
    """Whether a process is killed at its next step."""
    chance = random.Random(seed)
    while True:
        yield chance.random() < 0.4


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_batch_and_resumed_it_gives_what_an_unkilled_run_gives(
    shop: PaperShop, till: PaperTill, served: dict[Any, tuple[int, int]], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = PaperClock(shop.now)
    number = publish(shop, TWELVE, shop.now + timedelta(hours=1))
    passes(shop, clock, hours=2)
    kills, give, all_cards = somewhere(seed), grants.give, list(served)

    def killed_before_its_commit(*args: Any) -> int:
        done = give(*args)
        if next(kills):
            raise Killed
        return done

    def meanwhile() -> None:
        till.stamp(random.Random(seed).choice(all_cards), 1, program=number)  # under the new version
        till.sync()
        if next(kills):  # after its commit
            raise Killed

    monkeypatch.setattr(grants, "give", killed_before_its_commit)
    for _ in range(100):
        hands = Hands()
        hands.meanwhile = [meanwhile] * 10
        try:
            a_worker(shop, clock, JOB, hands=hands).round()
            break
        except Killed:
            passes(shop, clock, seconds=61)
    owed = {card: what for card, what in served.items() if what != (0, 0)}
    assert given(shop) == owed
    stamps, points = (sum(one[place] for one in owed.values()) for place in (0, 1))
    done = told(shop, number)
    assert done is not None and done.done_at is not None
    assert (done.cards, done.stamps, done.points) == (len(owed), stamps, points)
    with shop.units.write(shop.company_id) as conn:  # a run that has forgotten where it was gives nothing more
        history = programs.versions(conn, shop.company_id).versions
        assert give(conn, shop.company_id, grants.Change(history[-2], history[-1]), list(served), shop.now) == 0


def test_a_reward_reached_between_publication_and_beginning_is_kept(
    shop: PaperShop, till: PaperTill, clock: PaperClock
) -> None:
    early, late, after = (blank.id for blank in shop.blanks(3))
    for card in (early, late, after):
        serve(till, card, 9)
    till.stamp(early, 1)
    till.sync()
    number = publish(shop, TWELVE, shop.now + timedelta(days=3))
    worker = a_worker(shop, clock, JOB)
    worker.round()
    passes(shop, clock, days=2)
    till.stamp(late, 1)
    till.sync()
    assert worker.round() == 0, "it is not due before the version begins"
    assert given(shop) == {}
    passes(shop, clock, days=1, seconds=5)
    till.stamp(after, 1, program=number)  # reached what has ended
    till.stamp(late, 1, program=number)  # the first after the beginning
    till.sync()
    assert worker.round() == 1
    assert given(shop) == {early: (2, 0), late: (2, 0)}
    assert balances(shop, early, late, after) == [12, 13, 10]


def needed(stamps: int) -> int:
    """What TWELVE owes a card that had so many stamps: two for each full row, less what it has beyond."""
    return max(0, stamps // 10 * 12 - stamps)


@pytest.mark.parametrize("has_run", [True, False])
def test_a_reward_that_comes_to_light_late_is_kept_and_nothing_is_given_twice(
    shop: PaperShop, till: PaperTill, clock: PaperClock, *, has_run: bool
) -> None:
    """Two tills without contact go on under the old version, and come back one after the other."""
    histories = [(before, late) for before in (1, 9, 10, 11, 19, 23) for late in (1, 3, 12)]
    of = {blank.id: history for blank, history in zip(shop.blanks(len(histories)), histories, strict=True)}
    for card, (before, _) in of.items():
        serve(till, card, before)
    till.sync()
    other = shop.till("Till 2")
    number = publish(shop, TWELVE, shop.now + timedelta(hours=1))
    worker = a_worker(shop, clock, JOB)
    passes(shop, clock, hours=2)
    if has_run:
        worker.round()
    for card in of:
        till.stamp(card, 1, program=number - 1)
    till.sync()
    for card, (_, late) in of.items():
        if late > 1:
            other.stamp(card, late - 1, program=number - 1)
    other.sync()
    worker.run(DueJob(shop.company_id, grants.JOB))
    reached = {card: [needed(before), needed(before + 1), needed(before + late)] for card, (before, late) in of.items()}
    most = {card: max(all_of if has_run else all_of[1:]) for card, all_of in reached.items()}
    assert given(shop) == {card: (stamps, 0) for card, stamps in most.items() if stamps}
    for card, balance in zip(of, balances(shop, *of), strict=True):
        assert balance // TWELVE.stamps_target >= sum(of[card]) // TEN.stamps_target, "no reward is lost"
    done = told(shop, number)
    assert done is not None
    assert (done.cards, done.stamps) == (len(given(shop)), sum(stamps for stamps, _ in given(shop).values()))


def test_a_version_that_begins_at_once_gives_too(
    shop: PaperShop, clock: PaperClock, served: dict[Any, tuple[int, int]]
) -> None:
    worker = a_worker(shop, clock, JOB)
    worker.round()
    publish(shop, TWELVE, shop.now)
    assert worker.round() == 1, "it is due at once"
    assert given(shop) == {card: what for card, what in served.items() if what != (0, 0)}


def test_what_is_withdrawn_replaced_or_only_told_gives_nothing(
    shop: PaperShop, clock: PaperClock, served: dict[Any, tuple[int, int]]
) -> None:
    worker = a_worker(shop, clock, JOB)
    soon = shop.now + timedelta(hours=1)
    withdrawn = publish(shop, FIFTEEN, soon)
    with shop.units.write(shop.company_id) as conn:
        programs.withdraw(conn, shop.company_id, withdrawn, shop.now)
    publish(shop, FIFTEEN, soon)
    passes(shop, clock, minutes=1)
    publish(shop, replace(TEN, cooldown_minutes=5), shop.now)  # before the one that is scheduled
    publish(shop, FIFTEEN, soon + timedelta(hours=1), gives=False)
    for _ in range(4):
        passes(shop, clock, hours=1)
        worker.run(DueJob(shop.company_id, grants.JOB))
    assert given(shop) == {}


def test_two_versions_one_after_the_other_both_give(shop: PaperShop, till: PaperTill, clock: PaperClock) -> None:
    (card,) = (blank.id for blank in shop.blanks())
    serve(till, card, 10)
    till.sync()
    publish(shop, TWELVE, shop.now + timedelta(hours=1))
    publish(shop, FIFTEEN, shop.now + timedelta(hours=2))
    passes(shop, clock, hours=3)  # the server was off
    a_worker(shop, clock, JOB).round()
    assert balances(shop, card) == [15]


def test_who_took_the_reward_under_the_old_version_is_given_nothing(
    shop: PaperShop, till: PaperTill, clock: PaperClock
) -> None:
    (card,) = (blank.id for blank in shop.blanks())
    serve(till, card, 10)
    till.redeem(card)
    till.sync()
    publish(shop, TWELVE, shop.now)
    a_worker(shop, clock, JOB).round()
    assert (given(shop), balances(shop, card)) == ({}, [0])
