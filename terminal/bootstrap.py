"""Composition root of the counter without a screen: the only place that opens a till's files and builds its parts."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loyalty.settings import Settings
from sync.exchange.addresses import NotAnAddress, server_url
from sync.exchange.ports import SyncStatus
from sync.exchange.transport import HttpTransport
from sync.exchange.transport import pair as ask_to_pair
from sync.protocol.entries import LockoutsCarried
from terminal.counter.counter import Counter, Exchanger
from terminal.exchanger.process import ExchangerProcess
from terminal.interface.languages import begin_with
from terminal.keys.identity import Identity
from terminal.keys.keys_in_use import KeysInUse
from terminal.keys.secret_stores import secrets_place
from terminal.keys.vault import Vault
from terminal.machine.clock import Clock, Hardware, passed_since
from terminal.machine.preferences import preferences_at
from terminal.machine.profiles import Profile, profile_at
from terminal.machine.recent_log import LogLine
from terminal.pairing import handover, pairing
from terminal.pairing.revocation import sign_off
from terminal.problems import AddressWrong, KeysMissing, SignedOff
from terminal.storage.blank_pool import BlankPool
from terminal.storage.journal import Journal
from terminal.storage.replica import Replica
from terminal.storage.replica_reader import essentials_in

if TYPE_CHECKING:
    from sync.exchange.driver import Driver


class Till:
    """An open till. Its files stay locked until `close`."""

    def __init__(
        self, counter: Counter, exchanger: Exchanger, journal: Journal, replica: Replica, close: ExitStack
    ) -> None:
        self.counter = counter
        self.exchanger = exchanger
        self.journal = journal
        self.replica = replica
        self._close = close

    def close(self) -> None:
        """Stops exchanging and lets the files go."""
        self._close.close()


def open_till(
    folder: Path | None = None,
    *,
    on_status: Callable[[SyncStatus], None] = lambda _status: None,
    on_logged: Callable[[LogLine], None] = lambda _line: None,
    exchanging: bool = True,
    serving: bool = True,
) -> Till:
    """Opens the till in *folder*. Raises a `Problem` where the world is in the way.

    *exchanging*: from now on, in a process of its own, which has what it logs told to *on_logged*; else only when asked
    to, on the asker's thread. *serving*: as a start that is journalled, not only to look.
    """
    with ExitStack() as stack:
        profile = profile_at(folder)
        stack.callback(profile.lock().release)
        with profile.exchange_lock():  # a program that was killed may have left one at its end
            vault = vault_of(profile)
            pairing.finish(profile, vault)
            if profile.signed_off.exists():
                sign_off(profile, vault.forget)
                raise SignedOff
            journal = Journal(profile.journal)
            stack.callback(journal.close)
            keys = KeysInUse(vault, journal.identity)
            replica = Replica(profile.replica, journal.identity.journal_id)
            stack.callback(replica.close)
        machine = Hardware()
        clock = Clock(machine, replica.anchor(), passed_since(journal.last, machine))
        pool = BlankPool(profile.pool, journal, keys)
        stack.callback(pool.close)
        signed_off = partial(sign_off, profile, keys.forget)
        exchanger: ExchangerProcess | Driver
        if exchanging:
            exchanger = ExchangerProcess(
                profile, keys, pool, replica, clock, on_status=on_status, on_logged=on_logged, signed_off=signed_off
            )
        else:
            from terminal.exchanger.bootstrap import driver_of  # noqa: PLC0415 - nothing of a window's start

            replica.teach(lambda: clock.anchor)
            exchanger = driver_of(
                profile,
                keys.now.signing,
                keys.now.token,
                journal,
                replica,
                clock=clock,
                keys=keys,
                pool=pool,
                on_status=on_status,
                signed_off=signed_off,
            )
        stack.callback(exchanger.stop)
        language = begin_with(preferences_at(profile.preferences).language)
        counter = Counter(
            journal=journal,
            replica=replica,
            keys=keys,
            clock=clock,
            pool=pool,
            exchanger=exchanger,
            language=language,
        )
        if serving:
            counter.begin()
        if isinstance(exchanger, ExchangerProcess):
            exchanger.start()
        return Till(counter, exchanger, journal, replica, stack.pop_all())


def pair_till(folder: Path | None, server: str, code: str) -> Identity:
    """Pairs the till in *folder* with the company whose server gave *code*."""
    profile = profile_at(folder)
    try:
        address = server_url(server)
    except NotAnAddress as error:
        raise AddressWrong from error
    with ExitStack() as stack:
        stack.callback(profile.lock().release)
        stack.callback(profile.exchange_lock().release)
        vault = vault_of(profile)
        pairing.finish(profile, vault)
        carried = _left_behind(profile, vault) if profile.journal.exists() else None
        return pairing.pair(profile, vault, address, code, ask_to_pair, carried=carried)


def _left_behind(profile: Profile, vault: Vault) -> LockoutsCarried:
    """What goes into the next journal of a till that is paired again, once all else is the company's."""
    with ExitStack() as stack:
        journal = Journal(profile.journal)
        stack.callback(journal.close)
        if profile.signed_off.exists():  # it has handed over everything, and knows nothing any more
            return handover.carried(journal, Settings())
        replica = Replica(profile.replica, journal.identity.journal_id)
        stack.callback(replica.close)
        with suppress(KeysMissing), pairing.asking_a_server():  # without its keys nothing of it can be signed
            from terminal.exchanger.bootstrap import signer  # noqa: PLC0415 - as above

            keys = vault.keys()
            transport = HttpTransport(journal.identity.server, keys.token)
            stack.callback(transport.close)
            me = signer(journal.identity, keys.signing)
            handover.hand_over(me, journal, replica.marks().acked_seq, transport, Clock(Hardware()))
        with replica.snapshot() as snapshot:
            return handover.carried(journal, essentials_in(snapshot.essential_rows()).settings)


def vault_of(profile: Profile) -> Vault:
    """Where this profile's keys are."""
    return Vault(secrets_place(dict(os.environ)), profile.id)
