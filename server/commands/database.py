"""`migrate`: the database's shape."""

import typer

from server import bootstrap
from server.console import Desk, command


def add_to(app: typer.Typer) -> None:
    """Names the commands."""
    command(app, "migrate")(migrate)


def migrate(desk: Desk) -> None:
    """Brings the database to this program's version; an empty one gets its keys."""
    server = bootstrap.prepare(desk.settings)
    desk.say({"ok": True, "keys": str(server.keys.path)}, f"The database is ready. Its keys are in {server.keys.path}.")
