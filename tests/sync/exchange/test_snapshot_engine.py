"""When the engine fetches a snapshot, and what it continues meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime

from sync.exchange.engine import (
    Answered,
    Applied,
    Asked,
    FetchSnapshot,
    Loading,
    Now,
    SendExchange,
    Sent,
    SnapshotEnded,
    SnapshotMoved,
    Step,
    SyncState,
    Woken,
    is_settled,
    step,
)
from sync.exchange.ports import Marks
from sync.protocol.messages import SNAPSHOT_ROWS_MIN, Cursors, ExchangeResponse, Seal

NOW = Now(at=10.0, wall=datetime(2026, 3, 2, tzinfo=UTC), jitter=0.0)
CLOCK = 50_000


def answered(state: SyncState, *, rows_left: int | None, essentials: int = CLOCK, bulk: int, acked: int = 0) -> Step:
    """An exchange that is sent, answered and applied."""
    state, _ = step(state, Asked(NOW))
    cursors = Cursors(essentials, bulk)
    response = ExchangeResponse(
        protocol=1,
        seal=Seal(epoch=1, version=CLOCK, acked_seq=acked, signature=b""),
        acked_seq=acked,
        cursors=cursors,
        more=rows_left is not None,
        server_time=NOW.wall,
        rows_left=rows_left,
    )
    state, _ = step(state, Answered(NOW, Sent(0, Cursors(), 0), response))
    return step(state, Applied(NOW, Marks(acked, cursors, None), acked))


def test_a_first_load_with_many_rows_fetches_a_snapshot_and_leaves_bulk_alone() -> None:
    state, actions = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN, bulk=10)
    assert FetchSnapshot() in actions
    assert not any(isinstance(action, SendExchange) for action in actions)
    assert not is_settled(state), "who asked for everything has to wait for it"
    state, actions = answered(state, rows_left=SNAPSHOT_ROWS_MIN, bulk=20)
    assert FetchSnapshot() not in actions
    assert not any(isinstance(action, SendExchange) for action in actions)


def test_an_entry_does_not_wait_for_the_snapshot() -> None:
    state, _ = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN, bulk=10)
    _, actions = step(state, Woken(NOW))
    assert any(isinstance(action, SendExchange) for action in actions)


def test_essentials_come_before_a_snapshot_is_asked_for() -> None:
    _, actions = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN, essentials=5, bulk=0)
    assert FetchSnapshot() not in actions
    assert any(isinstance(action, SendExchange) for action in actions)


def test_few_rows_come_through_the_feed() -> None:
    _, actions = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN - 1, bulk=10)
    assert FetchSnapshot() not in actions
    assert any(isinstance(action, SendExchange) for action in actions)


def test_after_a_snapshot_or_none_the_feed_goes_on_at_once_and_does_not_ask_again() -> None:
    state, _ = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN, bulk=10)
    state, _ = step(state, SnapshotMoved(NOW, 0.5))
    assert state.status.loaded == 0.5
    state, actions = step(state, SnapshotEnded(NOW))
    assert state.status.loaded is None
    assert any(isinstance(action, SendExchange) for action in actions)
    again = replace(state, phase=SyncState().phase)
    _, actions = answered(again, rows_left=SNAPSHOT_ROWS_MIN, bulk=20)
    assert FetchSnapshot() not in actions


def test_a_till_that_has_everything_may_ask_for_one_another_day() -> None:
    state, _ = answered(SyncState(), rows_left=SNAPSHOT_ROWS_MIN, bulk=10)
    state, _ = step(state, SnapshotEnded(NOW))
    state, _ = answered(replace(state, phase=SyncState().phase), rows_left=None, bulk=CLOCK)
    assert state.loading is Loading.NOT_YET
