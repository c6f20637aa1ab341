"""Composition root of the exchanger, and of a till that exchanges only when asked to.

The exchanger ends when its input does: with the counter, whatever became of that.
"""

import logging
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO, assert_never

from sync.exchange.driver import Driver
from sync.exchange.hint_listener import HintListener
from sync.exchange.ports import Keys, Pool, Signer, SyncStatus
from sync.exchange.snapshot_fetcher import SnapshotFetcher
from sync.exchange.transport import HttpTransport
from sync.protocol.chain import SigningKey
from terminal.exchanger.messages import (
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
from terminal.exchanger.remote_counter import FarCounter, FarKeys, FarPool
from terminal.keys.identity import Identity
from terminal.machine import logs
from terminal.machine.clock import Clock, Hardware
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import RecentLog
from terminal.storage.journal_reader import JournalReader
from terminal.storage.replica import Replica

NICENESS = 10  # where both want one processor, the counter goes first

log = logging.getLogger(__name__)


def main() -> None:
    """The process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # at a keyboard it is meant for the counter, and this ends with that
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # nothing else may be said there
    logs.configure()
    counter = FarCounter(out)
    RecentLog(lambda line: counter.tell(Logged(line))).listen()
    begin = read_by_exchanger(sys.stdin.buffer.readline())
    assert isinstance(begin, Begin), "whose till it is, is said first"
    with ExitStack() as stack:
        try:
            run(begin, counter, sys.stdin.buffer, stack)
        except Exception:
            log.exception("the exchanger has ended")
            raise SystemExit(1) from None


def run(begin: Begin, counter: FarCounter, heard: BinaryIO, stack: ExitStack) -> None:
    """Exchanges until nothing more is *heard*; what it opens is let go by *stack*."""
    profile = Profile(Path(begin.folder))
    stack.callback(profile.exchange_lock().release)  # the process before this one may be at its end still
    journal = JournalReader(profile.journal)
    stack.callback(journal.close)
    replica = Replica(profile.replica, journal.identity.journal_id, others_away=counter.away)
    stack.callback(replica.close)
    clock = Clock(Hardware(boot=begin.boot), replica.anchor())
    replica.teach(lambda: clock.anchor)
    keys, pool = FarKeys(counter, begin.key_ids), FarPool(counter, begin.blanks_wanted)

    def tell(status: SyncStatus) -> None:
        counter.tell(StatusChanged(status, clock.anchor))

    def signed_off() -> None:
        counter.ask(Revoked())

    driver = driver_of(
        profile,
        SigningKey(begin.signing),
        begin.token,
        journal,
        replica,
        clock=clock,
        keys=keys,
        pool=pool,
        on_status=tell,
        signed_off=signed_off,
    )
    stack.callback(driver.stop)
    driver.start(failed=partial(os._exit, 1))  # who started this process starts another
    for line in heard:
        match read_by_exchanger(line):
            case Wake(wanted):
                pool.wants(wanted)
                driver.wake()
            case SyncRequested(number, timeout_s):
                threading.Thread(target=_settle, args=(driver, counter, number, timeout_s), daemon=True).start()
            case Doubted(damaged):
                replica.doubt(damaged=damaged)
            case Done() as answer:
                counter.answered(answer)
            case Begin():
                raise AssertionError("it has begun")
            case word:
                assert_never(word)
    counter.gone()


def _settle(driver: Driver, counter: FarCounter, number: int, timeout_s: float) -> None:
    driver.sync(timeout_s)
    counter.tell(Settled(number))


def driver_of(
    profile: Profile,
    signing: SigningKey,
    token: str,
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
    server, me = journal.identity.server, signer(journal.identity, signing)
    return Driver(
        me,
        journal,
        replica,
        HttpTransport(server, token),
        clock,
        rng=random.SystemRandom(),
        on_status=on_status,
        hints=HintListener(server, token),
        keys=keys,
        pool=pool,
        signed_off=signed_off,
        snapshots=SnapshotFetcher(server, token, me, profile.replica, replica.install),
    )


def signer(who: Identity, signing: SigningKey) -> Signer:
    """Who the till is to its server."""
    return Signer(
        company_id=who.company_id,
        terminal_id=who.terminal_id,
        journal_id=who.journal_id,
        signing=signing,
        server_signing_public=who.signing_public,
    )
