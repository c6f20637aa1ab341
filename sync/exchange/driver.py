"""The main loop of the sync: performs the engine's actions through the ports, on its own thread.

The engine decides when and how much to exchange. Only responses sealed by the company's server for this journal are
used; any failure ends the current exchange only.
"""

import logging
import random
import threading
from collections.abc import Callable
from typing import assert_never

from sync.exchange import requests
from sync.exchange.calls import Calls
from sync.exchange.engine import (
    Answered,
    Applied,
    Apply,
    Asked,
    Event,
    ExchangeFailed,
    FetchSnapshot,
    Hinted,
    Now,
    SendExchange,
    Sent,
    SnapshotEnded,
    SnapshotMoved,
    SyncState,
    Ticked,
    TillFailed,
    WaitUntil,
    Woken,
    is_settled,
    step,
)
from sync.exchange.failures import ExchangeFailure, Revoked, TurnedAway
from sync.exchange.ports import (
    Ports,
    ReadySnapshot,
    ReplicaBegunAnew,
    SyncStatus,
    TillGone,
)
from sync.protocol.messages import PROTOCOL, ExchangeResponse, Hint, Listening

STOP_S = 1.0
DIGEST_EVERY_S = 600.0  # comparing sums costs the server a few milliseconds
ANEW_EACH_S = 60.0  # a replica begun anew is filled at once, but not again and again
PART_STEP = 0.01  # smallest reported progress of a snapshot
SLEEP_MAX_S = 5.0  # waits ignore time asleep, the clock counts it: check regularly
FOREVER = float("inf")

log = logging.getLogger(__name__)


