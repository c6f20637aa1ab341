"""`orion-server`: the command line of the company server. Nothing is opened before a command runs."""

import typer

from server import logs
from server.commands import (
    admins,
    backup,
    cards,
    cases,
    company,
    database,
    demo,
    jobs,
    people,
    serve,
    snapshots,
    terminals,
    wallet,
)
from server.commands.command_line import shared

app = typer.Typer(
    help="The company server of Orion Terminal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # tracebacks with local variables could show secrets
)


app.callback()(shared)

for module in (
    serve,
    database,
    backup,
    admins,
    company,
    people,
    cards,
    cases,
    terminals,
    snapshots,
    jobs,
    wallet,
    demo,
):
    module.add_to(app)


def main() -> None:
    """Runs the command line."""
    logs.configure()  # before anything is logged: a traceback of the default shows local variables
    app(prog_name="orion-server")
