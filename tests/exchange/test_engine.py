"""The engine, by events only: when it exchanges, with how much, and that no history of events confuses it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync import pages
from sync.engine import (
    BACKOFF_MAX_S,
    HURRY_S,
    POLL_MAX_S,
    REST_S,
    Action,
    Answered,
    Applied,
    Apply,
    Asked,
    Event,
    ExchangeFailed,
    Now,
    Phase,
    SendExchange,
    Sent,
    SyncState,
    Ticked,
    TillFailed,
    WaitUntil,
    Woken,
    is_settled,
    spread,
    step,
)
from sync.failures import FailureKind
from sync.messages import Cursors, ExchangeResponse
from sync.ports import Marks
from tests.support.exchanges import NOON, a_seal, an_identity

SERVER_MAY_SAY = sorted(FailureKind)


def now(at: float = 0.0, jitter: float = 0.0) -> Now:
    return Now(at, NOON + timedelta(seconds=at), jitter)


def a_response(acked_seq: int, cursor: int = 0, more: bool = False) -> ExchangeResponse:
    return ExchangeResponse(
        protocol=1,
        seal=a_seal(an_identity(), acked_seq),
        acked_seq=acked_seq,
        cursors=Cursors(cursor, cursor),
        more=more,
        server_time=NOON,
    )


def sent(entries: int = 0, after: int = 0) -> Sent:
    return Sent(after, Cursors(), entries)


def after(state: SyncState, *events: Event) -> tuple[SyncState, tuple[Action, ...]]:
    """Where these events lead, and the actions of the last one."""
    actions: tuple[Action, ...] = ()
    for event in events:
        state, actions = step(state, event)
    return state, actions


def a_success(at: float = 0.0, *, entries: int = 0, acked_seq: int = 0, last_seq: int = 0) -> tuple[Event, Event]:
    response = a_response(acked_seq)
    marks = Marks(acked_seq, response.cursors, response.seal)
    return Answered(now(at), sent(entries), response), Applied(now(at), marks, last_seq)


def failed(kind: FailureKind, at: float = 0.0, entries: int = 0, jitter: float = 0.0) -> ExchangeFailed:
    return ExchangeFailed(now(at, jitter), sent(entries), kind)


def waited_s(actions: tuple[Action, ...], since: float = 0.0) -> float:
    (action,) = actions
    assert isinstance(action, WaitUntil)
    return action.at - since


def sends(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(action, SendExchange) for action in actions)


def test_a_till_exchanges_as_soon_as_it_is_started() -> None:
    assert step(SyncState(), Ticked(now()))[1] == (SendExchange(pages.FULL, frozenset()),)


def test_a_till_that_is_well_is_never_silent_for_longer_than_the_light_stays_green() -> None:
    state, at = SyncState(), 0.0
    for _ in range(50):
        state, actions = after(state, Ticked(now(at)), *a_success(at))
        assert 0 < waited_s(actions, at) <= POLL_MAX_S < 90
        at = state.due


def test_polls_grow_rarer_while_nothing_happens_and_frequent_again_after_a_sale() -> None:
    quiet, actions = after(SyncState(), Ticked(now()), *a_success())
    first_s = waited_s(actions)
    for _ in range(9):
        quiet, actions = after(quiet, Asked(now()), *a_success())
    assert waited_s(actions) > 4 * first_s
    _, actions = after(quiet, Woken(now()), *a_success(entries=1, acked_seq=1, last_seq=1))
    assert waited_s(actions) <= first_s


def test_a_wake_between_polls_exchanges_at_once() -> None:
    waiting, _ = after(SyncState(), Ticked(now()), *a_success())
    assert sends(step(waiting, Woken(now(0.1)))[1])


@pytest.mark.parametrize("event", [Woken(now()), Asked(now())])
def test_a_wake_during_an_exchange_is_answered_by_the_next_one(event: Event) -> None:
    answered, applied = a_success()
    busy, actions = after(SyncState(), Ticked(now()), event)
    assert actions == ()
    busy, actions = after(busy, answered, applied)
    assert sends(actions) and not is_settled(busy)
    quiet, _ = after(busy, *a_success())
    assert is_settled(quiet)


def test_a_tick_during_an_exchange_wants_nothing() -> None:
    quiet, actions = after(SyncState(), Ticked(now()), Ticked(now()), *a_success())
    assert not sends(actions) and is_settled(quiet)


def test_an_early_tick_waits_on() -> None:
    state, _ = after(SyncState(), Ticked(now()), *a_success())
    assert step(state, Ticked(now(0.1)))[1] == (WaitUntil(state.due),)


def test_a_backlog_goes_on_at_once_and_the_till_is_settled_only_after_its_last_page() -> None:
    state, actions = after(SyncState(), Ticked(now()), *a_success(entries=1_000, acked_seq=1_000, last_seq=1_500))
    assert sends(actions) and not is_settled(state)


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.NOT_OUR_SERVER, FailureKind.SERVER_FAILED])
def test_failures_are_retried_by_a_timer_that_doubles_to_a_minute(kind: FailureKind) -> None:
    state, at, waits = SyncState(), 0.0, []
    for _ in range(9):
        state, actions = after(state, Ticked(now(at)), failed(kind, at, jitter=0.9999))
        waits.append(round(waited_s(actions, at), 1))
        at = state.due
    assert waits == [1, 2, 4, 8, 16, 32, BACKOFF_MAX_S, BACKOFF_MAX_S, BACKOFF_MAX_S]


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 1000))
def test_jitter_shortens_a_wait_to_half_at_most(jitter: float, seconds: float) -> None:
    assert seconds / 2 <= spread(seconds, jitter) <= seconds


def test_a_week_of_failures_is_no_number_too_large() -> None:
    state = replace(SyncState(), failures=100_000)
    _, actions = after(state, Ticked(now()), failed(FailureKind.UNREACHABLE))
    assert waited_s(actions) <= BACKOFF_MAX_S


def test_a_sale_tries_an_unreachable_server_again_but_every_few_seconds_at_most() -> None:
    state = replace(SyncState(), failures=9)
    state, _ = after(state, Ticked(now()), failed(FailureKind.UNREACHABLE))
    assert state.due > HURRY_S
    state, actions = step(state, Woken(now(0.5)))
    assert waited_s(actions) == HURRY_S
    state, actions = step(state, Woken(now(1.0)))
    assert waited_s(actions) == HURRY_S
    assert sends(step(state, Ticked(now(HURRY_S)))[1])
    assert sends(step(state, Woken(now(HURRY_S)))[1])


@pytest.mark.parametrize("kind", [FailureKind.SERVER_FAILED, FailureKind.FORKED, FailureKind.UNSUPPORTED])
def test_a_sale_does_not_hurry_a_server_that_answered_no(kind: FailureKind) -> None:
    state = replace(SyncState(), failures=9)
    state, _ = after(state, Ticked(now()), failed(kind))
    assert waited_s(step(state, Woken(now(10)))[1]) == state.due


def test_whoever_asks_need_not_wait_for_a_timer() -> None:
    state = replace(SyncState(), failures=9)
    state, _ = after(state, Ticked(now()), failed(FailureKind.SERVER_FAILED))
    assert sends(step(state, Asked(now(0.1)))[1])


@pytest.mark.parametrize("kind", [FailureKind.FORKED, FailureKind.REVOKED, FailureKind.TOKEN_UNKNOWN])
def test_a_till_that_must_pair_again_rests_even_when_the_network_goes_too(kind: FailureKind) -> None:
    state, actions = after(SyncState(), Ticked(now()), failed(kind))
    assert waited_s(actions) >= REST_S / 2 and is_settled(state)
    state, actions = after(state, Asked(now()), failed(FailureKind.UNREACHABLE))
    assert waited_s(actions) >= REST_S / 2 and state.status.pair_again


def test_a_till_that_was_paired_again_goes_on_as_if_nothing_had_been() -> None:
    state, _ = after(SyncState(), Ticked(now()), failed(FailureKind.FORKED), Asked(now()), *a_success())
    assert not state.status.pair_again and state.status.online and is_settled(state)


def test_an_entry_is_parked_only_after_three_failures_alone_with_an_empty_exchange_passing_between() -> None:
    state, (sending,) = step(SyncState(), Ticked(now()))
    carried = []
    for _ in range(9):
        assert isinstance(sending, SendExchange)
        carried.append((sending.limits.entries if sending.limits else 0, set(sending.parked)))
        if sending.limits is None:
            state, (sending,) = after(state, *a_success(last_seq=7))
        else:
            entries = min(sending.limits.entries, 7)
            state, _ = step(state, failed(FailureKind.SERVER_FAILED, entries=entries))
            state, (sending,) = step(state, Ticked(now(state.due)))
    one = (1, set[int]())
    empty = (0, set[int]())
    assert carried == [(1_000, set()), empty, one, empty, one, empty, one, empty, (1, {1})]


def test_an_empty_exchange_that_fails_too_clears_the_entry_of_blame() -> None:
    state, _ = step(SyncState(), Ticked(now()))
    for _ in range(50):
        state, _ = step(state, failed(FailureKind.SERVER_FAILED, entries=1))
        state, _ = after(state, Asked(now()), failed(FailureKind.SERVER_FAILED), Asked(now()), *a_success(last_seq=1))
    assert state.parked == frozenset()


def test_pages_grow_again_behind_the_culprit() -> None:
    state = replace(SyncState(), limits=pages.alone(pages.FULL))
    state, _ = step(state, Ticked(now()))
    sizes = []
    for acked_seq in range(1, 13):
        state, (sending,) = after(state, *a_success(entries=1, acked_seq=acked_seq, last_seq=99_999))
        assert isinstance(sending, SendExchange) and sending.limits is not None
        sizes.append(sending.limits.entries)
    assert sizes == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000, 1_000, 1_000]


def test_only_a_page_that_is_too_large_is_halved() -> None:
    state, (sending,) = after(SyncState(), Ticked(now()), failed(FailureKind.TOO_LARGE, entries=600))
    assert isinstance(sending, SendExchange) and sending.limits is not None
    assert sending.limits.entries == 300
    state, _ = after(SyncState(), Ticked(now()), failed(FailureKind.UNREACHABLE, entries=600))
    assert state.limits == pages.FULL


def test_an_answer_that_moves_nothing_is_not_asked_for_again_at_once() -> None:
    answered = Answered(now(), sent(entries=5), a_response(0))
    state, actions = after(SyncState(), Ticked(now()), answered, Applied(now(), Marks(0, Cursors(), None), 5))
    assert waited_s(actions) > 0 and not is_settled(state)
    answered = Answered(now(), sent(), a_response(0, more=True))
    state, actions = after(SyncState(), Ticked(now()), answered, Applied(now(), Marks(0, Cursors(), None), 0))
    assert waited_s(actions) > 0 and not is_settled(state)


class AnyHistory(RuleBasedStateMachine):
    """A till, a server that fails in every way it can, and a journal that grows, in any order."""

    @initialize()
    def start(self) -> None:
        self.state = SyncState()
        self.at = 0.0
        self.under_way: SendExchange | Apply | None = None
        self.marks = Marks(0, Cursors(), None)
        self.last_seq = 0
        self.server_seq = 0
        self.server_version = 0
        self.tell(Ticked(self.now()))

    def now(self) -> Now:
        return now(self.at, jitter=0.5)

    def tell(self, event: Event) -> None:
        self.state, actions = step(self.state, event)
        for action in actions:
            if isinstance(action, SendExchange | Apply):
                assert self.under_way is None, "one exchange at a time"
                self.under_way = action

    def carried(self, sending: SendExchange) -> Sent:
        left = self.last_seq - self.marks.acked_seq
        entries = min(left, sending.limits.entries) if sending.limits is not None else 0
        return Sent(self.marks.acked_seq, self.marks.cursors, entries)

    @rule(count=st.integers(1, 3_000))
    def entries_are_appended(self, count: int) -> None:
        self.last_seq += count
        self.tell(Woken(self.now()))

    @rule(rows=st.integers(1, 20_000))
    def other_tills_are_busy(self, rows: int) -> None:
        self.server_version += rows

    @rule()
    def somebody_asks(self) -> None:
        self.tell(Asked(self.now()))

    @rule(seconds=st.floats(0, 400))
    def time_passes(self, seconds: float) -> None:
        self.at += seconds
        self.tell(Ticked(self.now()))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule(kind=st.sampled_from(SERVER_MAY_SAY))
    def the_exchange_fails(self, kind: FailureKind) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        self.tell(ExchangeFailed(self.now(), carried, kind))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule()
    def the_reply_is_lost(self) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        self.server_seq = max(self.server_seq, carried.after + carried.entries)
        self.tell(ExchangeFailed(self.now(), carried, FailureKind.UNREACHABLE))

    @precondition(lambda self: isinstance(self.under_way, SendExchange))
    @rule()
    def the_server_answers(self) -> None:
        assert isinstance(self.under_way, SendExchange)
        carried, self.under_way = self.carried(self.under_way), None
        if carried.after <= self.server_seq:
            self.server_seq = max(self.server_seq, carried.after + carried.entries)
        cursor = min(self.server_version, self.marks.cursors.bulk + 5_000)
        response = a_response(self.server_seq, cursor, more=cursor < self.server_version)
        self.tell(Answered(self.now(), carried, response))

    @precondition(lambda self: self.under_way is not None)
    @rule()
    def the_disk_is_full(self) -> None:
        self.under_way = None
        self.tell(TillFailed(self.now(), "replica"))

    @precondition(lambda self: isinstance(self.under_way, Apply))
    @rule()
    def the_response_is_applied(self) -> None:
        assert isinstance(self.under_way, Apply)
        response, self.under_way = self.under_way.response, None
        self.marks = Marks(response.acked_seq, response.cursors, response.seal)
        self.tell(Applied(self.now(), self.marks, self.last_seq))

    @precondition(lambda self: self.server_seq > 0)
    @rule(share=st.floats(0, 1))
    def the_server_is_restored(self, share: float) -> None:
        self.server_seq = int(self.server_seq * share)

    @invariant()
    def it_is_doing_what_it_said_or_will_wake_within_minutes(self) -> None:
        assert (self.under_way is None) == (self.state.phase is Phase.WAITING)
        if self.state.phase is Phase.WAITING:
            assert self.state.due <= self.at + REST_S

    @invariant()
    def no_page_is_larger_than_allowed(self) -> None:
        if isinstance(self.under_way, SendExchange) and self.under_way.limits is not None:
            assert 1 <= self.under_way.limits.entries <= pages.FULL.entries

    def teardown(self) -> None:
        """Whatever happened: when the server answers again, all arrives and the till comes to rest by its timers."""
        exchanges = 0
        while not (self.state.quiet and self.marks == self.expected_marks() and self.under_way is None):
            if isinstance(self.under_way, SendExchange):
                self.the_server_answers()
                exchanges += 1
            elif self.under_way is not None:
                self.the_response_is_applied()
            else:
                self.at = max(self.at, self.state.due)
                self.tell(Ticked(self.now()))
            assert exchanges < 1_000, "it never comes to rest"
        assert self.state.parked == frozenset()
        assert self.state.status.online and not self.state.status.pair_again

    def expected_marks(self) -> Marks:
        cursors = Cursors(self.server_version, self.server_version)
        return Marks(self.last_seq, cursors, a_seal(an_identity(), self.last_seq))


TestAnyHistory = AnyHistory.TestCase
