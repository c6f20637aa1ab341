"""Pairing again, interrupted at every step: the till keeps the old identity or has the new one."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sync.protocol.entries import Lockout, LockoutsCarried
from sync.protocol.messages import KeyWithId, PairRequest, PairResponse, TerminalKeys, encode
from sync.protocol.pairing_secret import PairingSecret
from sync.protocol.sealing import Purpose, seal
from terminal.keys.vault import Vault
from terminal.machine.profiles import Profile
from terminal.pairing import pairing
from terminal.storage.journal import Journal
from tests.support.exchanges import NOON
from tests.support.joined_till import MemorySecrets

CODE = PairingSecret(bytes(16), bytes(32))
CARRIED = LockoutsCarried((Lockout(uuid4(), 1, 2, 60.0),))


class PowerCut(Exception):
    """A simulated power cut."""


def a_server(server: str, request: PairRequest, key: bytes, deadline_s: float) -> PairResponse:
    keys = TerminalKeys(
        lookup=KeyWithId(1, bytes(32)), data=KeyWithId(2, bytes(32)), pepper=KeyWithId(3, bytes([len(server)]) * 32)
    )
    return PairResponse(
        company_id=uuid4(),
        company="Aurora",
        store_id=uuid4(),
        store="Gare",
        terminal_id=uuid4(),
        terminal="Till 1",
        token=f"token of {request.signing_public.hex()}",
        signing_public=bytes(32),
        sealing_public=bytes(32),
        keys=seal(request.sealing_public, encode(keys), Purpose.PAIRING),
        server_time=NOON,
    )


@pytest.mark.parametrize("step", range(1, 12))
def test_a_power_cut_while_pairing_again_leaves_the_old_till_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    profile, vault = Profile(tmp_path), Vault(MemorySecrets(), "till")
    first = pairing.pair(profile, vault, "http://a", CODE, a_server)
    old_keys = vault.keys()
    left = [step]

    def cut() -> None:
        left[0] -= 1
        if not left[0]:
            raise PowerCut

    def cuts(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step_or_cut(self: Any, *given: Any, **named: Any) -> Any:
            cut()
            return real(self, *given, **named)

        monkeypatch.setattr(owner, name, step_or_cut)

    for owner, name in ((Path, "rename"), (Path, "unlink"), (Vault, "_write")):
        cuts(owner, name)
    cut_short = False
    try:
        pairing.pair(profile, vault, "http://a", CODE, a_server, carried=CARRIED)
    except PowerCut:
        cut_short = True
    monkeypatch.undo()
    pairing.finish(profile, vault)  # the next start
    journal, keys = Journal(profile.journal), vault.keys()
    is_new = journal.identity.journal_id != first.journal_id
    journal.close()
    assert is_new == (keys.token != old_keys.token), "journal and keys are one till's"
    assert is_new == profile.former_journal(first.journal_id).exists()
    assert is_new == (journal.head().seq == 1), "the new one opens with the lock-outs, the old one is as it was"
    assert cut_short or is_new
