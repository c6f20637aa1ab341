"""Drafts of a program: what they would change, and how a version is published, scheduled and withdrawn."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from loyalty.program import Program, ProgramKind, Reward, StampReward
from server.companies import programs
from server.companies.programs import State
from server.db.tables import cards, transactions
from server.figures import program_drafts
from server.figures.gauges import Owed
from server.figures.program_drafts import Draft, Effects, Grant
from server.jobs.schedule import JOBS
from server.refusals import ChangedMeanwhile, No, Refused
from sync.protocol.rows import Table
from tests.company.jobs.workers import PaperClock, a_worker
from tests.support.paper_shop import PaperShop

pytestmark = pytest.mark.slow

TEN = Program(
    kind=ProgramKind.HYBRID,
    stamps_target=10,
    stamp_reward=StampReward(name="Coffee", value_minor=350),
    rewards=(Reward(id="cake", name="Cake", cost=50), Reward(id="mug", name="Mug", cost=80)),
)
TWELVE = replace(
    TEN,
    stamps_target=12,
    rewards=(Reward(id="cake", name="Cake", cost=40), Reward(id="mug", name="Mug", cost=90)),
)


BALANCES = ((9, 45), (10, 60), (11, 0), (25, 85))


@pytest.fixture
def busy(shop: PaperShop) -> PaperShop:
    """Cards with the stamps and points of `BALANCES`."""
    shop.set_program(TEN)
    till = shop.till()
    for (stamps, points), blank in zip(BALANCES, shop.blanks(len(BALANCES)), strict=True):
        till.enrol(blank.id, name="Ana")
        till.stamp(blank.id, stamps)
        if points:
            till.earn(blank.id, points * 100)
    till.sync()
    clock = PaperClock(shop.now + timedelta(seconds=1))
    a_worker(shop, clock, *(job for job in JOBS if job.name == "lists")).round()
    return shop


def draft(shop: PaperShop, program: Program, holds_from: datetime | None = None, seen: int | None = None) -> Draft:
    with shop.units.read() as conn:
        newest = programs.newest_number(conn, shop.company_id)
    return Draft(program, holds_from, newest if seen is None else seen)


def look(shop: PaperShop, program: Program, holds_from: datetime | None = None) -> Effects:
    written = draft(shop, program, holds_from)
    with shop.units.read() as conn:
        return program_drafts.effects(conn, shop.company_id, written, shop.now)


def publish(
    shop: PaperShop, program: Program, holds_from: datetime | None = None, grant: Grant | None = None
) -> Program:
    written = draft(shop, program, holds_from)
    with shop.units.write(shop.company_id) as conn:
        return program_drafts.publish(conn, shop.company_id, written, grant, shop.keys, shop.now)[0]


def withdraw(shop: PaperShop, number: int) -> None:
    with shop.units.write(shop.company_id) as conn:
        programs.withdraw(conn, shop.company_id, number, shop.now)


def states(shop: PaperShop) -> dict[int, State]:
    with shop.units.read() as conn:
        return {one.program.version: one.state for one in programs.listed(conn, shop.company_id, shop.now)}


def balances(shop: PaperShop) -> list[tuple[int, int]]:
    with shop.units.read() as conn:
        rows = conn.execute(select(cards.c.stamp_count, cards.c.points_balance))
        return sorted((row.stamp_count, row.points_balance) for row in rows)


def no_of(call: Callable[[], object]) -> No:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def test_a_draft_tells_its_changes_and_who_loses_or_gains(busy: PaperShop) -> None:
    found = look(busy, TWELVE)
    assert [(one.field, one.before, one.after, one.reward) for one in found.changes] == [
        ("stamps_target", 10, 12, None),
        ("rewards.cost", 50, 40, "cake"),
        ("rewards.cost", 80, 90, "mug"),
    ]
    assert [(one.name, one.losing, one.gaining) for one in found.rewards] == [
        ("Coffee", 2, 0),  # 10 and 11; 25 is still above one row
        ("Cake", 0, 1),  # 45
        ("Mug", 1, 0),  # 85
    ]
    assert found.owed_before == Owed(round(55 * 350 / 10), None)
    assert found.owed_after == Owed(round(Fraction(55 * 350, 12)), None)
    assert (found.tills, found.tills_silent) == (1, 0)


def test_what_cards_lack_is_what_a_publication_gives(busy: PaperShop) -> None:
    before, found = balances(busy), look(busy, TWELVE)
    publish(busy, TWELVE, grant=Grant.MISSING)
    clock = PaperClock(busy.now)
    a_worker(busy, clock, *(job for job in JOBS if job.name == "program_start")).round()
    after = balances(busy)
    assert found.stamps_missing == sum(one[0] for one in after) - sum(one[0] for one in before) > 0
    assert found.points_missing == sum(one[1] for one in after) - sum(one[1] for one in before) > 0


def test_who_publishes_chooses_what_happens_to_cards_that_lose(busy: PaperShop) -> None:
    before = balances(busy)
    assert no_of(lambda: publish(busy, TWELVE)) is No.GRANT_MISSING
    later = busy.now + timedelta(days=3)
    assert no_of(lambda: publish(busy, TWELVE, later)) is No.GRANT_MISSING
    assert publish(busy, TWELVE, grant=Grant.TELL).stamps_target == 12
    assert balances(busy) == before


def test_a_reward_that_is_gone_is_lost_by_all_who_reached_it(busy: PaperShop) -> None:
    found = look(busy, replace(TEN, kind=ProgramKind.POINTS, rewards=TEN.rewards[:1]))
    assert [(one.name, one.after, one.losing) for one in found.rewards] == [("Coffee", None, 3), ("Mug", None, 1)]
    assert not found.must_choose and not found.asks_more


def test_a_later_version_may_take_what_is_reached_until_then(busy: PaperShop) -> None:
    dearer = replace(TEN, stamps_target=90)
    busy.set_program(replace(TEN, stamps_target=80))
    assert not look(busy, dearer).may_choose, "no card has 80 stamps"
    assert look(busy, dearer, busy.now + timedelta(days=3)).may_choose
    assert not look(busy, replace(TEN, stamps_target=70), busy.now + timedelta(days=3)).may_choose


def test_a_scheduled_version_begins_by_itself_and_can_be_withdrawn_until_then(busy: PaperShop) -> None:
    till = busy.till("Till 2")
    begins = busy.now + timedelta(days=3)
    scheduled = publish(busy, TWELVE, begins, Grant.TELL)
    till.sync()
    assert (till.knows(Table.PROGRAM), states(busy)[scheduled.version]) == (3, State.SCHEDULED)
    withdraw(busy, scheduled.version)
    till.sync()
    assert (till.knows(Table.PROGRAM), states(busy)[scheduled.version]) == (2, State.WITHDRAWN)
    assert no_of(lambda: withdraw(busy, scheduled.version)) is No.PROGRAM_UNKNOWN
    again = publish(busy, TWELVE, begins, Grant.TELL)
    assert again.version == scheduled.version + 1  # the number stays taken
    busy.passes(days=4)
    assert states(busy)[again.version] is State.IN_FORCE
    assert states(busy)[again.version - 2] is State.ENDED
    assert no_of(lambda: withdraw(busy, again.version)) is No.PROGRAM_BEGUN


def test_a_withdrawn_version_judges_nothing(busy: PaperShop) -> None:
    till = busy.till("Till 2")
    scheduled = publish(busy, replace(TEN, stamps_target=1), busy.now + timedelta(hours=1), Grant.TELL)
    till.sync()
    withdraw(busy, scheduled.version)
    busy.passes(hours=2)
    (blank,) = busy.blanks()
    till.enrol(blank.id, name="Ben")
    till.stamp(blank.id, 1, program=scheduled.version)
    till.sync()
    with busy.units.read() as conn:
        named = select(transactions.c.program_number).where(transactions.c.card_id == blank.id)
        assert scheduled.version not in set(conn.execute(named).scalars())


def test_a_draft_upon_an_older_version_gets_the_present_one(busy: PaperShop) -> None:
    old = draft(busy, TWELVE)
    publish(busy, replace(TEN, cooldown_minutes=5))
    with busy.units.read() as conn, pytest.raises(ChangedMeanwhile) as stale:
        program_drafts.effects(conn, busy.company_id, old, busy.now)
    assert stale.value.present["program"]["cooldown_minutes"] == 5


def test_a_version_begins_after_now_and_after_every_other(busy: PaperShop) -> None:
    begins = busy.now + timedelta(days=3)
    assert no_of(lambda: look(busy, TWELVE, busy.now - timedelta(minutes=1))) is No.PROGRAM_TOO_EARLY
    assert no_of(lambda: look(busy, TWELVE, busy.now + timedelta(days=3000))) is No.PROGRAM_TOO_EARLY
    publish(busy, TWELVE, begins, Grant.TELL)
    assert no_of(lambda: look(busy, TEN)) is No.PROGRAM_TOO_EARLY
    assert no_of(lambda: look(busy, TEN, begins)) is No.PROGRAM_TOO_EARLY
    assert look(busy, TEN, begins + timedelta(days=1)).changes[0].before == 12
    assert no_of(lambda: publish(busy, TWELVE, begins + timedelta(days=1))) is No.PROGRAM_UNCHANGED
