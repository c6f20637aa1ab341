"""`serve`: the web server around the app. It says where it listens once it does, and ends within a second."""

import os
import signal
import socket
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from server import bootstrap
from server.console import Desk, command
from server.problems import AddressTaken
from server.refusals import No, Refused
from server.settings import Settings

STOP_WITHIN_S = 0.5  # for requests under way; the tills send again what had no reply


def add_to(app: typer.Typer) -> None:
    """Names the command."""
    command(app, "serve")(serve)


def serve(
    desk: Desk,
    host: Annotated[str, typer.Option(help="The address to listen at; behind a proxy leave it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8400,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than one need PostgreSQL.")] = 1,
) -> None:
    """Serves paired tills until it is told to stop."""
    chosen = desk.settings
    if workers > 1 and chosen.is_sqlite:
        raise Refused(No.WORKERS_NEED_POSTGRESQL)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    server = bootstrap.open_server(chosen, create=True)
    bootstrap.require_current(server)
    listener = _listener(host, port)
    port = listener.getsockname()[1]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def listening() -> None:
        desk.say({"listening": address}, f"Listening at {address}")

    if workers == 1:
        _serve_alone(server, listener, listening)
    else:
        listener.close()
        _serve_together(chosen, host, port, workers, listening)


def _serve_alone(server: bootstrap.Server, listener: socket.socket, listening: Callable[[], None]) -> None:
    import uvicorn  # noqa: PLC0415 - commands must not wait for the web's libraries

    class Worker(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listening()

    config = uvicorn.Config(bootstrap.build_app(server), log_config=None, access_log=False, server_header=False)
    config.timeout_graceful_shutdown = STOP_WITHIN_S  # type: ignore[assignment]  # declared whole, used as any timeout
    Worker(config).run([listener])


def _serve_together(chosen: Settings, host: str, port: int, workers: int, listening: Callable[[], None]) -> None:
    import uvicorn  # noqa: PLC0415

    os.environ |= {"ORION_DATABASE": chosen.address, "ORION_KEYS": str(chosen.keys)}  # workers read them anew
    listening()
    uvicorn.run(
        "server.bootstrap:web_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressTaken(host, port) from error
    return listener


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Being asked to stop is not a failure, before the web server takes the signal as after it."""
    raise SystemExit(0)
