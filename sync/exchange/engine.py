"""The sync engine: decides when to exchange, how much, and how to react: step(state, event) -> (state, actions).

A pure function: time and randomness come with the events, so a history can be replayed. The driver performs the actions
one after the other and answers each SendExchange and each Apply with exactly one event.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from sync.exchange import page_limits
from sync.exchange.backoff import BACKOFF_MAX_S, TILL_TROUBLE_MAX_S, doubled_s, spread
from sync.exchange.failures import FailureKind
from sync.exchange.page_limits import PageLimits
from sync.exchange.ports import Marks, SyncStatus
from sync.protocol.messages import SNAPSHOT_ROWS_MIN, Cursors, ExchangeResponse

POLL_FIRST_S = 5.0  # after an exchange with news, since more often follows
POLL_MAX_S = 60.0  # below the 90 s of silence after which a till counts as offline
BACKOFF_FIRST_S = 1.0
HURRY_S = 3.0  # least time between two tries of an unreachable server that wakes cause
REST_S = 300.0  # after failures that need a person; retried so that no restart is needed
FAILURES_ALONE = 3  # failures in which the server names a single entry, before it is parked


class Phase(Enum):
    """The driver's current activity."""

    WAITING = "waiting"
    EXCHANGING = "exchanging"
    APPLYING = "applying"


class Loading(Enum):
    """Progress of a first load by snapshot."""

    NOT_YET = "not yet"
    UNDER_WAY = "under way"  # bulk rows wait; entries and essentials are exchanged
    OVER = "over"  # it is installed, or there is none


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of an event, with a random number."""

    at: float  # monotonic seconds
    wall: datetime
    jitter: float  # 0 <= jitter < 1


@dataclass(frozen=True, slots=True)
class Sent:
    """The part of an exchange that its outcome is judged by."""

    after: int
    cursors: Cursors
    entries: int


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed."""

    now: Now


@dataclass(frozen=True, slots=True)
class Woken:
    """An entry was appended, or the network is back."""

    now: Now


@dataclass(frozen=True, slots=True)
class Hinted:
    """A hint about the company's version: a reason to ask, or an answer that need not be asked for."""

    now: Now
    version: int
    brought: "Answered | None" = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An exchange was requested, regardless of the timers."""

    now: Now


@dataclass(frozen=True, slots=True)
class Answered:
    """A valid response has arrived and is still to be applied."""

    now: Now
    sent: Sent
    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class Applied:
    """A response was applied; carries the new marks and the journal's last seq."""

    now: Now
    marks: Marks
    last_seq: int


@dataclass(frozen=True, slots=True)
class ExchangeFailed:
    """The exchange failed."""

    now: Now
    sent: Sent
    kind: FailureKind


@dataclass(frozen=True, slots=True)
class TillFailed:
    """The till failed to read its journal or write its replica."""

    now: Now
    kind: str


@dataclass(frozen=True, slots=True)
class SnapshotMoved:
    """A part of the snapshot has been downloaded."""

    now: Now
    part: float


@dataclass(frozen=True, slots=True)
class SnapshotEnded:
    """The snapshot was installed, or there is none; the feed continues."""

    now: Now


Event = (
    SnapshotMoved | SnapshotEnded | Ticked | Woken | Hinted | Asked | Answered | Applied | ExchangeFailed | TillFailed
)


@dataclass(frozen=True, slots=True)
class SendExchange:
    """Action: send entries after `acked_seq` within the limits; without limits, none."""

    limits: PageLimits | None
    parked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Apply:
    """Action: write the response to the replica."""

    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Action: wait until this moment or the next wake."""

    at: float


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Action: fetch and install a snapshot. Answered by one SnapshotEnded, with exchanges in between."""


Action = FetchSnapshot | SendExchange | Apply | WaitUntil


@dataclass(frozen=True, slots=True)
class Search:
    """The search, by empty exchanges and single entries, for whether the server is down or fails on one entry."""

    server_answers: bool = False  # an empty exchange succeeded since the latest failure
    alone: int = 0  # consecutive failures of the first entry alone, in which the server named it


@dataclass(frozen=True, slots=True)
class SyncState:
    """The engine's state. It need not survive a restart, because all of it can be rebuilt."""

    phase: Phase = Phase.WAITING
    loading: Loading = Loading.NOT_YET
    wanted_again: bool = False  # woken during an exchange
    hinted: int = 0  # company version hinted at during an exchange
    read: int = 0  # version up to which both streams are read
    answer: Answered | None = None  # the answer being applied
    due: float = 0.0
    tried_at: float = float("-inf")
    failures: int = 0  # consecutive; the empty exchanges of a search do not reset it
    idle: int = 0  # consecutive exchanges without news
    quiet: bool = False  # nothing was left to send or fetch after the latest exchange
    ceiling: PageLimits = page_limits.FULL
    limits: PageLimits = page_limits.FULL
    search: Search | None = None
    parked: frozenset[int] = frozenset()
    status: SyncStatus = field(default_factory=SyncStatus)


