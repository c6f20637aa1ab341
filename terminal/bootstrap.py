"""Composition root of the counter without a screen: the only place that opens a till's files and builds its parts."""

import os
import random
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from loyalty.settings import Settings
from sync.addresses import NotAnAddress, server_url
from sync.driver import Driver
from sync.entries import LockoutsCarried
from sync.hints import HintListener
from sync.ports import Identity as SyncIdentity
from sync.ports import SyncStatus
from sync.snapshots import SnapshotFetcher
from sync.transport import HttpTransport
from sync.transport import pair as ask_to_pair
from terminal import leaving, pairing
from terminal.clock import Clock, Hardware, passed_since
from terminal.counter import Counter
from terminal.held_keys import HeldKeys
from terminal.identity import Identity
from terminal.journal import Journal
from terminal.known import essentials_in
from terminal.languages import begin_with
from terminal.pool import BlankPool
from terminal.preferences import preferences_at
from terminal.problems import AddressWrong, KeysMissing, SignedOff
from terminal.profiles import Profile, profile_at
from terminal.replica import Replica
from terminal.signing_off import sign_off
from terminal.vault import Keys, Vault, secrets_place

# Whoever waits for the interpreter gets it after so long. With the usual 5 ms a look-up beside a thread at work took
# 4 to 7 ms: the exchange must hold up neither the counter nor the window. With a tenth of this, a card was painted 2 to
# 4 ms later, since camera, counter and window took turns in the middle of everything.
SWITCH_S = 0.0005


class Till:
    """An open till. Its files stay locked until `close`."""

    def __init__(self, counter: Counter, driver: Driver, journal: Journal, replica: Replica, close: ExitStack) -> None:
        self.counter = counter
        self.driver = driver
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
    hardware: Hardware | None = None,
    exchanging: bool = True,
    serving: bool = True,
) -> Till:
    """Opens the till in *folder*. Raises a `Problem` where the world is in the way.

    *exchanging*: in the background, from now on. *serving*: as a start that is journalled, not only to look.
    """
    sys.setswitchinterval(SWITCH_S)
    with ExitStack() as stack:
        profile = profile_at(folder)
        stack.callback(profile.lock().release)
        vault = vault_of(profile)
        pairing.finish(profile, vault)
        if profile.signed_off.exists():
            sign_off(profile, vault.forget)
            raise SignedOff
        journal = Journal(profile.journal)
        stack.callback(journal.close)
        keys = HeldKeys(vault, journal.identity)
        replica = Replica(profile.replica, journal.identity.journal_id)
        stack.callback(replica.close)
        machine = hardware or Hardware()
        clock = Clock(machine, replica.anchor(), passed_since(journal.last, machine))
        replica.teach(lambda: clock.anchor)
        signed_off = partial(sign_off, profile, keys.forget)
        pool = BlankPool(profile.pool, journal, keys)
        stack.callback(pool.close)
        driver = _driver(
            journal, replica, clock, keys, pool, beside=profile.replica, on_status=on_status, signed_off=signed_off
        )
        stack.callback(driver.stop)
        language = begin_with(preferences_at(profile.preferences).language)
        counter = Counter(
            journal=journal,
            replica=replica,
            keys=keys,
            clock=clock,
            pool=pool,
            exchanger=driver,
            language=language,
        )
        if serving:
            counter.begin()
        if exchanging:
            driver.start()
        return Till(counter, driver, journal, replica, stack.pop_all())


def pair_till(folder: Path | None, server: str, code: str) -> Identity:
    """Pairs the till in *folder* with the company whose server gave *code*."""
    profile = profile_at(folder)
    try:
        address = server_url(server)
    except NotAnAddress as error:
        raise AddressWrong from error
    with ExitStack() as stack:
        stack.callback(profile.lock().release)
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
            return leaving.carried(journal, Settings())
        replica = Replica(profile.replica, journal.identity.journal_id)
        stack.callback(replica.close)
        with suppress(KeysMissing), pairing.asking_a_server():  # without its keys nothing of it can be signed
            keys = vault.keys()
            transport = HttpTransport(journal.identity.server, keys.token)
            stack.callback(transport.close)
            me = _sync_identity(journal.identity, keys)
            leaving.hand_over(me, journal, replica.marks().acked_seq, transport, Clock(Hardware()))
        with replica.look() as look:
            return leaving.carried(journal, essentials_in(look.essential_rows()).settings)


def vault_of(profile: Profile) -> Vault:
    """Where this profile's keys are."""
    return Vault(secrets_place(dict(os.environ)), profile.id)


def _driver(
    journal: Journal,
    replica: Replica,
    clock: Clock,
    keys: HeldKeys,
    pool: BlankPool,
    *,
    beside: Path,
    on_status: Callable[[SyncStatus], None],
    signed_off: Callable[[], None],
) -> Driver:
    who, present = journal.identity, keys.now
    identity = _sync_identity(who, present)
    transport = HttpTransport(who.server, present.token)
    hints = HintListener(who.server, present.token)
    rng = random.SystemRandom()
    return Driver(
        identity,
        journal,
        replica,
        transport,
        clock,
        rng=rng,
        on_status=on_status,
        hints=hints,
        keys=keys,
        pool=pool,
        signed_off=signed_off,
        snapshots=SnapshotFetcher(who.server, present.token, identity, beside, replica.install),
    )


def _sync_identity(who: Identity, keys: Keys) -> SyncIdentity:
    return SyncIdentity(
        company_id=who.company_id,
        terminal_id=who.terminal_id,
        journal_id=who.journal_id,
        signing=keys.signing,
        server_signing_public=who.signing_public,
    )
