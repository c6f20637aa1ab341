"""Passes follow their cards: makers are told of each change once at least, and of nothing else; no till waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Connection

from server.cards.booking_asks import EditCustomer
from server.db.units import Units
from server.wallet import makers, state, telling
from server.wallet.makers import MakerName, Outcome, Verdict
from server.wallet.state import Condition
from tests.support.databases import ON_SQLITE
from tests.support.wallets.paper_maker import DOWN, TRY_LATER, WELL
from tests.support.wallets.pass_shop import PassShop, a_told_pass


def test_a_stamp_is_told_once(passes: PassShop) -> None:
    one = a_told_pass(passes)
    assert [content.stamps for _, content in passes.maker.told] == [3]
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    passes.passes(hours=2)
    assert [content.stamps for _, content in passes.maker.told] == [3, 4]
    assert passes.row(one).condition is Condition.CURRENT


@ON_SQLITE
def test_changes_before_the_jobs_look_are_one(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.stamp(one.card_id)
    passes.stamp(one.card_id, 2)
    passes.passes(seconds=2)
    assert [content.stamps for _, content in passes.maker.told] == [3, 6]


@ON_SQLITE
@pytest.mark.parametrize("change", ["a note", "a setting", "another card"])
def test_what_a_pass_does_not_show_is_told_to_nobody(passes: PassShop, change: str) -> None:
    one = a_told_pass(passes)
    match change:
        case "a note":
            passes.book(one.card_id, EditCustomer(name="Marie Weber", note="likes oat milk"))
        case "a setting":
            passes.shop.set(self_void_minutes="5")
        case _:
            passes.stamp(passes.customer())
    passes.passes(seconds=2)
    passes.passes(hours=1)
    assert len(passes.maker.told) == 1
    assert passes.row(one).condition is Condition.CURRENT


@ON_SQLITE
def test_a_late_answer_says_nothing_of_what_a_pass_shows_by_then(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.stamp(one.card_id)

    def somebody_asks() -> None:
        passes.stamp(one.card_id)
        with passes.shop.units.write_unlocked() as conn:
            telling.looked_up(passes.reader(conn), passes.row(one))

    passes.maker.meanwhile.append(somebody_asks)
    passes.passes(seconds=2)
    passes.passes(seconds=10)
    assert [content.stamps for _, content in passes.maker.told] == [3, 4, 5]
    assert passes.row(one).condition is Condition.CURRENT


@ON_SQLITE
def test_a_company_without_passes_pays_nothing(passes: PassShop) -> None:
    passes.stamp(passes.customer())
    passes.passes(seconds=2)
    assert passes.maker.told == []


@ON_SQLITE
def test_a_change_while_the_maker_answers_is_told_after_it(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.stamp(one.card_id)

    def another() -> None:
        passes.shop.passes(seconds=1)
        passes.clock.now = passes.shop.now
        passes.stamp(one.card_id)
        with passes.shop.units.write_unlocked() as conn:
            state.mark_cards(conn, one.company_id, 0, passes.shop.now)

    passes.maker.meanwhile.append(another)
    passes.passes(seconds=2)
    passes.passes(seconds=2)
    assert [content.stamps for _, content in passes.maker.told] == [3, 4, 5]
    assert passes.row(one).condition is Condition.CURRENT


# Retries.


@ON_SQLITE
def test_a_maker_that_wants_it_later_is_asked_later_and_later_for_a_week(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.maker.outcome = TRY_LATER
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    waits, now = [], passes.shop.now
    with passes.shop.units.write_unlocked() as conn:
        while (due := state.due(conn, one.company_id, list(MakerName), now + timedelta(hours=1), 1)) and due[0].next_at:
            waits.append(int((due[0].next_at - now).total_seconds()))
            now = due[0].next_at
            state.note(conn, due[0], TRY_LATER, now)
    assert waits[:7] == [5, 30, 120, 600, 3600, 3600, 3600]
    assert 7 * 86_400 <= sum(waits) < 8 * 86_400
    assert (passes.row(one).condition, passes.row(one).error) == (Condition.FAILING, "429")
    passes.maker.outcome = WELL
    passes.stamp(one.card_id)
    passes.passes(days=8)
    assert (passes.row(one).condition, passes.maker.latest.stamps) == (Condition.CURRENT, 5)


@ON_SQLITE
def test_a_time_that_the_maker_names_is_obeyed(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.maker.outcome = replace(TRY_LATER, retry_after_s=900)
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    assert passes.row(one).next_at == passes.shop.now + timedelta(seconds=900)


@ON_SQLITE
def test_what_is_our_fault_waits_for_the_next_change(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.maker.outcome = Outcome(Verdict.NEVER, "400 invalid barcode")
    passes.stamp(one.card_id)
    for _ in range(3):
        passes.passes(hours=24)
    assert len(passes.maker.told) == 2
    assert (passes.row(one).condition, passes.row(one).error) == (Condition.FAILING, "400 invalid barcode")


@ON_SQLITE
def test_what_a_phone_does_not_fetch_is_told_once_more_after_a_day(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.maker.outcome = Outcome(Verdict.TOLD)
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    assert passes.row(one).condition is Condition.TOLD
    for _ in range(6):
        passes.passes(hours=12)
    assert [content.stamps for _, content in passes.maker.told] == [3, 4, 4]


# A maker that is down.


def test_a_maker_that_is_down_is_left_alone_for_longer_and_longer(passes: PassShop) -> None:
    many = [passes.offered(passes.customer()) for _ in range(12)]
    for one in many:
        passes.till.stamp(one.card_id)
    passes.till.sync()
    passes.maker.outcome = DOWN
    passes.passes(seconds=2)
    assert len(passes.maker.told) == makers.FAILURES_MAX
    stops = []
    for _ in range(6):
        with passes.shop.units.read() as conn:
            until = makers.stopped(conn, passes.shop.now)[passes.maker.maker]
        stops.append(int((until - passes.shop.now).total_seconds()))
        passes.passes(seconds=stops[-1] - 1)
        told = len(passes.maker.told)
        passes.passes(seconds=1)
        assert len(passes.maker.told) == told + 1  # one try, and the next stop
    assert stops == [60, 120, 240, 480, 900, 900]
    passes.maker.outcome = WELL
    passes.passes(hours=1)
    assert {passes.row(one).condition for one in many} == {Condition.CURRENT}


@ON_SQLITE
def test_a_fault_of_the_installation_stops_at_once_and_names_no_pass(passes: PassShop) -> None:
    one = a_told_pass(passes)
    passes.maker.outcome = Outcome(Verdict.LATER, "403 permissionDenied", is_ours=True)
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    with passes.shop.units.read() as conn:
        assert makers.states(conn)[passes.maker.maker].error == "403 permissionDenied"
        assert makers.stopped(conn, passes.shop.now)


@ON_SQLITE
def test_a_till_waits_for_no_maker(passes: PassShop) -> None:
    """While a maker keeps the job waiting the till's exchange is answered, and what it brings is told next."""
    one = a_told_pass(passes)
    passes.stamp(one.card_id)
    acked: list[int] = []

    def drain() -> None:
        passes.till.stamp(one.card_id, 2)
        passes.till.sync()
        acked.append(passes.till.acked_seq)

    passes.maker.meanwhile.append(drain)
    passes.passes(seconds=2)
    assert acked == [len(passes.till.journal)]
    passes.passes(seconds=2)
    assert passes.maker.latest.stamps == 6


