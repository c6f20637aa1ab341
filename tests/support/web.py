"""Requests to the server's app without a socket."""

from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from sync.protocol.messages import Refused, decode
from tests.support.asgi import asked


@dataclass(frozen=True)
class Web:
    """Sends requests like a terminal."""

    app: FastAPI
    address: str = "127.0.0.1"  # the sender's address

    def get(self, path: str, token: str | bytes | None = None, **more: str) -> httpx.Response:
        """A GET request; *more* are headers."""
        return self._ask("GET", path, b"", token, more)

    def post(self, path: str, body: bytes, token: str | bytes | None = None, **more: str) -> httpx.Response:
        """A POST request; *more* are headers."""
        return self._ask("POST", path, body, token, more)

    def refused(self, path: str, body: bytes, token: str | bytes | None = None) -> tuple[int, str]:
        """The status and kind of a request that must be refused."""
        answer = self.post(path, body, token)
        return answer.status_code, decode(Refused, answer.content).kind

    def _ask(
        self, method: str, path: str, body: bytes, token: str | bytes | None, more: dict[str, str]
    ) -> httpx.Response:
        said = token.encode() if isinstance(token, str) else token
        headers = {name.encode(): value.encode() for name, value in more.items()}
        if said is not None:
            headers[b"Authorization"] = b"Bearer " + said
        return asked(self.app, self.address, "http://server", method, path, content=body, headers=headers)
