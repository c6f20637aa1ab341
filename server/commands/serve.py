"""The command `serve`: runs the web server. It prints its address once it listens, and stops within a second."""

import os
import signal
import socket
from ipaddress import ip_address
from typing import Annotated, NoReturn

import typer

from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand
from server.problems import AddressTaken
from server.refusals import No, Refused


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("serve", cls=ServerCommand)(serve)


def serve(
    context: CommandContext,
    *,
    host: Annotated[str, typer.Option(help="The address to listen at; behind a proxy leave it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8400,
    plain_http: Annotated[
        bool,
        typer.Option("--plain-http", help="Listen beyond this machine without TLS: anybody on the way may read it."),
    ] = False,
    count: Annotated[int, typer.Option("--workers", min=1, help="Processes; more than one need PostgreSQL.")] = 1,
    metrics: Annotated[bool, typer.Option("--metrics", help="Answer Prometheus, for this machine only.")] = False,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Where; 0: any free one.")] = 9464,
) -> None:
    """Serves paired tills until stopped by a signal."""
    chosen = context.settings
    if count > 1 and chosen.is_sqlite:
        raise Refused(No.WORKERS_NEED_POSTGRESQL)
    is_plain = not _is_loopback(host)
    if is_plain and not plain_http:
        raise Refused(No.PLAIN_HTTP, host)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, _stop)
    server = bootstrap.open_server(chosen, create=True)
    bootstrap.require_current(server)
    listener = _listener(host, port)
    port = listener.getsockname()[1]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    said: dict[str, object] = {"listening": address} | ({"plain_http": True} if is_plain else {})

    def listening() -> None:
        context.say(said, f"Listening at {address}" + (", without TLS" if is_plain else ""))

    from server import web, workers  # noqa: PLC0415 - commands must not wait for the web's libraries

    if count == 1:
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, _leave)  # the web server handles signals and raises them again when it ends
        meters = None
        if metrics:
            from server.operations.metrics import Meters  # noqa: PLC0415 - as above

            meters = Meters()
            said["metrics"] = bootstrap.answer_metrics(server, metrics_port, meters)
        web.run(server, listener, listening, meters)
    elif metrics:
        from server.operations.metrics import shared_by_workers  # noqa: PLC0415 - as above

        with shared_by_workers():
            said["metrics"] = bootstrap.answer_metrics(server, metrics_port, None)
            workers.serve(chosen, listener, count, listening, measured=True)
    else:
        workers.serve(chosen, listener, count, listening)


def _is_loopback(host: str) -> bool:
    """True if *host* is reachable only from this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With TCP named, asyncio disables Nagle's algorithm. Otherwise an answer's second half waits for the till to
    # acknowledge the first, which takes 40 ms.
    listener = socket.socket(family, proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressTaken(host, port) from error
    return listener


def _stop(_signal: int, _frame: object) -> NoReturn:
    """Exits with status 0 on a signal."""
    raise SystemExit(0)


def _leave(_signal: int, _frame: object) -> NoReturn:
    """Exits at once, because a thread waiting for the database would delay a normal exit."""
    os._exit(0)
