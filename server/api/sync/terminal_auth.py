"""The terminals that call, by their tokens, and the code of authenticity on what each is answered.

A till that sends no nonce is older than these codes and is answered without them.
"""

import asyncio
from typing import NamedTuple
from uuid import UUID

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response

from server.db.units import Units
from server.keys import Keys
from server.terminals import terminals
from server.terminals.terminals import TokenOwner
from sync.protocol.authenticity import MAC_HEADER, NONCE_HEADER, hint_mac, request_digest, response_mac
from sync.protocol.sealing import answer_key

CALLERS_MAX = 10_000


class Caller(NamedTuple):
    """A paired terminal, and the key of its answers' codes."""

    company_id: UUID
    terminal_id: UUID
    key: bytes


class Call(NamedTuple):
    """One request of a terminal."""

    caller: Caller
    token: str
    body: bytes
    digest: bytes | None  # of the request; None if the till asks for no codes

    def sealed(self, response: Response) -> Response:
        """The response with its code, if it is sent in one piece."""
        if self.digest is not None and type(response) is Response:
            code = response_mac(self.caller.key, self.digest, response.status_code, bytes(response.body))
            response.headers[MAC_HEADER] = code
        return response

    def event(self, number: int, hint: bytes) -> bytes:
        """The stream's *number*-th hint as a server-sent event, with its code in place of an id."""
        if self.digest is None:
            return b"data: %b\n\n" % hint
        return b"id: %b\ndata: %b\n\n" % (hint_mac(self.caller.key, self.digest, number, hint).encode(), hint)


def token_of(request: Request) -> str:
    """The bearer token of a request; empty if there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def digest_of(request: Request, token: str, body: bytes) -> bytes | None:
    """The digest of a request, if its sender wants codes."""
    nonce = request.headers.get(NONCE_HEADER)
    if nonce is None:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return request_digest(nonce, token, f"{request.method} {request.url.path}{query}", body)


class Callers:
    """Callers by token, cached because they never change; revocation is looked up anew. Used on the event loop."""

    def __init__(self, units: Units, keys: Keys) -> None:
        self._units = units
        self._keys = keys
        self._known: dict[str, Caller] = {}
        self._looking: dict[str, asyncio.Task[Caller | None]] = {}  # running look-ups

    async def of(self, token: str) -> Caller | None:
        """The token's caller; None if it is nobody's."""
        caller = self._known.get(token)
        if caller is None:
            looking = self._looking.get(token)  # concurrent requests with one token share a look-up
            if looking is None:
                looking = self._looking[token] = asyncio.create_task(run_sync(self._look_up, token))
                looking.add_done_callback(lambda _: self._looking.pop(token, None))
            caller = await asyncio.shield(looking)
            if caller is not None:
                if len(self._known) >= CALLERS_MAX:
                    self._known.clear()
                self._known[token] = caller
        return caller

    def owner(self, token: str) -> TokenOwner | None:
        """The token's owner as of now. Blocks, so call it in a thread."""
        with self._units.read() as conn:
            return terminals.by_token(conn, token)

    def _look_up(self, token: str) -> Caller | None:
        found = self.owner(token)
        if found is None:
            return None
        own, theirs = self._keys.sealing, found.sealing_public
        key = answer_key(own, theirs, terminal_public=theirs, server_public=own.public)
        return Caller(found.company_id, found.terminal_id, key)
