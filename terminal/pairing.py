"""A one-time code becomes a till: its keys, its place in the company, and an empty journal."""

import uuid
from collections.abc import Callable
from datetime import UTC

from sync import failures, sealing
from sync.messages import Garbled, PairRequest, PairResponse, TerminalKeys, decode
from sync.sealing import Purpose, Unopenable
from terminal.identity import Identity
from terminal.journal import Journal
from terminal.problems import AlreadyPaired, NotOurServer, NotUnderstood, PairingProblem, ServerFailed, Unreachable
from terminal.profiles import Profile
from terminal.vault import Vault

DEADLINE_S = 20.0
PAIRING_PREFIX = "orion-pair:"
Ask = Callable[[str, PairRequest, float], PairResponse]


def split_pairing_code(text: str) -> tuple[str, str] | None:
    """The server's address and the code in a pairing QR code; None for any other text."""
    if not text.strip().lower().startswith(PAIRING_PREFIX):
        return None
    address, hash_sign, code = text.strip()[len(PAIRING_PREFIX) :].partition("#")
    return (address, code) if hash_sign and address and code else None


def pair(profile: Profile, vault: Vault, server: str, code: str, ask: Ask) -> Identity:
    """Pairs the till in *profile*. A reply lost on the way is asked for again with the same keys."""
    if profile.journal.exists():
        raise AlreadyPaired
    signing, own = vault.keys_to_pair()
    request = PairRequest(code=code.strip(), signing_public=signing.public, sealing_public=own.public)
    answer = _answered(ask, server, request)
    try:
        opened = sealing.unseal(own, answer.keys, Purpose.PAIRING)
        keys = decode(TerminalKeys, opened)
    except (Unopenable, Garbled) as error:
        raise NotOurServer from error
    vault.keep(answer.token, keys.lookup, keys.data, keys.pepper)
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
    Journal.create(profile.journal, identity)
    return identity


def _answered(ask: Ask, server: str, request: PairRequest) -> PairResponse:
    try:
        return ask(server, request, DEADLINE_S)
    except failures.CodeRefused as error:
        raise PairingProblem from error
    except failures.Unreachable as error:
        raise Unreachable from error
    except failures.ServerFailed as error:
        raise ServerFailed from error
    except failures.Unsupported as error:
        raise NotUnderstood from error
    except failures.ExchangeFailure as error:
        raise NotOurServer from error