Step = tuple[SyncState, tuple[Action, ...]]


def step(state: SyncState, event: Event) -> Step:
    """The state after *event*, and the actions to perform."""
    match event:
        case SnapshotMoved(_, part):
            return replace(state, status=replace(state.status, loaded=part)), ()
        case SnapshotEnded(now):
            state = replace(state, loading=Loading.OVER, status=replace(state.status, loaded=None))
            return step(state, Woken(now))
        case Ticked(now) | Woken(now) | Asked(now) if state.phase is not Phase.WAITING:
            # One exchange at a time. A tick needs no action, as the outcome sets the timer.
            return replace(state, wanted_again=state.wanted_again or not isinstance(event, Ticked)), ()
        case Hinted(_, version) if state.phase is not Phase.WAITING:
            return replace(state, hinted=max(state.hinted, version)), ()
        case Hinted(brought=Answered() as brought) if not (state.failures or state.status.too_old):
            # After a failure, a full exchange says more about the server.
            return replace(state, phase=Phase.APPLYING, answer=brought), (Apply(brought.response),)
        case Hinted(now, version):
            return _hinted(state, now, version)
        case Ticked(now):
            return _send(state, now) if now.at >= state.due else (state, (WaitUntil(state.due),))
        case Woken(now):
            return _woken(state, now)
        case Asked(now):
            return _send(state, now)
        case Answered(response=response):
            assert state.phase is Phase.EXCHANGING
            return replace(state, phase=Phase.APPLYING, answer=event), (Apply(response),)
        case Applied(now, marks, last_seq):
            assert state.phase is Phase.APPLYING and state.answer is not None
            return _applied(replace(state, answer=None), now, state.answer, marks, last_seq)
        case ExchangeFailed(now, sent, kind):
            assert state.phase is Phase.EXCHANGING
            return _failed(state, now, sent, kind)
        case TillFailed(now, problem_kind):
            assert state.phase is not Phase.WAITING
            return _back_off(replace(state, answer=None), now, problem_kind, most_s=TILL_TROUBLE_MAX_S)
        case _:
            assert_never(event)


def is_settled(state: SyncState) -> bool:
    """True if callers of `sync` need not wait longer: nothing is left, or no retry will help."""
    is_idle = state.phase is Phase.WAITING and not state.wanted_again
    return is_idle and ((state.quiet and state.loading is not Loading.UNDER_WAY) or _is_hopeless(state.status))


def _send(state: SyncState, now: Now) -> Step:
    asks_only = state.search is not None and not state.search.server_answers
    sending = SendExchange(None if asks_only else state.limits, state.parked)
    state = replace(state, phase=Phase.EXCHANGING, wanted_again=False, hinted=0, quiet=False, tried_at=now.at)
    return state, (sending,)


def _wait(state: SyncState, due: float) -> Step:
    return replace(state, phase=Phase.WAITING, due=due), (WaitUntil(due),)


def _woken(state: SyncState, now: Now) -> Step:
    due = _due_when_woken(state, now)
    return _send(state, now) if now.at >= due else _wait(state, due)


def _hinted(state: SyncState, now: Now, version: int) -> Step:
    """Ignores versions already read, except after a failure, when any hint shows that the server is back."""
    is_news = version > state.read and not state.status.too_old
    return _woken(state, now) if is_news or state.failures else _wait(state, state.due)


def _due_when_woken(state: SyncState, now: Now) -> float:
    if state.failures == 0:
        return now.at
    if state.status.problem_kind == FailureKind.UNREACHABLE and not _is_hopeless(state.status):
        return min(state.due, state.tried_at + HURRY_S)  # a new entry is a reason to try the network again
    return state.due  # more requests would not help a failing server


def _applied(state: SyncState, now: Now, answer: Answered, marks: Marks, last_seq: int) -> Step:
    """After a successful exchange: continues at once while something is left, else waits for the next poll."""
    sent, response = answer.sent, answer.response
    more = response.more and not response.update  # an outdated till only gets acknowledgements
    left = marks.acked_seq < last_seq
    acknowledged = marks.acked_seq != sent.after  # may be lower after a server restore: entries are resent from there
    moved = acknowledged or marks.cursors != sent.cursors
    read = min(marks.cursors.essentials, marks.cursors.bulk)
    requested = state.wanted_again or (state.hinted > read and not response.update)
    state = replace(state, read=read, status=_status_after(state.status, now, response, more))

    if (sent.entries and not acknowledged) or (more and not moved):
        return _server_failed(state, now, sent)  # no progress: treating it as a failure prevents an endless loop
    if state.search is not None and not sent.entries and not acknowledged:
        state = _server_answers(state, state.search, sent.after)
    else:
        state = replace(state, failures=0, search=None, limits=page_limits.doubled(state.limits, state.ceiling))
    suspects = bool(marks.suspects) and not response.update
    if more and marks.cursors.essentials >= response.seal.version:  # only bulk rows are missing
        if state.loading is Loading.NOT_YET and (response.rows_left or 0) >= SNAPSHOT_ROWS_MIN:
            state, actions = _rest(
                replace(state, loading=Loading.UNDER_WAY), now, left=left or requested or suspects, moved=True
            )
            return state, (FetchSnapshot(), *actions)
        more = state.loading is not Loading.UNDER_WAY
    elif not more:
        state = replace(state, loading=Loading.NOT_YET if state.loading is Loading.OVER else state.loading)
    return _rest(state, now, left=left or more or requested or suspects, moved=bool(sent.entries or response.changes))


