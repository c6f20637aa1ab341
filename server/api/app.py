"""The web application: maps paths to handlers. It must not construct services or use tables."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.responses import Response

from server.api.sync.terminals import SyncApi
from server.hints import Hints
from server.jobs.runner import Runner
from server.operations.readiness import Readiness
from server.snapshots.keeping import LOOK_EACH_S, Snapshots
from sync.protocol.messages import EXCHANGE_PATH, HINTS_PATH, PAIR_PATH, SNAPSHOT_PATH

JOBS_STOP_WITHIN_S = 0.3  # a batch takes less; a job whose process ends otherwise goes on at its cursor in another

_log = structlog.get_logger()


def build(
    sync: SyncApi,
    hints: Hints,
    jobs: Runner,
    snapshots: Snapshots | None = None,
    *,
    readiness: Callable[[], Readiness],
    is_plain: bool = False,
) -> FastAPI:
    """Builds the application with all routes. The OpenAPI page is off; docs/ documents the paths."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(hints.run())]
        if snapshots is not None:
            tasks.append(asyncio.create_task(_make_snapshots(snapshots)))
        loop = threading.Thread(target=jobs.loop, name="jobs", daemon=True)
        loop.start()
        yield
        jobs.close()
        hints.close()
        if snapshots is not None:
            snapshots.close()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await run_sync(loop.join, JOBS_STOP_WITHIN_S)

    app = FastAPI(title="Orion company server", openapi_url=None, lifespan=lifespan)
    app.add_route(PAIR_PATH, sync.pair, methods=["POST"])
    app.add_route(EXCHANGE_PATH, sync.exchange, methods=["POST"])
    app.add_route(HINTS_PATH, sync.hints, methods=["GET"])
    app.add_route(SNAPSHOT_PATH, sync.snapshot, methods=["GET"])
    app.add_route(SNAPSHOT_PATH + "/{name}", sync.snapshot_file, methods=["GET"])

    async def health() -> Response:
        return _health(is_plain)

    def ready() -> Response:  # in a thread, as it asks the database
        return _ready(readiness())

    app.add_api_route("/health", health, methods=["GET"])
    app.add_api_route("/ready", ready, methods=["GET"])
    return app


async def _make_snapshots(snapshots: Snapshots) -> None:
    """Makes snapshots ahead of requests for as long as the program runs."""
    while True:
        try:
            await run_sync(snapshots.prepare, abandon_on_cancel=True)
        except Exception:  # a background job: it tries again
            _log.exception("snapshots")
        await asyncio.sleep(LOOK_EACH_S)


def _ready(found: Readiness) -> Response:
    """What works, for whoever decides where requests go; the answer must contain no data."""
    status = 200 if found.is_whole else 503
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(found), status, headers, media_type="application/json")


def _health(is_plain: bool) -> Response:
    """Liveness check; the answer must contain no data."""
    said = b'{"ok":true,"plain_http":true}' if is_plain else b'{"ok":true}'
    return Response(said, media_type="application/json")
