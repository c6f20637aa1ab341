"""The command `wallet check`: whether passes can be made for each maker's wallet."""

from datetime import UTC, datetime

import typer

from server.commands.command_line import CommandContext, ServerCommand

_NAMES = {"apple": "Apple Wallet", "google": "Google Wallet"}


def add_to(app: typer.Typer) -> None:
    """Registers the command."""
    wallet = typer.Typer(help="Passes in the wallets of phones.", no_args_is_help=True)
    app.add_typer(wallet, name="wallet")
    wallet.command("check", cls=ServerCommand)(check)


def check(context: CommandContext) -> None:
    """Checks certificates and keys, and signs a pass; asks no other server. Exit 1 if something is wrong."""
    from server.wallet.check import look  # noqa: PLC0415 - other commands draw no pictures and make no requests

    found = look(context.settings, datetime.now(UTC))
    for one in found:
        answer = {"maker": one.maker.value, "word": one.word, "ok": one.is_well, "text": one.text}
        context.say(answer, f"{_NAMES[one.maker]}: {one.text}")
    if not all(one.is_well for one in found):
        raise typer.Exit(1)
