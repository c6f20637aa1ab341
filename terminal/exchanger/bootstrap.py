"""Composition root of the exchanger process, and of a till that exchanges only on request.

The exchanger ends with its input, and so with the counter however that ends.
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
from terminal.exchanger.remote_counter import RemoteCounter, RemoteKeys, RemotePool
from terminal.keys.identity import Identity
from terminal.machine import logs
from terminal.machine.clock import Clock, Hardware
from terminal.machine.profiles import Profile
from terminal.machine.recent_log import RecentLog
from terminal.storage.journal_reader import JournalReader
from terminal.storage.replica import Replica

NICENESS = 10  # the counter has priority on a shared processor

log = logging.getLogger(__name__)


def main() -> None:
    """Main function of the exchanger process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the counter, with which this process ends
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    out, sys.stdout = sys.stdout.buffer, sys.stderr  # standard output carries messages only
    logs.configure()
    counter = RemoteCounter(out)
    RecentLog(lambda line: counter.tell(Logged(line))).listen()
    begin = read_by_exchanger(sys.stdin.buffer.readline())
    assert isinstance(begin, Begin), "the first message must be Begin"
    with ExitStack() as stack:
        try:
            run(begin, counter, sys.stdin.buffer, stack)
        except Exception:
            log.exception("the exchanger ended by an error")
            raise SystemExit(1) from None


def run(begin: Begin, counter: RemoteCounter, lines: BinaryIO, stack: ExitStack) -> None:
    """Exchanges until the input *heard* ends; *stack* releases what it opens."""
    profile = Profile(Path(begin.folder))
    stack.callback(profile.exchange_lock().release)  # waits for a previous exchanger that is still ending
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
    driver.start(failed=partial(os._exit, 1))  # the counter then starts another process
    for line in lines:
        match read_by_exchanger(line):
            case Wake(count):
                pool.wants(count)
                driver.wake()
            case SyncRequested(number, timeout_s):
                threading.Thread(target=_settle, args=(driver, counter, number, timeout_s), daemon=True).start()
            case Doubted(damaged):
                replica.report_unreadable(damaged=damaged)
            case Done() as answer:
                counter.answered(answer)
            case Begin():
                raise AssertionError("Begin was sent twice")
            case word:
                assert_never(word)
    counter.gone()


def _settle(driver: Driver, counter: RemoteCounter, number: int, timeout_s: float) -> None:
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
    """The driver that exchanges with the server the till is paired with."""
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
    """The till's identity and key for signing requests."""
    return Signer(
        company_id=who.company_id,
        terminal_id=who.terminal_id,
        journal_id=who.journal_id,
        signing=signing,
        server_signing_public=who.signing_public,
    )