class Driver:
    """Exchanges in the background once started; before that, only within `sync`, on the caller's thread."""

    def __init__(
        self,
        ports: Ports,
        *,
        rng: random.Random,
        on_status: Callable[[SyncStatus], None],
        protocol: int = PROTOCOL,
    ) -> None:
        self._ports = ports
        self._rng = rng
        self._on_status = on_status
        self._calls = Calls(ports, protocol)
        self._handed_over = 0  # seq up to which the server has salvaged this journal
        self._state = SyncState()
        self._reported = self._state.status
        self._todo: SendExchange | Apply | None = None  # the action whose outcome the engine awaits
        self._due = 0.0
        self.turns = 0  # grows at least every few minutes unless the driver is stuck
        self._begun_anew_s = -FOREVER  # when the replica was begun anew last
        self._digest_due = 0.0  # due at start, so that sums are compared then too
        self._thread: threading.Thread | None = None
        self._gate = threading.Condition()  # guards what follows
        self._woken = False
        self._hint: Hint | None = None  # the newest hint not yet passed to the engine
        self._asked = 0
        self._taken = 0  # asks passed to the engine
        self._settled = 0  # asks whose callers need not wait any more
        self._stopping = False
        self._part: float | None = None  # snapshot progress not yet passed to the engine
        self._fetched: tuple[ReadySnapshot | None] | None = None  # the result of a finished fetch, to be installed

    @property
    def status(self) -> SyncStatus:
        """The state of the sync after the latest exchange. Thread-safe."""
        return self._state.status

    def start(self, failed: Callable[[], None] = lambda: None) -> None:
        """Starts exchanging in the background. *failed* is called if the thread ends by a bug and a new driver is
        needed."""
        assert self._thread is None and not self._stopping, "a driver runs once"
        self._thread = threading.Thread(target=self._run_thread, args=(failed,), name="sync", daemon=True)
        self._thread.start()
        if self._ports.hints is not None:
            self._ports.hints.start(self.hinted, self._listening)

    def wake(self) -> None:
        """Requests an exchange, because an entry was appended or the network is back. Thread-safe."""
        with self._gate:
            self._woken = True
            self._gate.notify_all()

    def sync_soon(self) -> None:
        """Requests an exchange regardless of timers, without waiting for it. Thread-safe."""
        with self._gate:
            self._asked += 1
            self._gate.notify_all()

    def hinted(self, hint: Hint) -> None:
        """Takes a hint about the company's version. Thread-safe."""
        with self._gate:
            if self._hint is None or hint.version > self._hint.version:
                self._hint = hint
                self._gate.notify_all()

    def sync(self, timeout_s: float) -> SyncStatus:
        """Exchanges until nothing is left either way, no retry will help, or time is up."""
        with self._gate:
            self._asked += 1
            ask = self._asked
            self._gate.notify_all()
        if self._thread is None:
            self._run(self._ports.clock.monotonic_s() + timeout_s, lambda: self._settled >= ask)
        else:
            with self._gate:
                self._gate.wait_for(lambda: self._settled >= ask or self._stopping, timeout_s)
        return self.status

    def stop(self) -> None:
        """Stops within a second; an exchange under way is cut off and repeated after the next start."""
        with self._gate:
            self._stopping = True
            self._gate.notify_all()
        if self._ports.hints is not None:
            self._ports.hints.close()
        if self._ports.snapshots is not None:
            self._ports.snapshots.close()
        self._ports.transport.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def turn(self, until: float = FOREVER) -> float:
        """Passes one event to the engine and performs its actions, without waiting; returns when the next turn is due.

        An exchange performed in this turn is given up at *until*.
        """
        self.turns += 1
        self._state, actions = step(self._state, self._news() or self._outcome(until) or Ticked(self._now()))
        for action in actions:
            match action:
                case SendExchange() | Apply():
                    self._todo = action
                case FetchSnapshot():
                    self._fetch()
                case WaitUntil(due):
                    self._due = due
                case _:
                    assert_never(action)
        self._report_status()
        return self._due if self._todo is None else self._ports.clock.monotonic_s()

    def _fetch(self) -> None:
        if self._ports.snapshots is None:
            self._ended(None)
        else:
            self._ports.snapshots.start(self._moved, self._ended)

    def _moved(self, part: float) -> None:
        with self._gate:
            if self._part is None or part - self._part >= PART_STEP:
                self._part = part
                self._gate.notify_all()

    def _ended(self, ready: ReadySnapshot | None) -> None:
        with self._gate:
            self._fetched, self._part = (ready,), None
            self._gate.notify_all()

    def _install(self, ready: ReadySnapshot) -> None:
        assert self._ports.snapshots is not None
        try:
            self._ports.snapshots.install(ready)
        except Exception as error:  # the till keeps its present replica
            log.warning("installing the snapshot failed", exc_info=error)

    def _snapshot_news(self) -> Event | None:
        """Progress or end of a snapshot fetch. Installation waits for the end of an exchange, whose cursors would be
        older."""
        with self._gate:
            part, fetched = self._part, self._fetched if self._todo is None else None
            if fetched is not None:
                self._fetched = None
        if fetched is not None:
            if fetched[0] is not None:
                self._install(fetched[0])
            return SnapshotEnded(self._now())
        if part is not None and part != self._state.status.loaded:
            return SnapshotMoved(self._now(), part)
        return None

    def _news(self) -> Event | None:
        if (event := self._snapshot_news()) is not None:
            return event
        with self._gate:
            if self._asked > self._taken:
                self._taken = self._asked
                self._woken = False  # asking includes waking
                return Asked(self._now())
            if self._woken:
                self._woken = False
                return Woken(self._now())
            hint, self._hint = self._hint, None
        return None if hint is None else self._heard(hint)

    def _heard(self, hint: Hint) -> Event:
        """The event of a hint, with its answer if that can be applied as it is."""
        if hint.answer is not None and self._todo is None:
            try:
                marks = self._ports.replica.marks()
                if requests.continues(marks, hint) and marks.acked_seq <= hint.answer.acked_seq:
                    requests.check_answer(self._ports.identity, hint.answer, self._ports.journal.head().seq)
                    sent = Sent(marks.acked_seq, marks.cursors, entries=0)
                    return Hinted(self._now(), hint.version, Answered(self._now(), sent, hint.answer))
            except Exception as error:  # an exchange will show the problem
                log.info("unusable news in a hint: %s", error)
        return Hinted(self._now(), hint.version)

    def _listening(self) -> Listening | None:
        """The read position to send to the hint stream; None while no hint could bring what is missing."""
        try:
            read = self._ports.replica.marks().cursors
        except Exception as error:  # exchanges will show the problem
            log.info("listening without a read position: %s", error)
            return None
        if read.recent is not None:
            return None
        journal_id, can = self._ports.identity.journal_id, ",".join(requests.CAN)
        return Listening(journal=journal_id, essentials=read.essentials, bulk=read.bulk, can=can)

    def _outcome(self, until: float) -> Event | None:
        todo, self._todo = self._todo, None
        match todo:
            case SendExchange():
                return self._exchange(todo, until)
            case Apply(response):
                return self._apply(response)
            case None:
                return None
            case _:
                assert_never(todo)

    def _report_status(self) -> None:
        if self._state.status != self._reported:
            self._reported = self._state.status
            self._on_status(self._reported)
        if is_settled(self._state):
            with self._gate:
                self._settled = self._taken
                self._gate.notify_all()

    def _run_thread(self, failed: Callable[[], None]) -> None:
        try:
            self._run(FOREVER, lambda: False)
        except Exception:  # the state may be inconsistent; a new driver rebuilds it
            log.exception("the sync thread ended by a bug")
            failed()

    def _run(self, until: float, is_done: Callable[[], bool]) -> None:
        while not (self._stopping or is_done() or self._ports.clock.monotonic_s() >= until):
            due = min(self.turn(until), until)
            with self._gate:
                wait_s = min(due - self._ports.clock.monotonic_s(), SLEEP_MAX_S)
                has_news = self._woken or self._hint or self._asked > self._taken or self._fetched is not None
                if wait_s > 0 and not (has_news or self._stopping or is_done()):
                    self._gate.wait(wait_s)

    def _exchange(self, sending: SendExchange, until: float) -> Event:
        try:
            wants_digest = self._ports.clock.monotonic_s() >= self._digest_due
            exchange = self._calls.next(sending, self._ports.replica.marks(), digest=wants_digest)
            request, sent = exchange.request, exchange.sent
            try:
                response = self._calls.answer(exchange, until)
                requests.check_answer(self._ports.identity, response, request.last_seq)
            except ExchangeFailure as refused:
                failure = self._turned_away(refused, sent, until) if isinstance(refused, TurnedAway) else refused
                log.info("exchange failed: %s: %s", failure.kind, failure)
                return ExchangeFailed(self._now(), sent, failure.kind)
            if requests.is_of_another_life(request, response):
                log.warning("the server was restored from a backup: all rows are compared with it")
                self._digest_due = 0.0
                self.wake()
            self._ports.clock.learned(response.server_time, request.clock, self._ports.clock.reading())
            if not self._stopping:
                self._calls.begin_next(exchange, response, until)
            return Answered(self._now(), sent, response)
        except Exception as error:  # the thread must survive a failed exchange
            return self._till_failed(error)

    def _apply(self, response: ExchangeResponse) -> Event:
        try:
            if response.keys is not None and self._ports.keys is not None:
                self._ports.keys.take(
                    response.keys
                )  # before the rows encrypted with them; if this fails, both are sent again
            self._ports.replica.apply(response)
            if response.pool is not None and self._ports.pool is not None:
                self._ports.pool.take(response.pool)
            if response.digest is not None:
                self._digest_due = self._ports.clock.monotonic_s() + DIGEST_EVERY_S
            return Applied(self._now(), self._ports.replica.marks(), self._ports.journal.head().seq)
        except ReplicaBegunAnew as begun:
            return self._begun_anew(begun)
        except Exception as error:  # as above; a later exchange may succeed
            return self._till_failed(error)

    def _begun_anew(self, begun: ReplicaBegunAnew) -> TillFailed:
        """Nothing is in the way of asking again at once; but where it happens again, the cause is not over."""
        now_s = self._ports.clock.monotonic_s()
        if now_s - self._begun_anew_s >= ANEW_EACH_S:
            self.sync_soon()
        self._begun_anew_s = now_s
        return self._till_failed(begun)

    def _turned_away(self, refusal: TurnedAway, sent: Sent, until: float) -> ExchangeFailure:
        """Hands over the entries the server lacks; after a revocation, then signs the till off."""
        try:
            if isinstance(refusal, Revoked):
                requests.check_revocation(self._ports.identity, refusal)
            after = min(self._ports.journal.head().seq, max(sent.after, self._handed_over))
            deadline_s = self._calls.deadline_s(until)
            self._handed_over = requests.hand_over(
                self._ports.identity,
                self._ports.journal,
                self._ports.transport,
                self._ports.clock,
                after=after,
                deadline_s=deadline_s,
            )
        except TurnedAway:
            log.warning("the server refused the salvaged entries")
        except ExchangeFailure as failure:
            return failure
        if isinstance(refusal, Revoked) and self._ports.signed_off is not None:
            self._ports.signed_off()
            with self._gate:
                self._stopping = True
                self._gate.notify_all()
            if self._ports.hints is not None:
                self._ports.hints.close()
        return refusal

    def _till_failed(self, error: Exception) -> TillFailed:
        kind = getattr(error, "kind", "bug")  # the counter's problems have a kind; anything else is a bug
        if isinstance(error, TillGone):
            log.info("an exchange ended with the counter")
            return TillFailed(self._now(), str(kind))
        log.error("an exchange failed on the till's side: %s", kind, exc_info=error if kind == "bug" else None)
        return TillFailed(self._now(), str(kind))

    def _now(self) -> Now:
        return Now(self._ports.clock.monotonic_s(), self._ports.clock.reading().wall, self._rng.random())
