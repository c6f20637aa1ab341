"""One process that answers over HTTP until it is told to stop. It binds nothing: the socket is handed in."""

import gc
import socket
from collections.abc import Callable

import uvicorn

from server import bootstrap, connections, logs

# A page of entries makes a hundred thousand objects that die without the collector: by default it looks 150 times.
GARBAGE_FIRST_AT = 50_000
STOP_WITHIN_S = 0.5  # for requests under way; the tills send again what had no reply


def run(server: bootstrap.Server, listener: socket.socket, listening: Callable[[], None]) -> None:
    """Serves; *listening* is called once a request would be answered."""

    class Worker(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listener.listen(connections.QUEUED_MAX)  # uvicorn has one number for what waits and what is taken at once
            gc.freeze()  # what the program is made of is garbage never; looking through it cost a tenth of a page
            listening()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.hints.close()  # tills would listen on, and a stream that is open keeps the web server from ending
            await super().shutdown(sockets)

    app = bootstrap.build_app(server)
    logs.take_over()
    limit = connections.raise_file_limit()
    config = uvicorn.Config(
        app,
        http=connections.limited_to(limit),
        backlog=connections.ACCEPTED_AT_ONCE,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    gc.set_threshold(GARBAGE_FIRST_AT)
    config.timeout_graceful_shutdown = STOP_WITHIN_S  # type: ignore[assignment]  # declared whole, used as any timeout
    Worker(config).run([listener])