def _rest(state: SyncState, now: Now, *, left: bool, moved: bool) -> Step:
    if left:
        return _send(replace(state, idle=0), now)

    idle = 0 if moved else state.idle + 1
    state = replace(
        state,
        failures=0,
        idle=idle,
        quiet=True,
        search=None,
        ceiling=page_limits.FULL,
        limits=page_limits.FULL,
        parked=frozenset(),
    )
    return _wait(state, now.at + spread(doubled_s(POLL_FIRST_S, idle, POLL_MAX_S), now.jitter))


def _failed(state: SyncState, now: Now, sent: Sent, kind: FailureKind) -> Step:
    match kind:
        case FailureKind.TOO_LARGE if sent.entries > 1:
            smaller = page_limits.halved(state.limits, sent.entries)
            return _send(replace(state, ceiling=smaller, limits=smaller), now)
        case FailureKind.ENTRY_FAILED:
            return _server_failed(state, now, sent, entry_named=True)
        case FailureKind.TOO_LARGE | FailureKind.SERVER_FAILED:
            return _server_failed(state, now, sent)
        case FailureKind.FORKED | FailureKind.REVOKED | FailureKind.TOKEN_UNKNOWN:
            return _back_off(replace(state, status=replace(state.status, pair_again=True)), now, kind)
        case FailureKind.UNSUPPORTED:
            return _back_off(replace(state, status=replace(state.status, too_old=True)), now, kind)
        case (
            FailureKind.UNREACHABLE
            | FailureKind.NOT_OUR_SERVER
            | FailureKind.ALTERED
            | FailureKind.CODE_REFUSED
            | FailureKind.TRY_LATER
            | FailureKind.SERVER_DOWN
        ):
            # Says nothing about entries, so a search starts over with an empty exchange.
            search = None if state.search is None else replace(state.search, server_answers=False)
            return _back_off(replace(state, search=search), now, kind)
        case _:
            assert_never(kind)


def _server_failed(state: SyncState, now: Now, sent: Sent, *, entry_named: bool = False) -> Step:
    """The server is down, or fails on an entry: starts or continues the search. Only an entry it names is to blame."""
    search = state.search
    if sent.entries:
        counted = search.alone if search is not None else 0
        search = Search(alone=counted + 1 if entry_named and sent.entries == 1 else 0)
        state = replace(state, limits=page_limits.alone(state.limits))
    elif search is not None:
        search = Search()  # an empty exchange fails too: the server is down
    return _back_off(replace(state, search=search), now, FailureKind.SERVER_FAILED)


def _server_answers(state: SyncState, search: Search, acked_seq: int) -> SyncState:
    """After an empty exchange succeeded: tries entries again, or parks the first one after enough failures."""
    if search.alone >= FAILURES_ALONE:
        return replace(state, search=Search(server_answers=True), parked=state.parked | {acked_seq + 1})
    return replace(state, search=replace(search, server_answers=True))


def _back_off(state: SyncState, now: Now, kind: str, most_s: float = BACKOFF_MAX_S) -> Step:
    status = replace(
        state.status, online=False, problem_kind=str(kind), offline_since=state.status.offline_since or now.wall
    )
    wait = REST_S if _is_hopeless(status) else doubled_s(BACKOFF_FIRST_S, state.failures, most_s)
    return _wait(replace(state, failures=state.failures + 1, status=status), now.at + spread(wait, now.jitter))


def _is_hopeless(status: SyncStatus) -> bool:
    return status.pair_again or status.problem_kind == FailureKind.UNSUPPORTED


def _status_after(status: SyncStatus, now: Now, response: ExchangeResponse, more: bool) -> SyncStatus:
    return SyncStatus(
        online=True,
        succeeded_s=now.at,
        too_old=response.update,
        confirmed_at=status.confirmed_at if more or response.update else response.server_time,
        rows_left=response.rows_left if more else 0,
        loaded=status.loaded,
    )
