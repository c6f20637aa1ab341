"""Requests to the server's app without a socket."""

import asyncio
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from sync.protocol.messages import Refused, decode


@dataclass(frozen=True)
class Web:
    """Sends requests like a terminal."""

    app: FastAPI
    address: str = "127.0.0.1"  # the sender's address

    def get(self, path: str, token: str | bytes | None = None, **more: str) -> httpx.Response:
        """A GET request; *more* are headers."""
        return asyncio.run(self._ask("GET", path, b"", token, more))

    def post(self, path: str, body: bytes, token: str | bytes | None = None, **more: str) -> httpx.Response:
        """A POST request; *more* are headers."""
        return asyncio.run(self._ask("POST", path, body, token, more))

    def refused(self, path: str, body: bytes, token: str | bytes | None = None) -> tuple[int, str]:
        """The status and kind of a request that must be refused."""
        answer = self.post(path, body, token)
        return answer.status_code, decode(Refused, answer.content).kind

    async def _ask(
        self, method: str, path: str, body: bytes, token: str | bytes | None, more: dict[str, str] | None = None
    ) -> httpx.Response:
        said = token.encode() if isinstance(token, str) else token
        headers = {name.encode(): value.encode() for name, value in (more or {}).items()}
        if said is not None:
            headers[b"Authorization"] = b"Bearer " + said
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(self.address, 40_000)), base_url="http://server"
        ) as client:
            return await client.request(method, path, content=body, headers=headers)
