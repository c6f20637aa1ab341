"""Composition root of the till without a screen. A till's files are opened and its parts are built only here."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from loyalty.settings import Settings
from sync.exchange.addresses import NotAnAddress, PlainHttp, server_url
from sync.exchange.ports import SyncStatus
from sync.exchange.transport import HttpTransport
from sync.exchange.transport import pair as ask_to_pair
from sync.protocol.entries import LockoutsCarried
from sync.protocol.pairing_secret import secret_of
from terminal.counter.counter import Counter
from terminal.counter.till_status import Exchanger
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
from terminal.problems import AddressWrong, KeysMissing, PlainHttpRefused, SignedOff
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
        """Stops exchanging and releases the files."""
        self._close.close()


def open_till(
    folder: Path | None = None,
    *,
    on_status: Callable[[SyncStatus], None] = lambda _status: None,
    on_logged: Callable[[LogLine], None] = lambda _line: None,
    exchanging: bool = True,
    serving: bool = True,
) -> Till:
    """Opens the till in *folder*; raises a `Problem` if that fails.

    *exchanging*: exchange in a separate process, whose log lines go to *on_logged*; otherwise only on request, in the
    caller's thread. *serving*: journal the start; False for commands that only read.
    """
    with ExitStack() as stack:
        profile = profile_at(folder)
        stack.callback(profile.lock().release)
        with profile.exchange_lock():  # the exchanger of a killed program may still be ending
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
            from terminal.exchanger.bootstrap import access, driver_of  # noqa: PLC0415 - unneeded when a window starts

            replica.teach(lambda: clock.anchor)
            exchanger = driver_of(
                profile,
                keys.now.signing,
                access(journal.identity, keys.now.token, keys.answer_key()),
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


def pair_till(folder: Path | None, server: str, code: str, *, plain_http: bool = False) -> Identity:
    """Pairs the till in *folder* with the company whose server gave *code*."""
    profile = profile_at(folder)
    try:
        address = server_url(server, plain_http=plain_http)
    except PlainHttp as error:
        raise PlainHttpRefused from error
    except NotAnAddress as error:
        raise AddressWrong from error
    with ExitStack() as stack:
        stack.callback(profile.lock().release)
        stack.callback(profile.exchange_lock().release)
        vault = vault_of(profile)
        pairing.finish(profile, vault)
        carried = _hand_over(profile, vault) if profile.journal.exists() else None
        return pairing.pair(profile, vault, address, secret_of(code), ask_to_pair, carried=carried)


def _hand_over(profile: Profile, vault: Vault) -> LockoutsCarried:
    """Hands a repaired till's entries to the company; returns the lock-outs to carry into the next journal."""
    with ExitStack() as stack:
        journal = Journal(profile.journal)
        stack.callback(journal.close)
        if profile.signed_off.exists():  # everything is handed over and erased
            return handover.carried(journal, Settings())
        replica = Replica(profile.replica, journal.identity.journal_id)
        stack.callback(replica.close)
        with suppress(KeysMissing), pairing.asking_a_server():  # without keys nothing can be signed
            from terminal.exchanger.bootstrap import access, signer  # noqa: PLC0415 - as above

            keys = KeysInUse(vault, journal.identity)
            transport = HttpTransport(access(journal.identity, keys.now.token, keys.answer_key()))
            stack.callback(transport.close)
            own_signer = signer(journal.identity, keys.now.signing)
            handover.hand_over(own_signer, journal, replica.marks().acked_seq, transport, Clock(Hardware()))
        with replica.snapshot() as snapshot:
            return handover.carried(journal, essentials_in(snapshot.essential_rows()).settings)


def vault_of(profile: Profile) -> Vault:
    """The vault with this profile's keys."""
    return Vault(secrets_place(dict(os.environ)), profile.id)
