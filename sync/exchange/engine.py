"""When a till exchanges, with how much, and what it makes of the outcome: step(state, event) -> (state, actions).

Time and chance arrive inside events, so a history replays to the same step. It never performs anything: the driver
does, one action after the other, and answers each SendExchange and each Apply with exactly one event.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import assert_never

from sync.exchange import pages
from sync.exchange.failures import FailureKind
from sync.exchange.pages import PageLimits
from sync.exchange.ports import Marks, SyncStatus
from sync.protocol.messages import SNAPSHOT_ROWS_MIN, Cursors, ExchangeResponse

POLL_FIRST_S = 5.0  # after an exchange that brought something: more often follows than not
POLL_MAX_S = 60.0  # so that a till that is well is never silent for the 90 s after which it counts as offline
BACKOFF_FIRST_S = 1.0
BACKOFF_MAX_S = 60.0
HURRY_S = 3.0  # a wake tries an unreachable server again, this long after the latest try at the earliest
REST_S = 300.0  # somebody has to act first, and then no restart should be needed
FAILURES_ALONE = 3  # before an entry is parked


class Phase(Enum):
    """What the driver is doing."""

    WAITING = "waiting"
    EXCHANGING = "exchanging"
    APPLYING = "applying"


class Loading(Enum):
    """How a first load with many rows stands to a snapshot."""

    NOT_YET = "not yet"
    UNDER_WAY = "under way"  # bulk rows wait for it; entries and essentials do not
    OVER = "over"  # there was none, or it is in


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of an event, and a die thrown for it."""

    at: float  # monotonic seconds
    wall: datetime
    jitter: float  # 0 <= jitter < 1


@dataclass(frozen=True, slots=True)
class Sent:
    """What an exchange carried, as far as its outcome is judged by it."""

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
    """The server says how far the company is: not sealed, so only a reason to ask. What it brought was, and is news."""

    now: Now
    version: int
    brought: "Answered | None" = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants an exchange now, whatever the timers say."""

    now: Now


@dataclass(frozen=True, slots=True)
class Answered:
    """Our server's response has come; nothing of it is applied yet."""

    now: Now
    sent: Sent
    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class Applied:
    """The response is on disk: these are the marks now, and this is how far the journal goes."""

    now: Now
    marks: Marks
    last_seq: int


@dataclass(frozen=True, slots=True)
class ExchangeFailed:
    """The exchange brought nothing."""

    now: Now
    sent: Sent
    kind: FailureKind


@dataclass(frozen=True, slots=True)
class TillFailed:
    """The till could not do its own part: read its journal, or write its replica."""

    now: Now
    kind: str


@dataclass(frozen=True, slots=True)
class SnapshotMoved:
    """So much of the snapshot has come."""

    now: Now
    part: float


@dataclass(frozen=True, slots=True)
class SnapshotEnded:
    """The snapshot is the replica now, or there was none to be had: the feed goes on."""

    now: Now


Event = (
    SnapshotMoved | SnapshotEnded | Ticked | Woken | Hinted | Asked | Answered | Applied | ExchangeFailed | TillFailed
)


