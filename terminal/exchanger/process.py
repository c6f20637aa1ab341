"""The exchanger process as seen by the counter: started, notified, answered, and restarted when it ends.

The counter waits for it only in `sync` and `stop`. Its requests are answered on the thread that listens to it.
"""

import logging
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from sync.exchange.ports import SyncStatus
from terminal.exchanger.command import command
from terminal.exchanger.messages import (
    Begin,
    BlanksCame,
    ComeBack,
    Done,
    Doubted,
    FromExchanger,
    KeysCame,
    LetGo,
    Logged,
    Revoked,
    Settled,
    StatusChanged,
    SyncRequested,
    ToExchanger,
    Wake,
    line,
    read_by_counter,
)
from terminal.keys.keys_in_use import KeysInUse
from terminal.machine.clock import Clock
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import LogLine
from terminal.problems import Problem
from terminal.storage.blank_pool import BlankPool
from terminal.storage.replica import Replica

STOP_S = 1.0
PAUSE_FIRST_S = 1.0  # pause before a restart
PAUSE_MAX_S = 60.0
LASTED_S = 60.0  # a process that ran longer resets the pause

log = logging.getLogger(__name__)


class ExchangerProcess:
    """The exchanger process of one till."""

    def __init__(
        self,
        profile: Profile,
        keys: KeysInUse,
        pool: BlankPool,
        replica: Replica,
        clock: Clock,
        *,
        on_status: Callable[[SyncStatus], None],
        on_logged: Callable[[LogLine], None],
        signed_off: Callable[[], None],
    ) -> None:
        self._profile = profile
        self._keys = keys
        self._pool = pool
        self._replica = replica
        self._clock = clock
        self._on_status = on_status
        self._on_logged = on_logged
        self._signed_off = signed_off
        self._status = SyncStatus()
        self._thread: threading.Thread | None = None
        self._gate = threading.Condition()  # guards what follows, and writing to the process
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = False
        self._over = False  # the till was revoked: no more exchanges
        self._asks: dict[int, float] = {}  # time-outs of unsettled sync requests, by number
        self._asked = 0

    @property
    def status(self) -> SyncStatus:
        """The state of the latest exchange. Thread-safe."""
        return self._status

    def start(self) -> None:
        """Starts exchanging."""
        assert self._thread is None, "started twice"
        self._replica.on_unreadable(lambda damaged: self._send(Doubted(damaged)))
        self._thread = threading.Thread(target=self._run, name="exchanger", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Requests an exchange. Thread-safe."""
        self._send(Wake(self._pool.wanted()))

    def sync(self, timeout_s: float) -> SyncStatus:
        """Waits until nothing is left either way, no retry will help, or time is up."""
        with self._gate:
            self._asked = number = self._asked + 1
            self._asks[number] = timeout_s
            self._send(SyncRequested(number, timeout_s))
            self._gate.wait_for(lambda: number not in self._asks or self._stopping or self._over, timeout_s)
            self._asks.pop(number, None)
        return self._status

    def stop(self) -> None:
        """Stops within a second; an exchange under way is cut off and repeated after the next start."""
        with self._gate:
            self._stopping = True
            self._gate.notify_all()
            process = self._process
        if process is not None:
            self._close(process)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    # below: on the listening thread

    def _run(self) -> None:
        failures = 0
        while not (self._stopping or self._over):
            began = self._clock.monotonic_s()
            try:
                self._listen()
            except Exception:  # the thread's outermost handler: a new exchanger is started
                log.exception("reading the exchanger's messages failed")
            failures = 1 if self._clock.monotonic_s() - began >= LASTED_S else failures + 1
            self._replica.come_back()  # in case it ended while the replica was closed
            with self._gate:
                if not (self._stopping or self._over):
                    log.error("the exchanger ended and is restarted")
                    since = self._status.offline_since or datetime.now(UTC)
                    self._take(replace(self._status, online=False, problem_kind="bug", offline_since=since))
                    pause_s = min(PAUSE_FIRST_S * 2.0 ** min(failures - 1, 16), PAUSE_MAX_S)
                    self._gate.wait_for(lambda: self._stopping, pause_s)

    def _listen(self) -> None:
        """Starts the process and handles its messages until it ends."""
        begin = self._beginning()
        with self._gate:
            if self._stopping:
                return
            self._process = process = subprocess.Popen(command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
            self._send(begin)
            for number, timeout_s in self._asks.items():
                self._send(SyncRequested(number, timeout_s))
        assert process.stdout is not None
        try:
            for received in process.stdout:
                self._handle(read_by_counter(received))
                if self._over:
                    self._close(process)
        finally:
            with self._gate:
                self._process = None
            self._close(process)
            process.kill()
            process.wait()

    def _beginning(self) -> Begin:
        keys = self._keys.now
        return Begin(
            folder=str(self._profile.folder.absolute()),
            signing=keys.signing.secret,
            token=keys.token,
            key_ids=self._keys.ids(),
            blanks_wanted=self._pool.wanted(),
            boot=self._clock.reading().boot,
        )

    def _handle(self, message: FromExchanger) -> None:
        match message:
            case StatusChanged(status, anchor):
                if anchor is not None:
                    self._clock.take(anchor)
                self._take(status)
            case Settled(number):
                with self._gate:
                    self._asks.pop(number, None)
                    self._gate.notify_all()
            case BlanksCame(sent):
                self._pool.take(sent)
            case Logged(logged):
                self._on_logged(logged)
            case KeysCame(sent):
                self._answer(lambda: self._keys.take(sent))
            case LetGo():
                self._answer(self._replica.let_go)
            case ComeBack():
                self._replica.come_back()
            case Revoked():
                self._answer(self._sign_off)

    def _take(self, status: SyncStatus) -> None:
        self._status = status
        self._on_status(status)

    def _answer(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Problem as problem:
            log.warning("problem", extra={"kind": problem.kind})
            self._send(Done(problem.kind))
        except Exception:
            log.exception("a request of the exchanger failed")
            self._send(Done("bug"))
        else:
            self._send(Done(key_ids=(0, 0) if self._over else self._keys.ids()))

    def _sign_off(self) -> None:
        self._signed_off()
        with self._gate:
            self._over = True
            self._gate.notify_all()

    def _send(self, message: ToExchanger) -> None:
        """Sends a message; without a process it is dropped, as a new process reads the current state."""
        with self._gate, suppress(OSError, ValueError):
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(line(message))
                self._process.stdin.flush()

    def _close(self, process: "subprocess.Popen[bytes]") -> None:
        """Closes the process's input, which ends it."""
        with self._gate, suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
