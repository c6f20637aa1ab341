"""The command `snapshot`: makes a company's snapshot now. `serve` runs it as a separate process when needed."""

import os
import threading
from typing import Annotated
from uuid import UUID

import typer

from server import bootstrap
from server.commands.command_line import CommandContext, ServerCommand


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    app.command("snapshot", cls=ServerCommand)(make)


def make(
    context: CommandContext,
    company: Annotated[str | None, typer.Option("--company", metavar="SLUG", help="The company.")] = None,
    company_id: Annotated[str | None, typer.Option("--id", hidden=True)] = None,
    while_asked: Annotated[bool, typer.Option("--while-asked", hidden=True, help="End with standard input.")] = False,
) -> None:
    """Makes the snapshot file that new tills start from, so that the first till need not wait."""
    from server.snapshots.building import build  # noqa: PLC0415 - only this command needs it
    from server.snapshots.files import SnapshotFolder  # noqa: PLC0415

    if while_asked:
        threading.Thread(target=_end_with_input, daemon=True).start()
        os.nice(5)  # serving processes have priority
    if company is None and company_id is None:
        raise typer.BadParameter("which company?", param_hint="--company")
    server = bootstrap.open_server(context.settings)
    owner = UUID(company_id) if company_id is not None else server.company(str(company)).id
    place = SnapshotFolder(context.settings.snapshots, owner)
    with place.turn() as ours:
        if not ours:
            context.say({"ok": True, "building": True}, "It is being made already.")
            return
        made = build(server.units, owner, place, server.now())
    line = f"Cards up to version {made.version}: {made.rows} rows, {made.bytes} bytes to send."
    context.say({"ok": True, "version": made.version, "rows": made.rows, "bytes": made.bytes}, line)


def _end_with_input() -> None:
    """Exits when standard input ends, which means that the requesting process is gone. The next build cleans up."""
    while os.read(0, 1):  # a thread reading sys.stdin would hold its lock at exit
        pass
    os._exit(3)
