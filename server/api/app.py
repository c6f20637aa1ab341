"""The web application: which path leads where. It constructs nothing and knows no table."""

from fastapi import FastAPI
from starlette.responses import Response

from server.api.sync import SyncApi
from sync.messages import EXCHANGE_PATH, PAIR_PATH


def build(sync: SyncApi) -> FastAPI:
    """All areas under one roof. Paths are documented in docs/, not by a page that anybody could fetch."""
    app = FastAPI(title="Orion company server", openapi_url=None)
    app.add_route(PAIR_PATH, sync.pair, methods=["POST"])
    app.add_route(EXCHANGE_PATH, sync.exchange, methods=["POST"])
    app.add_api_route("/health", health, methods=["GET"])
    return app


async def health() -> Response:
    """Whether the program runs; says nothing about anybody's data."""
    return Response(b'{"ok":true}', media_type="application/json")
