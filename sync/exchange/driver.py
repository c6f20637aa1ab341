"""The only loop of the sync: does what the engine says, through the ports, on a thread of its own.

It decides nothing about when or how much. It believes no response that our server did not seal for this journal, and
whatever fails in an exchange ends that exchange only.
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
    Clock,
    HintSource,
    Journal,
    Keys,
    Pool,
    ReadySnapshot,
    Replica,
    Signer,
    Snapshots,
    SyncStatus,
    Transport,
)
from sync.protocol.messages import PROTOCOL, ExchangeResponse, Hint, Listening

STOP_S = 1.0
DIGEST_EVERY_S = 600.0  # comparing sums costs the server a few milliseconds
PART_STEP = 0.01  # of a snapshot: a page that shows it needs no more
SLEEP_MAX_S = 5.0  # waiting does not count a computer's sleep; the clock does, so look at it now and then
FOREVER = float("inf")

log = logging.getLogger(__name__)


class Driver:
    """Exchanges in the background once started; without that only while `sync` runs, on the caller's thread."""

    def __init__(
        self,
        identity: Signer,
        journal: Journal,
        replica: Replica,
        transport: Transport,
        clock: Clock,
        *,
        rng: random.Random,
        on_status: Callable[[SyncStatus], None],
        hints: HintSource | None = None,
        keys: Keys | None = None,
        snapshots: Snapshots | None = None,
        pool: Pool | None = None,
        signed_off: Callable[[], None] | None = None,
        protocol: int = PROTOCOL,
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._replica = replica
        self._transport = transport
        self._clock = clock
        self._rng = rng
        self._on_status = on_status
        self._hints = hints
        self._keys = keys
        self._snapshots = snapshots
        self._pool = pool
        self._signed_off = signed_off  # erases what a revoked till knows; called once all it had is handed over
        self._calls = Calls(identity, journal, transport, clock, keys=keys, pool=pool, protocol=protocol)
        self._handed_over = 0  # how far the server has this journal as salvage
        self._state = SyncState()
        self._told = self._state.status
        self._todo: SendExchange | Apply | None = None  # the engine waits for its outcome
        self._due = 0.0
        self._digest_due = 0.0  # sums are compared after a start, after a first load and after a healing, too
        self._thread: threading.Thread | None = None
        self._gate = threading.Condition()  # guards what follows
        self._woken = False
        self._hint: Hint | None = None  # the newest, while the engine has not been told of it
        self._asked = 0
        self._taken = 0  # asks the engine knows of
        self._settled = 0  # asks that need not wait longer
        self._stopping = False
        self._part: float | None = None  # of a snapshot, not told to the engine yet
        self._fetched: tuple[ReadySnapshot | None] | None = None  # the end of a fetch, with what it brought

    @property
    def status(self) -> SyncStatus:
        """What the latest exchange told; from any thread."""
        return self._state.status

    def start(self, failed: Callable[[], None] = lambda: None) -> None:
        """Exchange in the background from now on. *failed*: it has ended by a bug, and another driver has to go on."""
        assert self._thread is None and not self._stopping, "a driver runs once"
        self._thread = threading.Thread(target=self._run_thread, args=(failed,), name="sync", daemon=True)
        self._thread.start()
        if self._hints is not None:
            self._hints.start(self.hinted, self._listening)

    def wake(self) -> None:
        """There is something to exchange: an entry was appended, or the network is back. From any thread."""
        with self._gate:
            self._woken = True
            self._gate.notify_all()

    def hinted(self, hint: Hint) -> None:
        """The company is said to be so far. From any thread."""
        with self._gate:
            if self._hint is None or hint.version > self._hint.version:
                self._hint = hint
                self._gate.notify_all()

    def sync(self, timeout_s: float) -> SyncStatus:
        """Exchange until nothing is left either way, or no retry will help, or time is up."""
        with self._gate:
            self._asked += 1
            ask = self._asked
            self._gate.notify_all()
        if self._thread is None:
            self._run(self._clock.monotonic_s() + timeout_s, lambda: self._settled >= ask)
        else:
            with self._gate:
                self._gate.wait_for(lambda: self._settled >= ask or self._stopping, timeout_s)
        return self.status

    def stop(self) -> None:
        """End within a second, even with an exchange under way: it will be sent again another day."""
        with self._gate:
            self._stopping = True
            self._gate.notify_all()
        if self._hints is not None:
            self._hints.close()
        if self._snapshots is not None:
            self._snapshots.close()
        self._transport.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def turn(self, until: float = FOREVER) -> float:
        """One event for the engine, without waiting for one; says when the next is due.

        An exchange that is performed now is given up at *until*.
        """
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
        self._tell()
        return self._due if self._todo is None else self._clock.monotonic_s()

    def _fetch(self) -> None:
        if self._snapshots is None:
            self._ended(None)
        else:
            self._snapshots.start(self._moved, self._ended)

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
        assert self._snapshots is not None
        try:
            self._snapshots.install(ready)
        except Exception as error:  # as with a response: the till goes on with the replica it has
            log.warning("the snapshot was not installed", exc_info=error)

    def _snapshot_news(self) -> Event | None:
        """The end of a fetch, installed first; between exchanges only, since an answer under way has older cursors."""
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
                self._woken = False  # who asks is no less in a hurry than who wakes
                return Asked(self._now())
            if self._woken:
                self._woken = False
                return Woken(self._now())
            hint, self._hint = self._hint, None
        return None if hint is None else self._heard(hint)

    def _heard(self, hint: Hint) -> Event:
        """A hint that brought what can be used as it is, or one that is only a reason to ask."""
        if hint.answer is not None and self._todo is None:
            try:
                marks = self._replica.marks()
                if requests.continues(marks, hint) and marks.acked_seq <= hint.answer.acked_seq:
                    requests.check_answer(self._identity, hint.answer, self._journal.head().seq)
                    sent = Sent(marks.acked_seq, marks.cursors, entries=0)
                    return Hinted(self._now(), hint.version, Answered(self._now(), sent, hint.answer))
            except Exception as error:  # an exchange will say what the matter is
                log.info("a hint brought nothing of use: %s", error)
        return Hinted(self._now(), hint.version)

    def _listening(self) -> Listening | None:
        """What the hints need not bring; None while no hint could bring what is missing."""
        try:
            read = self._replica.marks().cursors
        except Exception as error:  # the exchanges find out what the matter is
            log.info("listening without having read anything: %s", error)
            return None
        if read.recent is not None:
            return None
        return Listening(journal=self._identity.journal_id, essentials=read.essentials, bulk=read.bulk)

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

    def _tell(self) -> None:
        if self._state.status != self._told:
            self._told = self._state.status
            self._on_status(self._told)
        if is_settled(self._state):
            with self._gate:
                self._settled = self._taken
                self._gate.notify_all()

    def _run_thread(self, failed: Callable[[], None]) -> None:
        try:
            self._run(FOREVER, lambda: False)
        except Exception:  # its state is not to be relied on; all of it can be found out again
            log.exception("the sync has ended")
            failed()

    def _run(self, until: float, is_done: Callable[[], bool]) -> None:
        while not (self._stopping or is_done() or self._clock.monotonic_s() >= until):
            due = min(self.turn(until), until)
            with self._gate:
                wait_s = min(due - self._clock.monotonic_s(), SLEEP_MAX_S)
                has_news = self._woken or self._hint or self._asked > self._taken or self._fetched is not None
                if wait_s > 0 and not (has_news or self._stopping or is_done()):
                    self._gate.wait(wait_s)

    def _exchange(self, sending: SendExchange, until: float) -> Event:
        try:
            wants_digest = self._clock.monotonic_s() >= self._digest_due
            exchange = self._calls.next(sending, self._replica.marks(), digest=wants_digest)
            request, sent = exchange.request, exchange.sent
            try:
                response = self._calls.answer(exchange, until)
                requests.check_answer(self._identity, response, request.last_seq)
            except ExchangeFailure as met:
                failure = self._turned_away(met, sent, until) if isinstance(met, TurnedAway) else met
                log.info("exchange failed: %s: %s", failure.kind, failure)
                return ExchangeFailed(self._now(), sent, failure.kind)
            self._clock.learned(response.server_time, request.clock, self._clock.reading())
            if not self._stopping:
                self._calls.begin_next(exchange, response, until)
            return Answered(self._now(), sent, response)
        except Exception as error:  # one exchange is a job: the thread must outlive it
            return self._till_failed(error)

    def _apply(self, response: ExchangeResponse) -> Event:
        try:
            if response.keys is not None and self._keys is not None:
                self._keys.take(response.keys)  # before the rows that need them, which come again if this fails
            self._replica.apply(response)
            if response.pool is not None and self._pool is not None:
                self._pool.take(response.pool)
            if response.digest is not None:
                self._digest_due = self._clock.monotonic_s() + DIGEST_EVERY_S
            return Applied(self._now(), self._replica.marks(), self._journal.head().seq)
        except Exception as error:  # as above: a full disk today is an exchange that succeeds tomorrow
            return self._till_failed(error)

    def _turned_away(self, refusal: TurnedAway, sent: Sent, until: float) -> ExchangeFailure:
        """What the server does not have is handed over; a terminal that was revoked is over after that."""
        try:
            if isinstance(refusal, Revoked):
                requests.check_revocation(self._identity, refusal)
            after = min(self._journal.head().seq, max(sent.after, self._handed_over))
            deadline_s = self._calls.deadline_s(until)
            self._handed_over = requests.hand_over(
                self._identity, self._journal, self._transport, self._clock, after=after, deadline_s=deadline_s
            )
        except TurnedAway:
            log.warning("the server takes no salvage")
        except ExchangeFailure as failure:
            return failure
        if isinstance(refusal, Revoked) and self._signed_off is not None:
            self._signed_off()
            with self._gate:
                self._stopping = True
                self._gate.notify_all()
            if self._hints is not None:
                self._hints.close()
        return refusal

    def _till_failed(self, error: Exception) -> TillFailed:
        kind = getattr(error, "kind", "bug")  # a problem of the counter's says its kind; what else escapes is a bug
        log.error("an exchange ended on the till's side: %s", kind, exc_info=error)
        return TillFailed(self._now(), str(kind))

    def _now(self) -> Now:
        return Now(self._clock.monotonic_s(), self._clock.reading().wall, self._rng.random())
