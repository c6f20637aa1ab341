"""Requests to an ASGI application without a socket, on one event loop: a new one costs as much as a request."""

import asyncio
import threading
from typing import Any

import httpx


class _OfThread(threading.local):
    """What each thread of a test has of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()


_own = _OfThread()


def asked(app: Any, address: str, origin: str, method: str, path: str, **sent: Any) -> httpx.Response:
    """The answer to a request from *address*; *sent* is what `httpx.request` takes."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
            return await client.request(method, path, **sent)

    return _own.loop.run_until_complete(ask())
