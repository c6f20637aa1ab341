"""The commands `backup` and `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from server import bootstrap, phrases
from server.commands.command_line import CommandContext, ServerCommand
from server.companies import companies
from server.operations.manifest import Manifest


def add_to(app: typer.Typer) -> None:
    """Registers the commands."""
    app.command("backup", cls=ServerCommand)(back_up)
    app.command("restore", cls=ServerCommand)(restore)


def back_up(
    context: CommandContext,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    keys: Annotated[bool, typer.Option("--keys", help="With the key file, which opens everything in it.")] = False,
) -> None:
    """Backs the database up while it serves."""
    from server.operations import backup  # noqa: PLC0415 - most commands need none of it

    server = bootstrap.open_server(context.settings)
    made = backup.back_up(server.units, server.keys, folder, with_keys=keys, now=server.now())
    with_keys = ", with the keys" if made.has_keys else ". The keys are not in it"
    context.say(_answer(made), f"{folder} has a backup of {_size(made)}{with_keys}.")


def restore(
    context: CommandContext,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `backup` made.")],
) -> None:
    """Restores a backup into an empty place, brings it to this program's version, and erases who was erased since."""
    from server.customers import erasure  # noqa: PLC0415 - as above
    from server.operations import restore  # noqa: PLC0415 - as above

    now = bootstrap.now()
    found = restore.restore(folder, context.settings, now)
    server = bootstrap.prepare(context.settings)
    with server.units.platform_write() as conn:
        restore.note(conn, [one.id for one in companies.listed(conn)], found, now)
    erased = erasure.erase_filed(server.units, server.keys, context.settings.keys, now)
    context.say(
        _answer(found) | {"erased": erased},
        f"The backup of {found.made_at:%Y-%m-%d %H:%M} UTC is restored: {_size(found)}. "
        "Tills compare their rows with it and send again what it lacks.",
    )


def _answer(manifest: Manifest) -> dict[str, object]:
    answer = {"made_at": manifest.made_at, "database": manifest.database, "keys": manifest.has_keys}
    return answer | {"files": manifest.files, "rows": manifest.rows}


def _size(manifest: Manifest) -> str:
    numbers = (manifest.rows.get("companies", 0), manifest.rows.get("cards", 0))
    return " and ".join(phrases.counted(n, one) for n, one in zip(numbers, ("company", "card"), strict=True))
