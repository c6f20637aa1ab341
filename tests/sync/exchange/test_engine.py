"""The engine: when it exchanges, how much, and how it reacts to outcomes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.exchange import page_limits
from sync.exchange.backoff import BACKOFF_MAX_S, TILL_TROUBLE_MAX_S, spread
from sync.exchange.engine import (
    HURRY_S,
    POLL_MAX_S,
    REST_S,
    Action,
    Answered,
    Applied,
    Asked,
    Event,
    ExchangeFailed,
    Now,
    SendExchange,
    Sent,
    SyncState,
    Ticked,
    TillFailed,
    WaitUntil,
    Woken,
    is_settled,
    step,
)
from sync.exchange.failures import FailureKind
from sync.exchange.ports import Marks
from sync.protocol.messages import Cursors, ExchangeResponse
from tests.support.exchanges import NOON, a_seal, an_identity


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
    """The state after these events, and the actions of the last one."""
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
    assert step(SyncState(), Ticked(now()))[1] == (SendExchange(page_limits.FULL, frozenset()),)


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


def test_trouble_with_its_own_files_is_tried_again_soon_however_often_it_came() -> None:
    state, waits = SyncState(), []
    for _ in range(9):
        state, actions = after(state, Asked(now()), TillFailed(now(jitter=1.0), "replica"))
        waits.append(waited_s(actions))
    assert waits == [1, 2, 4, *[TILL_TROUBLE_MAX_S] * 6]


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


def carried_while_it_fails(kind_alone: FailureKind) -> list[tuple[int, set[int]]]:
    """How many entries each of nine exchanges carries, and which are parked; those with entries fail."""
    state, (sending,) = step(SyncState(), Ticked(now()))
    carried = []
    for _ in range(9):
        assert isinstance(sending, SendExchange)
        carried.append((sending.limits.entries if sending.limits else 0, set(sending.parked)))
        if sending.limits is None:
            state, (sending,) = after(state, *a_success(last_seq=7))
        else:
            entries = min(sending.limits.entries, 7)
            state, _ = step(state, failed(FailureKind.SERVER_FAILED if entries > 1 else kind_alone, entries=entries))
            state, (sending,) = step(state, Ticked(now(state.due)))
    return carried


def test_an_entry_is_parked_only_after_it_was_named_three_times_with_an_empty_exchange_passing_between() -> None:
    carried = carried_while_it_fails(FailureKind.ENTRY_FAILED)
    one = (1, set[int]())
    empty = (0, set[int]())
    assert carried == [(1_000, set()), empty, one, empty, one, empty, one, empty, (1, {1})]


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - {FailureKind.ENTRY_FAILED}))
def test_no_failure_in_which_the_server_does_not_name_the_entry_parks_it(kind: FailureKind) -> None:
    state, (sending,) = step(SyncState(), Ticked(now()))
    for _ in range(50):
        assert isinstance(sending, SendExchange)
        assert sending.parked == frozenset()
        if sending.limits is None:
            state, (sending,) = after(state, *a_success(last_seq=1))
        else:
            state, _ = step(state, failed(kind, at=state.due, entries=1))
            state, (sending,) = step(state, Ticked(now(state.due)))


def test_an_empty_exchange_that_fails_too_clears_the_entry_of_blame() -> None:
    state, _ = step(SyncState(), Ticked(now()))
    for _ in range(50):
        state, _ = step(state, failed(FailureKind.ENTRY_FAILED, entries=1))
        state, _ = after(state, Asked(now()), failed(FailureKind.SERVER_FAILED), Asked(now()), *a_success(last_seq=1))
    assert state.parked == frozenset()


def test_an_entry_that_was_taken_though_its_answer_failed_leaves_no_blame_to_the_next() -> None:
    state, _ = step(SyncState(), Ticked(now()))
    for _ in range(2):
        state, _ = step(state, failed(FailureKind.ENTRY_FAILED, entries=1))
        state, _ = after(state, Asked(now()), *a_success(last_seq=2))
    state, _ = step(state, failed(FailureKind.ENTRY_FAILED, entries=1))
    state, _ = after(state, Asked(now()), *a_success(acked_seq=1, last_seq=2))
    state, _ = step(state, failed(FailureKind.ENTRY_FAILED, entries=1))
    state, _ = after(state, Asked(now()), *a_success(last_seq=2))
    assert state.parked == frozenset()


def test_a_parked_entry_that_has_arrived_is_forgotten() -> None:
    state = replace(SyncState(), parked=frozenset({1}))
    state, _ = after(state, Ticked(now()), *a_success(entries=1, acked_seq=1, last_seq=1))
    assert state.parked == frozenset()


def test_pages_grow_again_behind_the_culprit() -> None:
    state = replace(SyncState(), limits=page_limits.alone(page_limits.FULL))
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
    assert state.limits == page_limits.FULL


def test_an_answer_that_moves_nothing_is_not_asked_for_again_at_once() -> None:
    answered = Answered(now(), sent(entries=5), a_response(0))
    state, actions = after(SyncState(), Ticked(now()), answered, Applied(now(), Marks(0, Cursors(), None), 5))
    assert waited_s(actions) > 0 and not is_settled(state)
    answered = Answered(now(), sent(), a_response(0, more=True))
    state, actions = after(SyncState(), Ticked(now()), answered, Applied(now(), Marks(0, Cursors(), None), 0))
    assert waited_s(actions) > 0 and not is_settled(state)
