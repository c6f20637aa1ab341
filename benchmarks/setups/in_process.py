"""Requests to the whole application in this process, as a browser sends them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from starlette.types import ASGIApp, Message

from server.web import GARBAGE_FIRST_AT


async def asked(app: ASGIApp, path: str, cookie: str) -> None:
    """One request for a page, which has to be answered with 200."""
    way, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": way,
        "raw_path": quote(way).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8400"), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8400),
    }
    status: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    await app(scope, receive, send)
    assert status == [200], f"{path}: {status}"


@contextmanager
def as_served() -> Iterator[None]:
    """Garbage is collected as rarely as in the process that serves."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FIRST_AT)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
