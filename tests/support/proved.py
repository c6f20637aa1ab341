"""Answers of a paper server with their codes of authenticity, for transports on a loopback connection."""

from sync.exchange.access import Access
from sync.protocol.authenticity import MAC_HEADER, NONCE_HEADER, hint_mac, request_digest, response_mac
from tests.support.exchanges import SERVER_KEY
from tests.support.loopback import Received, Script, an_answer

TOKEN = "tok-that-nobody-may-read"
ANSWER_KEY = bytes(range(32))


def an_access(url: str) -> Access:
    """A till's access to the paper server."""
    return Access(url, TOKEN, ANSWER_KEY, SERVER_KEY.public)


def digest_of(received: Received) -> bytes:
    """The digest of a request as the server takes it; the server does not know a path before its own."""
    method, target, _ = received.line.split()
    path = target[target.index("/sync/") :]
    token = received.headers.get("authorization", "").removeprefix("Bearer ")
    return request_digest(received.headers[NONCE_HEADER.lower()], token, f"{method} {path}", received.body)


def proved(received: Received, body: bytes, status: str = "200 OK", key: bytes = ANSWER_KEY) -> bytes:
    """The whole answer to this request, with its code."""
    mac = response_mac(key, digest_of(received), int(status[:3]), body)
    return an_answer(body, status).replace(b"\r\n", f"\r\n{MAC_HEADER}: {mac}\r\n".encode(), 1)


def proving(body: bytes, status: str = "200 OK") -> Script:
    """A server that answers everything with this."""
    return lambda connection, received: connection.sendall(proved(received, body, status))


def with_proofs(received: Received, stream: bytes) -> bytes:
    """The stream that this request opened, with the code of each of its hints."""
    number, blocks = 0, stream.split(b"\n\n")
    for at, block in enumerate(blocks[:-1]):
        head, is_hint, data = block.rpartition(b"data: ")
        if is_hint and b"event: " not in head:
            number += 1
            mac = hint_mac(ANSWER_KEY, digest_of(received), number, data)
            blocks[at] = b"%bid: %b\ndata: %b" % (head, mac.encode(), data)
    return b"\n\n".join(blocks)
