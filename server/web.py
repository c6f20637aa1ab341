"""Runs the web server in one process until stopped. The listening socket is passed in."""

import gc
import socket
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import uvicorn

from server import bootstrap, connections, logs
from server.settings import HERE

if TYPE_CHECKING:
    from server.operations.metrics import Meters

# A page of entries makes a hundred thousand objects freed by reference counting; the default would collect 150 times.
GARBAGE_FIRST_AT = 50_000
STOP_WITHIN_S = 0.5  # for requests under way; tills repeat unanswered ones


def run(
    server: bootstrap.Server, listener: socket.socket, listening: Callable[[], None], meters: "Meters | None" = None
) -> None:
    """Serves requests; *listening* is called once requests would be answered."""

    class Worker(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listener.listen(connections.QUEUED_MAX)  # uvicorn uses one number for waiting and accepting
            gc.freeze()  # program objects are never garbage; scanning them cost a tenth of a page's time
            listening()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.hints.close()  # open hint streams would keep the web server from stopping
            await super().shutdown(sockets)

    here, port = listener.getsockname()[:2]
    if server.url == HERE:  # nothing else was said: people reach it where it listens
        server = replace(server, url=f"http://{f'[{here}]' if ':' in here else here}:{port}")
    app = bootstrap.build_app(server, is_plain=not ip_address(here).is_loopback, meters=meters)
    logs.take_over()
    limit = connections.raise_file_limit()
    config = uvicorn.Config(
        app if meters is None else meters.timed(app),
        http=connections.limited_to(limit),
        backlog=connections.ACCEPTED_AT_ONCE,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(server.proxies),
    )
    gc.set_threshold(GARBAGE_FIRST_AT)
    config.timeout_graceful_shutdown = STOP_WITHIN_S  # type: ignore[assignment]  # declared int, but floats work
    Worker(config).run([listener])
