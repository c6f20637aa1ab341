"""The keys a till works with: those from its start, or newer ones received in an exchange.

Read from the counter's thread, changed from the exchange's. After erasure, every access raises `SignedOff`.
"""

from typing import Protocol

from sync.exchange.failures import NotOurServer
from sync.protocol import chain
from sync.protocol.messages import Garbled, SentKeys, TerminalKeys, decode
from sync.protocol.sealing import Purpose, Unopenable, answer_key, unseal
from terminal.keys.identity import Identity
from terminal.keys.vault import TillKeys, Vault
from terminal.problems import SignedOff


class KeySource(Protocol):
    """A source of the current keys."""

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
        """The current keys; raises `SignedOff` after they were erased."""
        keys = self._keys
        if keys is None:
            raise SignedOff
        return keys

    def ids(self) -> tuple[int, int]:
        """The ids of the data key and the pepper, as reported to the server."""
        keys = self.now
        return keys.data.id, keys.pepper.id

    def answer_key(self) -> bytes:
        """The key of the codes on the server's answers to this till."""
        own, servers = self.now.sealing, self._identity.sealing_public
        return answer_key(own, servers, terminal_public=own.public, server_public=servers)

    def take(self, sent: bytes) -> None:
        """Stores newer keys that our server sealed and signed; the signature matters, as anybody could seal keys."""
        me = self._identity
        try:
            box = decode(SentKeys, unseal(self.now.sealing, sent, Purpose.KEYS))
            signed = chain.keys_are_signed(
                me.signing_public, me.company_id, me.terminal_id, box.keys, signature=box.signature
            )
            if not signed:
                raise NotOurServer("the keys are not signed by our server")
            keys = decode(TerminalKeys, box.keys)
        except (Unopenable, Garbled) as error:
            raise NotOurServer("the keys cannot be decrypted") from error
        self._vault.renew(keys.data, keys.pepper)
        self._keys = self._vault.keys()

    def forget(self) -> None:
        """Erases the keys from memory and vault."""
        self._keys = None
        self._vault.forget()
