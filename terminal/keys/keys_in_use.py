"""The keys a till works with now: those of its start, and newer ones that an exchange brought.

Read from the counter's thread, changed from the exchange's. Once they are forgotten there are none, whoever asks.
"""

from typing import Protocol

from sync.exchange.failures import NotOurServer
from sync.protocol import chain
from sync.protocol.messages import Garbled, SentKeys, TerminalKeys, decode
from sync.protocol.sealing import Purpose, Unopenable, unseal
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys, Vault
from terminal.problems import SignedOff


class KeySource(Protocol):
    """Whoever can say which keys hold now."""

    @property
    def now(self) -> TillKeys: ...


class KeysInUse:
    """A paired till's keys, in memory and in its vault."""

    def __init__(self, vault: Vault, identity: Identity) -> None:
        self._vault = vault
        self._identity = identity
        self._keys: TillKeys | None = vault.keys()

    @property
    def now(self) -> TillKeys:
        """The keys that hold; `SignedOff` once they were erased."""
        keys = self._keys
        if keys is None:
            raise SignedOff
        return keys

    def ids(self) -> tuple[int, int]:
        """Of the data key and the pepper, as the server is told."""
        keys = self.now
        return keys.data.id, keys.pepper.id

    def take(self, sent: bytes) -> None:
        """Keeps newer keys that our server sealed to this terminal and signed: anybody could seal some."""
        me = self._identity
        try:
            box = decode(SentKeys, unseal(self.now.sealing, sent, Purpose.KEYS))
            signed = chain.keys_are_signed(
                me.signing_public, me.company_id, me.terminal_id, box.keys, signature=box.signature
            )
            if not signed:
                raise NotOurServer("keys that our server did not sign")
            keys = decode(TerminalKeys, box.keys)
        except (Unopenable, Garbled) as error:
            raise NotOurServer("keys that do not open") from error
        self._vault.renew(keys.data, keys.pepper)
        self._keys = self._vault.keys()

    def forget(self) -> None:
        """Erases them everywhere."""
        self._keys = None
        self._vault.forget()
