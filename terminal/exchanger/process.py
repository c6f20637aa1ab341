"""The exchanger, as the counter has it: started, told what happens, answered, and started again when it ends.

The counter waits for it in `sync` and `stop` only, and neither without an end. What it asks is answered on the thread
that listens to it; what it is told is written by a thread of its own, so that nobody waits for one that was stopped.
"""

import io
import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import cast

from sync.exchange.ports import SyncStatus
from terminal.exchanger.command import command
from terminal.exchanger.messages import (
    Alive,
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
from terminal.keys.secret_stores import PASSPHRASE_VARIABLE
from terminal.machine.clock import Clock
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import LogLine
from terminal.problems import Problem
from terminal.storage.blank_pool import BlankPool
from terminal.storage.replica import Replica

STOP_S = 1.0
PAUSE_FIRST_S = 1.0  # before it is started again
PAUSE_MAX_S = 60.0
LASTED_S = 60.0  # one that ended later was well: the next pause is a short one again
LOOK_EACH_S = 1.0
SILENT_LOOKS = 10  # without a word: it says every second that it is alive

log = logging.getLogger(__name__)


def _without_passphrase() -> dict[str, str]:
    """The exchanger is handed the keys that it needs."""
    return {name: value for name, value in os.environ.items() if name != PASSPHRASE_VARIABLE}


class _Running:
    """One process, with what it is still to be told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - ourselves
            command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=_without_passphrase()
        )
        self.heard = 0  # words
        self._words: SimpleQueue[bytes | None] = SimpleQueue()
        threading.Thread(target=self._write, name="to the exchanger", daemon=True).start()
        threading.Thread(target=self._look_after, name="exchanger watch", daemon=True).start()

    def say(self, word: ToExchanger) -> None:
        """Has it written when the pipe takes it."""
        self._words.put(line(word))

    def say_no_more(self) -> None:
        """Closes the pipe, which ends the process."""
        self._words.put(None)

    def end(self) -> None:
        """At once, if it has not ended by itself."""
        self.say_no_more()
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):  # one that waits for a dead disk cannot even be killed
            self.process.wait(STOP_S)

    def _write(self) -> None:
        pipe = self.process.stdin
        assert pipe is not None
        with suppress(OSError), pipe:
            while (word := self._words.get()) is not None:
                left = memoryview(word)
                while left:
                    left = left[pipe.write(left) or 0 :]

    def _look_after(self) -> None:
        """Ends a process that says nothing: it was stopped, or waits for what does not come.

        Looks are counted and not seconds, which pass as well while this computer sleeps, or this process is stopped.
        """
        before, silent = -1, 0
        while self.process.poll() is None:
            time.sleep(LOOK_EACH_S)
            before, silent = self.heard, silent + 1 if self.heard == before else 0
            if silent >= SILENT_LOOKS:
                log.error("the exchanger says nothing any more, and is ended")
                self.process.kill()
                return


class ExchangerProcess:
    """One till's."""

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
        self._gate = threading.Condition()  # guards what follows
        self._running: _Running | None = None
        self._stopping = False
        self._over = False  # the company has revoked this till: there is nothing to exchange any more
        self._asks: dict[int, float] = {}  # how long each ask that is not settled waits, by its number
        self._asked = 0

    @property
    def status(self) -> SyncStatus:
        """What the latest exchange told; from any thread."""
        return self._status

    def start(self) -> None:
        """Exchange from now on."""
        assert self._thread is None, "it is started once"
        self._replica.on_unreadable(lambda doubt: self._send(Doubted(doubt)))
        self._thread = threading.Thread(target=self._run, name="exchanger", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to exchange. From any thread."""
        self._send(Wake(self._pool.wanted()))

    def sync(self, timeout_s: float) -> SyncStatus:
        """Waits until nothing is left either way, or no retry will help, or time is up."""
        with self._gate:
            self._asked = number = self._asked + 1
            self._asks[number] = timeout_s
            self._send(SyncRequested(number, timeout_s))
            self._gate.wait_for(lambda: number not in self._asks or self._stopping or self._over, timeout_s)
            self._asks.pop(number, None)
        return self._status

    def stop(self) -> None:
        """End within a second, even with an exchange under way: it will be sent again another day."""
        with self._gate:
            self._stopping = True
            self._gate.notify_all()
            running = self._running
        if running is not None:
            running.say_no_more()
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(STOP_S)
            running.end()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    # below: on the thread that listens

    def _run(self) -> None:
        failures = 0
        while not (self._stopping or self._over):
            began = self._clock.monotonic_s()
            try:
                self._listen()
            except Exception:  # a thread begins here: whatever it was, the counter goes on, with another exchanger
                log.exception("the exchanger was not understood")
            failures = 1 if self._clock.monotonic_s() - began >= LASTED_S else failures + 1
            self._replica.come_back()  # it may have ended in between
            with self._gate:
                if not (self._stopping or self._over):
                    log.error("the exchanger has ended, and is started again")
                    since = self._status.offline_since or datetime.now(UTC)
                    self._take(replace(self._status, online=False, problem_kind="bug", offline_since=since))
                    pause_s = min(PAUSE_FIRST_S * 2.0 ** min(failures - 1, 16), PAUSE_MAX_S)
                    self._gate.wait_for(lambda: self._stopping, pause_s)

    def _listen(self) -> None:
        """Starts the process, and does what it says until it ends."""
        begin = self._beginning()
        with self._gate:
            if self._stopping:
                return
            self._running = running = _Running()
            running.say(begin)
            for number, timeout_s in self._asks.items():
                running.say(SyncRequested(number, timeout_s))
        try:
            for told in io.BufferedReader(cast(io.FileIO, running.process.stdout)):
                running.heard += 1
                self._handle(read_by_counter(told))
                if self._over:
                    running.say_no_more()
        finally:
            with self._gate:
                self._running = None
            running.end()

    def _beginning(self) -> Begin:
        keys = self._keys.now
        return Begin(
            folder=str(self._profile.folder.absolute()),
            signing=keys.signing.secret,
            token=keys.token,
            answer_key=self._keys.answer_key(),
            key_ids=self._keys.ids(),
            blanks_wanted=self._pool.wanted(),
            boot=self._clock.reading().boot,
        )

    def _handle(self, word: FromExchanger) -> None:
        match word:
            case Alive():
                pass
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
            case KeysCame(number, sent):
                self._answer(number, lambda: self._keys.take(sent))
            case LetGo(number):
                self._answer(number, self._replica.let_go)
            case ComeBack():
                self._replica.come_back()
            case Revoked(number):
                self._answer(number, self._sign_off)

    def _take(self, status: SyncStatus) -> None:
        self._status = status
        self._on_status(status)

    def _answer(self, number: int, doing: Callable[[], None]) -> None:
        try:
            doing()
        except Problem as problem:
            log.warning("problem", extra={"kind": problem.kind})
            self._send(Done(number, problem.kind))
        except Exception:
            log.exception("what the exchanger asked was not done")
            self._send(Done(number, "bug"))
        else:
            self._send(Done(number, key_ids=(0, 0) if self._over else self._keys.ids()))

    def _sign_off(self) -> None:
        self._signed_off()
        with self._gate:
            self._over = True
            self._gate.notify_all()

    def _send(self, word: ToExchanger) -> None:
        """To a process that is not there it need not be said: it looks for itself when it begins."""
        with self._gate:
            if self._running is not None:
                self._running.say(word)
