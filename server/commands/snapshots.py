"""`snapshot`: makes a company's snapshot now. `serve` runs it by itself, in a process of its own."""

import os
import threading
from typing import Annotated
from uuid import UUID

import typer

from server import bootstrap
from server.commands.command_line import CommandContext, command


def add_to(app: typer.Typer) -> None:
    """Names the command."""
    command(app, "snapshot")(make)


def make(
    desk: CommandContext,
    company: Annotated[str | None, typer.Option("--company", metavar="SLUG", help="The company.")] = None,
    company_id: Annotated[str | None, typer.Option("--id", hidden=True)] = None,
    while_asked: Annotated[bool, typer.Option("--while-asked", hidden=True, help="End with standard input.")] = False,
) -> None:
    """Makes the file that new tills begin with, so that the first need not wait for it."""
    from server.snapshots.building import build  # noqa: PLC0415 - not every command's affair
    from server.snapshots.files import SnapshotFolder  # noqa: PLC0415

    if while_asked:
        threading.Thread(target=_end_with_input, daemon=True).start()
        os.nice(5)  # those who serve go first
    if company is None and company_id is None:
        raise typer.BadParameter("which company?", param_hint="--company")
    server = bootstrap.open_server(desk.settings)
    owner = UUID(company_id) if company_id is not None else server.company(str(company)).id
    place = SnapshotFolder(desk.settings.snapshots, owner)
    with place.turn() as ours:
        if not ours:
            desk.say({"ok": True, "building": True}, "It is being made already.")
            return
        made = build(server.units, owner, place, server.now())
    line = f"Cards up to version {made.version}: {made.rows} rows, {made.bytes} bytes to send."
    desk.say({"ok": True, "version": made.version, "rows": made.rows, "bytes": made.bytes}, line)


def _end_with_input() -> None:
    """Whoever asked is gone, and nobody would wait for it. Also half-way: the next build clears what is left."""
    while os.read(0, 1):  # not through sys.stdin, whose lock a thread would hold at the program's end
        pass
    os._exit(3)
