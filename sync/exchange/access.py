"""How a till calls its company's server: address, token, and the proof that an answer is its server's to this request.

Without that proof, an answer may have been changed, swapped or repeated by whoever is between the two.
"""

import secrets
from dataclasses import dataclass, field

from sync.protocol import chain
from sync.protocol.authenticity import (
    MAC_HEADER,
    NONCE_HEADER,
    hint_mac,
    is_mac,
    pairing_mac,
    request_digest,
    response_mac,
)

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Access:
    """What a paired till needs to call its server and to believe it."""

    server_url: str
    token: str = field(repr=False)
    answer_key: bytes = field(repr=False)  # of the codes on answers; see `sealing.answer_key`
    server_signing_public: bytes

    def call(self, target: str, body: bytes = b"") -> "AccessCall":
        """A new request; *target* is method and path."""
        return AccessCall(self, target, body)


class AccessCall:
    """One request: the headers that go with it, and the check of what answers it."""

    def __init__(self, access: Access, target: str, body: bytes) -> None:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        self.headers = {"Authorization": f"Bearer {access.token}", NONCE_HEADER: nonce}
        self._access = access
        self._digest = request_digest(nonce, access.token, target, body)

    def is_answer(self, status: int, body: bytes, mac: str) -> bool:
        """True if our server gave this whole answer to this request."""
        return is_mac(mac, response_mac(self._access.answer_key, self._digest, status, body))

    def is_hint(self, number: int, data: bytes, mac: str) -> bool:
        """True if this is the *number*-th hint of the stream that this request opened."""
        return is_mac(mac, hint_mac(self._access.answer_key, self._digest, number, data))

    def is_unknown(self, signature: bytes | None) -> bool:
        """True if our server says that it knows no terminal with this request's token."""
        if signature is None:
            return False
        return chain.unknown_is_signed(self._access.server_signing_public, self._digest, signature=signature)


class PairingCall:
    """A request to pair, and the check of its answer, by the key of a one-time code."""

    def __init__(self, key: bytes, target: str, body: bytes) -> None:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        self._key = key
        self._digest = request_digest(nonce, "", target, body)
        self.headers = {NONCE_HEADER: nonce, MAC_HEADER: pairing_mac(key, self._digest)}

    def is_answer(self, status: int, body: bytes, mac: str) -> bool:
        """True if whoever made the code gave this whole answer to this request."""
        return is_mac(mac, response_mac(self._key, self._digest, status, body))
