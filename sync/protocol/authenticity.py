"""Codes of authenticity: a till believes only what its own server answered to its own request.

A code is HMAC-SHA256 under a key that one till and the server have, and nobody between them; docs/protocol.md specifies
every byte. A request's digest covers a nonce, so that an old response is no answer to a new request.
"""

import hmac
from hashlib import sha256

NONCE_HEADER = "Orion-Nonce"
MAC_HEADER = "Orion-Mac"


def request_digest(nonce: str, token: str, target: str, body: bytes) -> bytes:
    """The digest of a whole request; *target* is method and path, such as `POST /sync/v1/exchange`."""
    parts = (nonce.encode(), token.encode(), target.encode(), body)
    return sha256(b"orion-request-1" + b"".join(sha256(part).digest() for part in parts)).digest()


def response_mac(key: bytes, request: bytes, status: int, body: bytes) -> str:
    """The code of a whole response to the request of this digest, in hexadecimal."""
    return _mac(key, b"orion-response-1", request, status.to_bytes(8, "big"), sha256(body).digest())


def hint_mac(key: bytes, request: bytes, number: int, data: bytes) -> str:
    """The code of the *number*-th hint of the stream that this request opened, beginning with 1."""
    return _mac(key, b"orion-hint-1", request, number.to_bytes(8, "big"), sha256(data).digest())


def pairing_mac(key: bytes, request: bytes) -> str:
    """The code of a request to pair, under the key of its one-time code."""
    return _mac(key, b"orion-pair-1", request)


def is_mac(found: str, expected: str) -> bool:
    """Compares codes without telling by the time taken how far they agree."""
    return hmac.compare_digest(found.encode(), expected.encode())


def _mac(key: bytes, *parts: bytes) -> str:
    return hmac.digest(key, b"".join(parts), "sha256").hex()
