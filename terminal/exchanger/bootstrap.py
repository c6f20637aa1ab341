"""Composition root of the exchanger, and of a till that exchanges only when asked to.

The exchanger ends when its input does: with the counter, whatever became of that, and whatever this waits for.
"""

import gc
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, assert_never

from sync.exchange.access import Access
from sync.exchange.driver import Driver
from sync.exchange.hint_listener import HintListener
from sync.exchange.ports import Keys, Pool, Ports, Signer, SyncStatus
from sync.exchange.snapshot_fetcher import SnapshotFetcher
from sync.exchange.transport import HttpTransport
from sync.protocol.chain import SigningKey
from terminal.exchanger.messages import (
    Alive,
    Begin,
    Done,
    Doubted,
    Logged,
    Revoked,
    Settled,
    StatusChanged,
    SyncRequested,
    Wake,
    read_by_exchanger,
)
from terminal.exchanger.remote_counter import CounterGone, RemoteCounter, RemoteKeys, RemotePool
from terminal.keys.identity import Identity
from terminal.machine import logs
from terminal.machine.clock import Clock, Hardware
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import RecentLog
from terminal.storage.journal_reader import JournalReader
from terminal.storage.replica import Replica

NICENESS = 10  # where both want one processor, the counter goes first
ENDS_S = 1.0  # after the counter; what is not done by then is done at the next start
ALIVE_EACH_S = 1.0
STUCK_S = 300.0  # an exchange that is well takes a minute at most, and a file of a million cards some seconds
_PR_SET_PDEATHSIG = 1

Words = SimpleQueue[Begin | Wake | SyncRequested | Doubted | None]

log = logging.getLogger(__name__)


def main() -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a keyboard it is meant for the counter, and this ends with that
    _end_with_the_counter()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing else may be said there
    logs.configure()
    counter = RemoteCounter(out)
    RecentLog(lambda line: counter.tell(Logged(line))).listen()
    words: Words = SimpleQueue()
    threading.Thread(target=listen, args=(sys.stdin.buffer, counter, words), name="ear", daemon=True).start()
    drivers: list[Driver] = []
    threading.Thread(target=_say_alive, args=(counter, drivers), name="alive", daemon=True).start()
    begin = words.get()
    if begin is None:
        return
    assert isinstance(begin, Begin), "whose till it is, is said first"
    with ExitStack() as stack:
        try:
            run(begin, counter, words, drivers, stack)
        except CounterGone:
            return
        except Exception:
            log.exception("the exchanger has ended")
            raise SystemExit(1) from None


def _end_with_the_counter() -> None:
    """Also where this process waits for a disk, or was stopped: then nobody reads that the pipe was closed."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - of no use elsewhere

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def listen(heard: BinaryIO, counter: RemoteCounter, words: Words) -> None:
    """Hears what the counter says until it says nothing more, whatever the others wait for. Then the process ends."""
    try:
        for line in heard:
            match read_by_exchanger(line):
                case Done() as answer:
                    counter.answered(answer)
                case word:
                    words.put(word)
    except Exception:  # a thread begins here: without an ear there is no going on
        log.exception("the counter was not understood")
    counter.gone()
    words.put(None)
    time.sleep(ENDS_S)
    os._exit(1)


def _say_alive(counter: RemoteCounter, drivers: list[Driver]) -> None:
    """Says so every second, until a driver, or the start before there is one, gets no further."""
    turns, stuck_s = -1, 0.0
    while stuck_s < STUCK_S:
        counter.tell(Alive())
        time.sleep(ALIVE_EACH_S)  # counted, since a clock goes on while the computer sleeps
        reached = drivers[0].turns if drivers else -1
        stuck_s, turns = stuck_s + ALIVE_EACH_S if reached == turns else 0.0, reached
    log.error("an exchange does not end")


def run(begin: Begin, counter: RemoteCounter, words: Words, drivers: list[Driver], stack: ExitStack) -> None:
    """Exchanges until nothing more is heard, with a driver added to *drivers*; what it opens is let go by *stack*."""
    profile = Profile(Path(begin.folder))
    stack.callback(profile.exchange_lock().release)  # the process before this one may be at its end still
    journal = JournalReader(profile.journal)
    stack.callback(journal.close)
    replica = Replica(profile.replica, journal.identity.journal_id, others_away=counter.away)
    stack.callback(replica.close)
    clock = Clock(Hardware(boot=begin.boot), replica.anchor())
    replica.teach(lambda: clock.anchor)
    keys, pool = RemoteKeys(counter, begin.key_ids), RemotePool(counter, begin.blanks_wanted)

    def tell(status: SyncStatus) -> None:
        counter.tell(StatusChanged(status, clock.anchor))

    def signed_off() -> None:
        counter.ask(Revoked)

    driver = driver_of(
        profile,
        SigningKey(begin.signing),
        access(journal.identity, begin.token, begin.answer_key),
        journal,
        replica,
        clock=clock,
        keys=keys,
        pool=pool,
        on_status=tell,
        signed_off=signed_off,
    )
    stack.callback(driver.stop)
    gc.freeze()  # present objects are permanent: looking through them took longer than a page of entries
    driver.start(failed=partial(os._exit, 1))  # who started this process starts another
    drivers.append(driver)
    while (word := words.get()) is not None:
        match word:
            case Wake(wanted):
                pool.wants(wanted)
                driver.wake()
            case SyncRequested(number, timeout_s):
                threading.Thread(target=_settle, args=(driver, counter, number, timeout_s), daemon=True).start()
            case Doubted(doubt):
                replica.report_unreadable(doubt)
                driver.sync_soon()
            case Begin():
                raise AssertionError("it has begun")
            case _:
                assert_never(word)


def _settle(driver: Driver, counter: RemoteCounter, number: int, timeout_s: float) -> None:
    driver.sync(timeout_s)
    counter.tell(Settled(number))


def driver_of(
    profile: Profile,
    signing: SigningKey,
    way: Access,
    journal: JournalReader,
    replica: Replica,
    *,
    clock: Clock,
    keys: Keys,
    pool: Pool,
    on_status: Callable[[SyncStatus], None],
    signed_off: Callable[[], None],
) -> Driver:
    """A till's exchange with the server that it was paired with."""
    me = signer(journal.identity, signing)
    ports = Ports(
        me,
        journal,
        replica,
        HttpTransport(way),
        clock,
        hints=HintListener(way),
        keys=keys,
        snapshots=SnapshotFetcher(way, me, profile.replica, replica.install),
        pool=pool,
        signed_off=signed_off,
    )
    return Driver(ports, rng=random.SystemRandom(), on_status=on_status)


def signer(who: Identity, signing: SigningKey) -> Signer:
    """Who the till is to its server."""
    return Signer(
        company_id=who.company_id,
        terminal_id=who.terminal_id,
        journal_id=who.journal_id,
        signing=signing,
        server_signing_public=who.signing_public,
    )


def access(who: Identity, token: str, answer_key: bytes) -> Access:
    """The till's access to its server."""
    return Access(who.server, token, answer_key, who.signing_public)