# A process that is killed.


class Killed(BaseException):
    """The process has ended; nothing is tidied up."""


class Mortal:
    """Units of work of a process that is killed before or after one of them commits, counted from 0."""

    def __init__(self, units: Units, dies_at: int, *, before_commit: bool) -> None:
        self._units, self._left, self._before = units, dies_at, before_commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._units, name)

    @contextmanager
    def write_unlocked(self) -> Iterator[Connection]:
        dies = self._left == 0
        self._left -= 1
        with self._units.write_unlocked() as conn:
            yield conn
            if dies and self._before:
                raise Killed
        if dies:
            raise Killed


@ON_SQLITE
@pytest.mark.slow
@pytest.mark.parametrize("before_commit", [True, False], ids=["before", "after"])
def test_a_job_that_is_killed_at_any_step_tells_each_change_and_ends_right(
    passes: PassShop, before_commit: bool
) -> None:
    cards = [passes.customer() for _ in range(2)]
    many = [passes.offered(card_id) for card_id in cards]
    step, survived = 0, False
    while not survived:
        for card_id in cards:
            passes.till.stamp(card_id)
        passes.till.sync()
        passes.shop.passes(seconds=2)
        passes.clock.now = passes.shop.now
        units = cast(Units, Mortal(passes.shop.units, step, before_commit=before_commit))
        before = len(passes.maker.told)
        survived = True
        try:
            passes.new_worker(units).round()
        except Killed:
            survived = False
        passes.passes(minutes=2)  # the lease of the dead is over
        told = {pass_id: content.stamps for pass_id, content in passes.maker.told[before:]}
        expected = step + 1
        assert told == {one.id: expected for one in many}, f"killed at {step}"
        assert {passes.row(one).condition for one in many} == {Condition.CURRENT}
        assert len(passes.maker.told) - before <= 3  # none is told more often than the killing explains
        step += 1
    assert step > 6
