"""The web application: which path leads where. It constructs nothing and knows no table."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.responses import Response

from server.api.sync import SyncApi
from server.hints import Hints
from sync.messages import EXCHANGE_PATH, HINTS_PATH, PAIR_PATH


def build(sync: SyncApi, hints: Hints) -> FastAPI:
    """All areas under one roof. Paths are documented in docs/, not by a page that anybody could fetch."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        carried = asyncio.create_task(hints.run())
        yield
        hints.close()
        carried.cancel()
        with suppress(asyncio.CancelledError):
            await carried

    app = FastAPI(title="Orion company server", openapi_url=None, lifespan=lifespan)
    app.add_route(PAIR_PATH, sync.pair, methods=["POST"])
    app.add_route(EXCHANGE_PATH, sync.exchange, methods=["POST"])
    app.add_route(HINTS_PATH, sync.hints, methods=["GET"])
    app.add_api_route("/health", health, methods=["GET"])
    return app


async def health() -> Response:
    """Whether the program runs; says nothing about anybody's data."""
    return Response(b'{"ok":true}', media_type="application/json")