@dataclass(frozen=True, slots=True)
class SendExchange:
    """Send the entries after `acked_seq` within the limits, or none when there are no limits."""

    limits: PageLimits | None
    parked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Apply:
    """Write this response to the replica."""

    response: ExchangeResponse


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing to do before this moment but what a wake brings."""

    at: float


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """See whether there is a snapshot, and have it installed. Answered by one SnapshotEnded, exchanges between."""


Action = FetchSnapshot | SendExchange | Apply | WaitUntil


@dataclass(frozen=True, slots=True)
class Search:
    """The server failed at a page: is it down, or is it one entry? Empty exchanges in between tell."""

    server_answers: bool = False  # an empty exchange passed since the latest failure
    alone: int = 0  # how often the first entry failed with no other beside it


@dataclass(frozen=True, slots=True)
class SyncState:
    """All the engine remembers. It is not kept over a restart: everything in it can be found out again."""

    phase: Phase = Phase.WAITING
    loading: Loading = Loading.NOT_YET
    wanted_again: bool = False  # woken while an exchange was under way
    hinted: int = 0  # how far the company was said to be while an exchange was under way
    read: int = 0  # how far this till has read both streams
    answer: Answered | None = None  # while it is being applied
    due: float = 0.0
    tried_at: float = float("-inf")
    failures: int = 0  # in a row; an empty exchange that only asks whether the server is there does not end the row
    idle: int = 0  # exchanges in a row that brought nothing
    quiet: bool = False  # after the latest exchange nothing was left to send or to fetch
    ceiling: PageLimits = pages.FULL
    limits: PageLimits = pages.FULL
    search: Search | None = None
    parked: frozenset[int] = frozenset()
    status: SyncStatus = field(default_factory=SyncStatus)


Step = tuple[SyncState, tuple[Action, ...]]


def step(state: SyncState, event: Event) -> Step:
    """What is so after *event*, and what to do now."""
    match event:
        case SnapshotMoved(_, part):
            return replace(state, status=replace(state.status, loaded=part)), ()
        case SnapshotEnded(now):
            state = replace(state, loading=Loading.OVER, status=replace(state.status, loaded=None))
            return step(state, Woken(now))
        case Ticked(now) | Woken(now) | Asked(now) if state.phase is not Phase.WAITING:
            # One exchange at a time. A tick wants nothing: the outcome sets the timer.
            return replace(state, wanted_again=state.wanted_again or not isinstance(event, Ticked)), ()
        case Hinted(_, version) if state.phase is not Phase.WAITING:
            return replace(state, hinted=max(state.hinted, version)), ()
        case Hinted(brought=Answered() as brought) if not (state.failures or state.status.too_old):
            # Of a server that failed an exchange says more.
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
            return _back_off(replace(state, answer=None), now, problem_kind)
        case _:
            assert_never(event)


def is_settled(state: SyncState) -> bool:
    """Whether who asked for an exchange need not wait longer: nothing is left, or no retry will help."""
    is_idle = state.phase is Phase.WAITING and not state.wanted_again
    return is_idle and ((state.quiet and state.loading is not Loading.UNDER_WAY) or _is_hopeless(state.status))


def backoff_s(first_s: float, failures: int, jitter: float) -> float:
    """How long to wait before the next try, after so many failures in a row."""
    return spread(_doubling(first_s, failures, BACKOFF_MAX_S), jitter)


def spread(seconds: float, jitter: float) -> float:
    """Between half of *seconds* and all of them: tills that lost one server together must not come back together."""
    return seconds * (0.5 + jitter / 2)


def _send(state: SyncState, now: Now) -> Step:
    asks_only = state.search is not None and not state.search.server_answers
    sending = SendExchange(None if asks_only else state.limits, state.parked)
    return replace(state, phase=Phase.EXCHANGING, wanted_again=False, hinted=0, quiet=False, tried_at=now.at), (
        sending,
    )


def _wait(state: SyncState, due: float) -> Step:
    return replace(state, phase=Phase.WAITING, due=due), (WaitUntil(due),)


def _woken(state: SyncState, now: Now) -> Step:
    due = _due_when_woken(state, now)
    return _send(state, now) if now.at >= due else _wait(state, due)


def _hinted(state: SyncState, now: Now, version: int) -> Step:
    """An echo of what was read costs no exchange; but after a failure even an echo says that the server is back."""
    is_news = version > state.read and not state.status.too_old
    return _woken(state, now) if is_news or state.failures else _wait(state, state.due)


def _due_when_woken(state: SyncState, now: Now) -> float:
    if state.failures == 0:
        return now.at
    if state.status.problem_kind == FailureKind.UNREACHABLE and not _is_hopeless(state.status):
        return min(state.due, state.tried_at + HURRY_S)  # an entry is as good a reason as any to try the network
    return state.due  # a server that fails is not helped by a shop that is busy


def _applied(state: SyncState, now: Now, answer: Answered, marks: Marks, last_seq: int) -> Step:
    """An exchange succeeded: go on at once while there is something to move, else wait for the next poll."""
    sent, response = answer.sent, answer.response
    more = response.more and not response.update  # a till that is too old is acknowledged and gets nothing
    left = marks.acked_seq < last_seq
    acknowledged = marks.acked_seq != sent.after  # lower after a restore: its entries are sent again from there
    moved = acknowledged or marks.cursors != sent.cursors
    read = min(marks.cursors.essentials, marks.cursors.bulk)
    wanted = state.wanted_again or (state.hinted > read and not response.update)
    state = replace(state, read=read, status=_status_after(state.status, now, response, more))

    if (sent.entries and not acknowledged) or (more and not moved):
        return _server_failed(state, now, sent)  # it answers, yet nothing moves: asking on would never end
    if state.search is not None and not sent.entries and not acknowledged:
        state = _server_answers(state, state.search, sent.after)
    else:
        state = replace(state, failures=0, search=None, limits=pages.doubled(state.limits, state.ceiling))
    suspects = bool(marks.suspects) and not response.update
    if more and marks.cursors.essentials >= response.seal.version:  # only bulk is missing
        if state.loading is Loading.NOT_YET and (response.rows_left or 0) >= SNAPSHOT_ROWS_MIN:
            state, actions = _rest(
                replace(state, loading=Loading.UNDER_WAY), now, left=left or wanted or suspects, moved=True
            )
            return state, (FetchSnapshot(), *actions)
        more = state.loading is not Loading.UNDER_WAY
    elif not more:
        state = replace(state, loading=Loading.NOT_YET if state.loading is Loading.OVER else state.loading)
    return _rest(state, now, left=left or more or wanted or suspects, moved=bool(sent.entries or response.changes))


def _rest(state: SyncState, now: Now, *, left: bool, moved: bool) -> Step:
    if left:
        return _send(replace(state, idle=0), now)

    idle = 0 if moved else state.idle + 1
    state = replace(
        state, failures=0, idle=idle, quiet=True, search=None, ceiling=pages.FULL, limits=pages.FULL, parked=frozenset()
    )
    return _wait(state, now.at + spread(_doubling(POLL_FIRST_S, idle, POLL_MAX_S), now.jitter))


def _failed(state: SyncState, now: Now, sent: Sent, kind: FailureKind) -> Step:
    match kind:
        case FailureKind.TOO_LARGE if sent.entries > 1:
            smaller = pages.halved(state.limits, sent.entries)
            return _send(replace(state, ceiling=smaller, limits=smaller), now)
        case FailureKind.TOO_LARGE | FailureKind.SERVER_FAILED:
            return _server_failed(state, now, sent)
        case FailureKind.FORKED | FailureKind.REVOKED | FailureKind.TOKEN_UNKNOWN:
            return _back_off(replace(state, status=replace(state.status, pair_again=True)), now, kind)
        case FailureKind.UNSUPPORTED:
            return _back_off(replace(state, status=replace(state.status, too_old=True)), now, kind)
        case FailureKind.UNREACHABLE | FailureKind.NOT_OUR_SERVER | FailureKind.CODE_REFUSED | FailureKind.TRY_LATER:
            # It says nothing about any entry, so a search begins again with asking whether the server is there.
            search = None if state.search is None else replace(state.search, server_answers=False)
            return _back_off(replace(state, search=search), now, kind)
        case _:
            assert_never(kind)


def _server_failed(state: SyncState, now: Now, sent: Sent) -> Step:
    """It may be down, or one entry may be too much for it."""
    search = state.search
    if sent.entries:
        counted = search.alone if search is not None else 0
        search = Search(alone=counted + 1 if sent.entries == 1 else 0)
        state = replace(state, limits=pages.alone(state.limits))
    elif search is not None:
        search = Search()  # it fails at nothing at all, too: it is simply down, and no entry is to blame
    return _back_off(replace(state, search=search), now, FailureKind.SERVER_FAILED)


def _server_answers(state: SyncState, search: Search, acked_seq: int) -> SyncState:
    """An empty exchange passed, so the next one tries entries again; after enough tries the first one is parked."""
    if search.alone >= FAILURES_ALONE:
        return replace(state, search=Search(server_answers=True), parked=state.parked | {acked_seq + 1})
    return replace(state, search=replace(search, server_answers=True))


def _back_off(state: SyncState, now: Now, kind: str) -> Step:
    status = replace(
        state.status, online=False, problem_kind=str(kind), offline_since=state.status.offline_since or now.wall
    )
    wait = REST_S if _is_hopeless(status) else _doubling(BACKOFF_FIRST_S, state.failures, BACKOFF_MAX_S)
    return _wait(replace(state, failures=state.failures + 1, status=status), now.at + spread(wait, now.jitter))


def _is_hopeless(status: SyncStatus) -> bool:
    return status.pair_again or status.problem_kind == FailureKind.UNSUPPORTED


def _doubling(first_s: float, times: int, most_s: float) -> float:
    return min(first_s * 2.0 ** min(times, 16), most_s)  # the float of a week of failures would be no number any more


def _status_after(status: SyncStatus, now: Now, response: ExchangeResponse, more: bool) -> SyncStatus:
    return SyncStatus(
        online=True,
        succeeded_s=now.at,
        too_old=response.update,
        confirmed_at=status.confirmed_at if more or response.update else response.server_time,
        rows_left=response.rows_left if more else 0,
        loaded=status.loaded,
    )
