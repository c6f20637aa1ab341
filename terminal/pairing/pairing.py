"""Pairing: turns a one-time code into the till's keys, its identity, and a new journal.

When a till is paired again, the old journal stays in use until the new one is complete, and is kept beside it. `finish`
completes what a crash interrupted.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sync.exchange import failures
from sync.protocol import sealing
from sync.protocol.entries import LockoutsCarried
from sync.protocol.messages import Garbled, PairRequest, PairResponse, TerminalKeys, decode
from sync.protocol.pairing_secret import PairingSecret
from sync.protocol.sealing import Purpose, Unopenable
from sync.replica.disk import to_disk
from terminal.keys.identity import Identity
from terminal.keys.vault import Vault
from terminal.machine.clock import Clock, Hardware
from terminal.machine.profiles import Profile
from terminal.problems import (
    AlreadyPaired,
    Altered,
    NobodyAnswers,
    NotOurServer,
    NotUnderstood,
    PairingProblem,
    ServerFailed,
    TooManyCodes,
)
from terminal.storage.journal import Journal
from terminal.storage.recorder import Recorder

DEADLINE_S = 20.0
PAIRING_PREFIX = "orion-pair:"
Ask = Callable[[str, PairRequest, bytes, float], PairResponse]


def split_pairing_code(text: str) -> tuple[str, str] | None:
    """The server's address and the code in a pairing QR code; None for other texts."""
    if not text.strip().lower().startswith(PAIRING_PREFIX):
        return None
    address, hash_sign, code = text.strip()[len(PAIRING_PREFIX) :].partition("#")
    return (address, code) if hash_sign and address and code else None


def pair(
    profile: Profile,
    vault: Vault,
    server: str,
    code: PairingSecret,
    ask: Ask,
    *,
    carried: LockoutsCarried | None = None,
) -> Identity:
    """Pairs the till in *profile*. After a lost reply, the same keys request it again.

    *carried* is the first entry of the journal of a till that is paired again.
    """
    again = carried is not None
    if profile.journal.exists() and not again:
        raise AlreadyPaired
    signing, own = vault.keys_to_pair(again=again)
    request = PairRequest(id=code.id, signing_public=signing.public, sealing_public=own.public)
    with asking_a_server():
        answer = ask(server, request, code.key, DEADLINE_S)
    try:
        opened = sealing.unseal(own, answer.keys, Purpose.PAIRING)
        keys = decode(TerminalKeys, opened)
    except (Unopenable, Garbled) as error:
        raise NotOurServer from error
    vault.keep(answer.token, keys.lookup, keys.data, keys.pepper, again=again)
    identity = Identity(
        company_id=answer.company_id,
        company=answer.company,
        store_id=answer.store_id,
        store=answer.store,
        terminal_id=answer.terminal_id,
        terminal=answer.terminal,
        journal_id=uuid.uuid4(),
        server=server,
        signing_public=answer.signing_public,
        sealing_public=answer.sealing_public,
        paired_at=answer.server_time.astimezone(UTC).isoformat(),
    )
    _begin_journal(profile, identity, answer.server_time, carried)
    finish(profile, vault)
    return identity


def finish(profile: Profile, vault: Vault) -> None:
    """Puts the new journal and keys in place of the old ones. Every step can be repeated after a crash."""
    if not profile.next_journal.exists():
        return
    vault.take_over()
    profile.signed_off.unlink(missing_ok=True)
    if profile.journal.exists():
        old = Journal(profile.journal)
        old.close()  # the write-ahead log is now merged into the file
        profile.journal.rename(profile.former_journal(old.identity.journal_id))
    profile.next_journal.rename(profile.journal)
    to_disk(profile.folder)


def _begin_journal(
    profile: Profile, identity: Identity, server_time: datetime, carried: LockoutsCarried | None
) -> None:
    draft = profile.next_journal.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    Journal.create(draft, identity)
    if carried is not None:
        journal, clock = Journal(draft), Clock(Hardware())
        reading = clock.reading()
        clock.learned(server_time, reading, reading)
        Recorder(journal, clock).write(carried)
        journal.close()
    draft.rename(profile.next_journal)
    to_disk(profile.folder)


@contextmanager
def asking_a_server() -> Iterator[None]:
    """Translates failures of a request into the till's problems."""
    try:
        yield
    except failures.CodeRefused as error:
        raise PairingProblem from error
    except failures.TryLater as error:
        raise TooManyCodes from error
    except failures.Unreachable as error:
        raise NobodyAnswers from error
    except failures.ServerFailed as error:
        raise ServerFailed from error
    except failures.Unsupported as error:
        raise NotUnderstood from error
    except failures.Altered as error:
        raise Altered from error
    except failures.ExchangeFailure as error:
        raise NotOurServer from error
